"""How good is it: scores and baselines against what came next, and against a town's known truth."""

from renown.evaluate.against_future import evaluate_store
from renown.evaluate.against_truth import evaluate_truth
from renown.evaluate.coverage import Coverage, CoverageRow, check_coverage
from renown.evaluate.fitting import Fit, LearnedNumber, fit_definition
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
    "Coverage",
    "CoverageRow",
    "Difference",
    "Evaluation",
    "Figure",
    "Fit",
    "Gain",
    "LearnedNumber",
    "MeasureRow",
    "Scorer",
    "Skipped",
    "Split",
    "SplitSummary",
    "TruthEvaluation",
    "TruthRow",
    "check_coverage",
    "default_splits",
    "evaluate_store",
    "evaluate_truth",
    "fit_definition",
]
