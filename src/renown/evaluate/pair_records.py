"""What an evaluation against judgements of pairs says, and how far the judgements agree with each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from renown.evaluate.pairs import Pairs
from renown.evaluate.records import Skipped, plain


@dataclass(frozen=True, kw_only=True)
class PairMeasure:
    """One measure on all pairs, without fitting anything to them."""

    measure: str
    signals: tuple[str, ...]
    """what it looks at"""
    auc: float
    auc_low: float | None
    auc_high: float | None
    accuracy: float
    brier: float | None
    """None where the measure is no probability"""
    ece: float | None
    """expected calibration error, every pair asked in both orders"""
    ece_one_order: float | None
    """the same of the pairs as given"""
    ece_by_chance: float | None
    """the `ece` that as many pairs would show if every probability were exactly right"""


@dataclass(frozen=True, kw_only=True)
class SplitMeasure:
    """One measure on the person-disjoint splits: AUC in the mean of the splits, the rest over their pairs."""

    measure: str
    auc: float
    splits_sd: float
    """how far the AUC varies from split to split"""
    accuracy: float
    brier: float
    ece: float
    ece_one_order: float


@dataclass(frozen=True, kw_only=True)
class PairDifference:
    """A measure less the baseline on the same splits and the same resamples, in the mean of the splits."""

    measure: str
    against: str
    metric: str
    difference: float
    low: float | None
    high: float | None
    splits_sd: float


@dataclass(frozen=True, kw_only=True)
class PairEvaluation:
    """The human-judgement model, its parts and single signals against judgements of pairs."""

    model: str
    part: str
    """the part of the model that suits what the pairs have"""
    is_fitted_on_these: bool
    """whether the shipped model was fitted on these very pairs: its plain figures then flatter it"""
    pairs_count: int
    people_count: int
    left_out_count: int
    chose_a_share: float
    repeated_count: int
    """pairs of people who were judged more than once"""
    contradicted_count: int
    accuracy_ceiling: float | None
    """the accuracy that the judges' own disagreement allows; None without repeated pairs"""
    interval_level: float
    resamples: int
    measures: tuple[PairMeasure, ...]
    splits_count: int
    train_pairs_mean: float
    test_pairs_mean: float
    baseline: str
    split_measures: tuple[SplitMeasure, ...]
    differences: tuple[PairDifference, ...]
    skipped: tuple[Skipped, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)


@dataclass(frozen=True)
class Repeats:
    """Pairs of people who were judged more than once."""

    pairs_count: int
    contradicted_count: int
    """those whose judgements are not all the same"""
    agreement: float
    """share of two judgements of one pair that agree; NaN without any"""


def repeated_pairs(pairs: Pairs) -> Repeats:
    """How often pairs of people were judged again, and how often otherwise."""
    low, high = np.minimum(pairs.a_person, pairs.b_person), np.maximum(pairs.a_person, pairs.b_person)
    chose_low = np.where(pairs.a_person < pairs.b_person, pairs.chose_a, ~pairs.chose_a)
    _, which = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    judged = np.bincount(which)
    for_low = np.bincount(which, chose_low)
    several = judged > 1
    judged, for_low = judged[several], for_low[several]
    both = judged * (judged - 1) / 2
    same = (for_low * (for_low - 1) + (judged - for_low) * (judged - for_low - 1)) / 2
    return Repeats(
        pairs_count=int(several.sum()),
        contradicted_count=int(((for_low > 0) & (for_low < judged)).sum()),
        agreement=float(same.sum() / both.sum()) if several.any() else float("nan"),
    )


def accuracy_ceiling(repeats: Repeats) -> float | None:
    """The accuracy of a judge who always says what most would say, if all pairs were equally hard.

    Formula:  two judgements agree with chance q^2 + (1 - q)^2, so q = (1 + sqrt(2 * agreement - 1)) / 2.
    Example:
        >>> accuracy_ceiling(Repeats(4, 0, 1.0)), accuracy_ceiling(Repeats(4, 4, 0.5))
        (1.0, 0.5)
    """
    if not repeats.pairs_count:
        return None
    return float((1 + np.sqrt(max(0.0, 2 * repeats.agreement - 1))) / 2)
