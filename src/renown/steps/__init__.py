"""A definition compiled to named SQL steps: pure text, no connection needed."""

from renown.steps.inputs import INDEPENDENCE, PERSON_KEYS, TRUST
from renown.steps.ledger import compile_ledger
from renown.steps.score import compile_score
from renown.steps.step import Step, render_steps

__all__ = ["INDEPENDENCE", "PERSON_KEYS", "TRUST", "Step", "compile_ledger", "compile_score", "render_steps"]
