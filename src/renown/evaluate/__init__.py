"""How good is it: scores and baselines against what came next, and against a town's known truth."""

from renown.evaluate.against_future import evaluate_store
from renown.evaluate.against_truth import evaluate_truth
from renown.evaluate.records import (
    Difference,
    Evaluation,
    Figure,
    Gain,
    MeasureRow,
    Scorer,
    Skipped,
    Split,
    SplitSummary,
    TruthEvaluation,
    TruthRow,
)
from renown.evaluate.splits import default_splits

__all__ = [
    "Difference",
    "Evaluation",
    "Figure",
    "Gain",
    "MeasureRow",
    "Scorer",
    "Skipped",
    "Split",
    "SplitSummary",
    "TruthEvaluation",
    "TruthRow",
    "default_splits",
    "evaluate_store",
    "evaluate_truth",
]
