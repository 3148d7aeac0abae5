# `make` lists what can be made. Needs Python 3.11 or newer and make; everything else goes into .venv.

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Two workers; tests of one file share its fixtures; slow files go first (tests/conftest.py).
# One at a time: make test PYTEST_ARGS="-n 0 -x"
PYTEST_ARGS ?= -n 2 --dist loadscope --no-loadscope-reorder
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON := .venv/bin/python
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-integration lint types check-lock check-install bench docs docs-check changelog lock format clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## .venv with the locked dependencies
	@.ci/setup

demo: setup ## a simulated town, imported, scored and explained, with a report to open
	@$(BIN)/renown demo --folder demo

test: setup lint types check-lock ## everything that must pass: style, types, lock, tests, examples, docs
	$(PYTEST) $(PYTEST_ARGS)

test-integration: setup ## against real servers and a browser, installed first (as root: apt, npm)
	@.ci/setup-integration
	$(PYTEST) -m integration_servers tests/integration
	$(PYTEST) tests/browser

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup
	$(BIN)/mypy

check-lock: setup
	$(BIN)/uv lock --check --offline --quiet

check-install: setup ## `pip install .` into an empty environment gives a working renown
	@.ci/check-install

bench: setup ## time and memory on 1, 10 and 100 million interactions (an hour; see benchmarks/)
	$(BIN)/python -m benchmarks

docs: setup ## write docs/reference/ anew from the code
	$(BIN)/python docs/make_reference.py

docs-check: setup ## the docs name what the code has, links lead somewhere, examples run
	$(PYTEST) tests/docs

changelog: setup ## what changed since the last release, as it would be published
	@$(BIN)/towncrier build --draft --version unreleased

lock: setup ## take newer versions of the dependencies into uv.lock
	$(BIN)/uv lock --upgrade
	{ head -n 1 .ci/installer.txt; $(BIN)/uv export --frozen --quiet --only-group installer --no-emit-project --no-header \
	  --no-annotate; } > .ci/installer.new && mv .ci/installer.new .ci/installer.txt

format: setup ## bring the code into the house's shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove what was made, except .venv and stores
	rm -rf demo dist build .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find src tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
