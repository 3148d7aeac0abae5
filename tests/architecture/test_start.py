"""What a start loads: `import renown` and `renown --help` must not pay for libraries that they do not use."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

HEAVY = frozenset(
    {
        "arro3",
        "deltalake",
        "duckdb",
        "jinja2",
        "llvmlite",
        "narwhals",
        "numba",
        "numpy",
        "pandas",
        "polars",
        "pyarrow",
        "scipy",
        "vl_convert",
    }
)

STARTS = {
    "import renown": ("import renown", 150),
    "renown --help": (
        "import sys; sys.argv = ['renown', '--help']; from renown.cli.main import run; run()",
        400,
    ),
}
"""What runs, and the milliseconds it should stay under (printed, not asserted: machines differ)."""


def start(code: str, *options: str) -> str:
    """Run code in a new interpreter; what it wrote on stderr."""
    done = subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def packages_loaded(code: str) -> set[str]:
    """The packages that code imports, by the interpreter's own record: it holds however the code ends."""
    lines = start(code, "-X", "importtime").splitlines()
    return {
        line.rpartition("|")[2].strip().split(".")[0] for line in lines if line.startswith("import time:")
    }


@pytest.mark.parametrize(("code", "budget"), STARTS.values(), ids=STARTS.keys())
def test_a_start_loads_nothing_heavy(code, budget, record_property, request):
    name = request.node.callspec.id
    before = time.perf_counter()
    start(code)
    milliseconds = (time.perf_counter() - before) * 1000
    record_property("measured", f"{name}: {milliseconds:.0f} ms with Python's own start (budget {budget} ms)")
    loaded = packages_loaded(code)
    assert "renown" in loaded
    heavy = sorted(HEAVY & loaded)
    assert not heavy, f"{name} loads {', '.join(heavy)}; import them inside the functions that use them"


def test_what_a_start_loads_is_seen():
    assert "numpy" in packages_loaded("import numpy.linalg, os; os._exit(0)")
