"""How good is it: scores and baselines against what came next, and against a town's known truth."""

from renown.evaluate.against_future import evaluate_store
from renown.evaluate.against_pairs import evaluate_pairs
from renown.evaluate.against_truth import evaluate_truth
from renown.evaluate.causal import e_value, influence_reading
from renown.evaluate.causal_records import (
    ActorTruth,
    CausalEvaluation,
    CausalReading,
    HiddenBias,
    InfluenceEstimate,
    ReadingBias,
    ReadingName,
)
from renown.evaluate.causal_truth import evaluate_causal
from renown.evaluate.coverage import Coverage, CoverageRow, check_coverage
from renown.evaluate.fitting import Fit, FitTerms, LearnedNumber, fit_definition
from renown.evaluate.judgement_model import JudgementModel, load_judgement_model
from renown.evaluate.judgement_strengths import Strength, Strengths, fit_strengths
from renown.evaluate.pair_records import PairDifference, PairEvaluation, PairMeasure, SplitMeasure
from renown.evaluate.pairs import PairMapping, Pairs, parse_pair_mapping, read_pairs
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
    "ActorTruth",
    "CausalEvaluation",
    "CausalReading",
    "Coverage",
    "CoverageRow",
    "Difference",
    "Evaluation",
    "Figure",
    "Fit",
    "FitTerms",
    "Gain",
    "HiddenBias",
    "InfluenceEstimate",
    "JudgementModel",
    "LearnedNumber",
    "MeasureRow",
    "PairDifference",
    "PairEvaluation",
    "PairMapping",
    "PairMeasure",
    "Pairs",
    "ReadingBias",
    "ReadingName",
    "Scorer",
    "Skipped",
    "Split",
    "SplitMeasure",
    "SplitSummary",
    "Strength",
    "Strengths",
    "TruthEvaluation",
    "TruthRow",
    "check_coverage",
    "default_splits",
    "e_value",
    "evaluate_causal",
    "evaluate_pairs",
    "evaluate_store",
    "evaluate_truth",
    "fit_definition",
    "fit_strengths",
    "influence_reading",
    "load_judgement_model",
    "parse_pair_mapping",
    "read_pairs",
]
