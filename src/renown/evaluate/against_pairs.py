"""The human-judgement model, its parts and every single signal against judgements of pairs.

As shipped on all pairs; and fitted again on person-disjoint splits beside a logistic regression on all log
differences, so that nobody who is judged in a test was seen in training, and differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from renown.errors import TooLittleInputError
from renown.evaluate.judgement_model import (
    REACTIONS,
    JudgementModel,
    ModelPart,
    fit_lines,
    fit_logistic,
    load_judgement_model,
    margins,
)
from renown.evaluate.pair_metrics import (
    accuracy,
    auc,
    brier,
    calibration_by_chance,
    calibration_error,
    calibration_error_both_orders,
    people_weights,
    probability,
)
from renown.evaluate.pair_records import (
    PairDifference,
    PairEvaluation,
    PairMeasure,
    SplitMeasure,
    accuracy_ceiling,
    repeated_pairs,
)
from renown.evaluate.pairs import Pairs
from renown.evaluate.records import INTERVAL_LEVEL, Skipped
from renown.types import Progress, no_progress

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SPLITS: Final = 60
DRAWS: Final = 200
BASELINE: Final = "logistic, all log differences"
FULL: Final = "human judgement"
REACTIONS_ONLY: Final = "reactions only"
AS_SHIPPED: Final = ", as shipped"
FITTED: Final = ", fitted again"

_PARTS: Final = 3
_LEAST_TRAIN: Final = 30
_LEAST_TEST: Final = 5
_BASELINE_RIDGE: Final = 1e-3
_SIGNAL_RIDGE: Final = 1e-3

Forecast = Callable[[Pairs, Pairs], FloatArray]
"""Margins of test pairs, after learning from train pairs."""
Metric = Callable[[BoolArray, FloatArray, FloatArray | None], FloatArray]
_METRICS: Final[Mapping[str, Metric]] = {"auc": auc, "accuracy": accuracy, "brier": brier}


@dataclass(frozen=True, eq=False)
class _Split:
    train: Pairs
    test: Pairs
    weights: FloatArray
    """a row for each resample of the test pairs' people"""


def evaluate_pairs(
    pairs: Pairs,
    *,
    model: JudgementModel | None = None,
    splits: int = SPLITS,
    progress: Progress = no_progress,
) -> PairEvaluation:
    """How well the human-judgement model and each signal agree with judgements of pairs.

    Formula:  AUC, accuracy, Brier score and calibration error. A split takes a third of the people at random:
              pairs within it are tested, pairs within the other two thirds are learned from. Intervals:
              pigeonhole bootstrap over people; a difference is paired on splits and resamples.
    Args:     model: default: the shipped one. splits: 0 for the plain figures only.
    Raises:   TooLittleInputError: only one of the two sides was ever chosen.
    Cost:     some 5 s for 2,000 pairs and 60 splits.
    Source:   docs/concepts/human-judgement.md.
    """
    if pairs.chose_a.all() or not pairs.chose_a.any():
        raise TooLittleInputError(
            f"All {len(pairs)} judgements choose the same side, so no agreement can be measured.",
            hint="Both A and B must have been chosen at least once.",
        )
    model = model or load_judgement_model()
    skipped = [Skipped(measure=name, reason="most pairs do not have it") for name in pairs.unknown_signals]
    skipped += [
        Skipped(measure=signal, reason="the pairs do not have it; the model goes on without")
        for signal in model.widest(pairs.signals).signals
        if signal not in pairs.a and signal not in pairs.unknown_signals
    ]
    cuts = list(_splits(pairs, splits))
    if len(cuts) < splits:
        reason = "too few people to hold some of them back" if not cuts else "too few pairs in the others"
        skipped.append(Skipped(measure=f"{splits - len(cuts)} of {splits} splits", reason=reason))
    found = _on_splits(_forecasts(pairs, model), cuts, progress)
    repeats = repeated_pairs(pairs)
    return PairEvaluation(
        model=model.name,
        part=model.widest(pairs.signals).name,
        is_fitted_on_these=pairs.fingerprint() == model.fitted_on.fingerprint,
        pairs_count=len(pairs),
        people_count=pairs.people_count,
        left_out_count=pairs.left_out_count,
        chose_a_share=float(pairs.chose_a.mean()),
        repeated_count=repeats.pairs_count,
        contradicted_count=repeats.contradicted_count,
        accuracy_ceiling=accuracy_ceiling(repeats),
        interval_level=INTERVAL_LEVEL,
        resamples=DRAWS,
        measures=tuple(_plain(pairs, model)),
        splits_count=len(cuts),
        train_pairs_mean=float(np.mean([len(cut.train) for cut in cuts])) if cuts else 0.0,
        test_pairs_mean=float(np.mean([len(cut.test) for cut in cuts])) if cuts else 0.0,
        baseline=BASELINE,
        split_measures=tuple(_split_measure(name, margin, cuts) for name, margin in found.items()),
        differences=tuple(_differences(found, cuts)),
        skipped=tuple(skipped),
    )


def _plain(pairs: Pairs, model: JudgementModel) -> Iterator[PairMeasure]:
    """What needs no fitting, on all pairs: the model as shipped, and single signals as they are."""
    weights = people_weights(pairs.a_person, pairs.b_person, DRAWS)
    for name, part in _parts(pairs, model):
        known = tuple(signal for signal in part.signals if signal in pairs.a)
        margin = margins(part.lines, pairs.a, pairs.b)
        yield _measure(name + AS_SHIPPED, known, pairs, (margin, weights), is_probability=True)
    for name in pairs.signals:
        margin = _log_difference(pairs, name)
        yield _measure(name, (name,), pairs, (margin, weights), is_probability=False)


def _measure(
    name: str, signals: tuple[str, ...], pairs: Pairs, found: tuple[FloatArray, FloatArray], *,
    is_probability: bool,
) -> PairMeasure:  # fmt: skip
    margin, weights = found
    said = probability(margin)
    low, high = interval(auc(pairs.chose_a, margin, weights))
    return PairMeasure(
        measure=name,
        signals=signals,
        auc=float(auc(pairs.chose_a, margin)[0]),
        auc_low=low,
        auc_high=high,
        accuracy=float(accuracy(pairs.chose_a, margin)[0]),
        brier=float(brier(pairs.chose_a, margin)[0]) if is_probability else None,
        ece=calibration_error_both_orders(pairs.chose_a, said) if is_probability else None,
        ece_one_order=calibration_error(pairs.chose_a, said) if is_probability else None,
        ece_by_chance=calibration_by_chance(said) if is_probability else None,
    )


def _splits(pairs: Pairs, count: int) -> Iterator[_Split]:
    """Person-disjoint: a third of the people is tested among themselves, the others are learned from."""
    people = int(max(pairs.a_person.max(), pairs.b_person.max())) + 1
    weights = people_weights(pairs.a_person, pairs.b_person, DRAWS)
    for number in range(count):
        is_test = np.random.default_rng([number, people]).permutation(people) % _PARTS == 0
        a_test, b_test = is_test[pairs.a_person], is_test[pairs.b_person]
        train, test = pairs.among(~a_test & ~b_test), pairs.among(a_test & b_test)
        if len(train) < _LEAST_TRAIN or len(test) < _LEAST_TEST:
            continue
        if test.chose_a.all() or not test.chose_a.any():
            continue
        # The same resamples of people on every split: draws of their own would average out too soon.
        yield _Split(train, test, weights[:, a_test & b_test])


def _forecasts(pairs: Pairs, model: JudgementModel) -> dict[str, Forecast]:
    """Everything that takes part in the splits, the baseline first."""
    found: dict[str, Forecast] = {BASELINE: _logistic(pairs.signals, _BASELINE_RIDGE)}
    for name, part in _parts(pairs, model):
        found[name + FITTED] = _fitted(part.signals)
        found[name + AS_SHIPPED] = _as_shipped(part)
    return found | {name: _logistic((name,), _SIGNAL_RIDGE) for name in pairs.signals}


def _parts(pairs: Pairs, model: JudgementModel) -> list[tuple[str, ModelPart]]:
    """The two parts that are evaluated, where the pairs have anything that they look at."""
    parts = [(FULL, model.widest(pairs.signals)), (REACTIONS_ONLY, model.part(REACTIONS))]
    return [(name, part) for name, part in parts if set(part.signals) & set(pairs.signals)]


def _as_shipped(part: ModelPart) -> Forecast:
    return lambda _, test: margins(part.lines, test.a, test.b)


def _fitted(signals: Sequence[str]) -> Forecast:
    return lambda train, test: margins(fit_lines(train, signals), test.a, test.b)


def _logistic(signals: Sequence[str], ridge: float) -> Forecast:
    def forecast(train: Pairs, test: Pairs) -> FloatArray:
        """Margins of the pairs of `test`, by a regression fitted to `train`."""
        learned, asked = (
            np.stack([_log_difference(part, name) for name in signals], axis=1) for part in (train, test)
        )
        margin: FloatArray = asked @ fit_logistic(learned, train, ridge=ridge)
        return margin

    return forecast


def _log_difference(pairs: Pairs, name: str) -> FloatArray:
    found: FloatArray = np.log1p(pairs.a[name]) - np.log1p(pairs.b[name])
    return found


def _on_splits(
    forecasts: Mapping[str, Forecast], cuts: Sequence[_Split], progress: Progress
) -> dict[str, list[FloatArray]]:
    """Margins of the test pairs, by measure and split."""
    found: dict[str, list[FloatArray]] = {name: [] for name in forecasts} if cuts else {}
    for number, cut in enumerate(cuts):
        progress("splits", number, len(cuts))
        for name, forecast in forecasts.items():
            found[name].append(forecast(cut.train, cut.test))
    progress("splits", len(cuts), len(cuts))
    return found


def _split_measure(name: str, found: Sequence[FloatArray], cuts: Sequence[_Split]) -> SplitMeasure:
    points = [float(auc(cut.test.chose_a, margin)[0]) for cut, margin in zip(cuts, found, strict=True)]
    chosen = np.concatenate([cut.test.chose_a for cut in cuts])
    margin = np.concatenate(found)
    said = probability(margin)
    return SplitMeasure(
        measure=name,
        auc=float(np.mean(points)),
        splits_sd=float(np.std(points)),
        accuracy=float(accuracy(chosen, margin)[0]),
        brier=float(brier(chosen, margin)[0]),
        ece=calibration_error_both_orders(chosen, said),
        ece_one_order=calibration_error(chosen, said),
    )


def _differences(
    found: Mapping[str, Sequence[FloatArray]], cuts: Sequence[_Split]
) -> Iterator[PairDifference]:
    """Each measure less the baseline, in the mean of the splits."""
    others = [name for name in found if name != BASELINE]
    for metric, of in _METRICS.items():
        base_points, base_draws = _of_splits(of, found[BASELINE], cuts) if others else (None, None)
        for name in others:
            points, draws = _of_splits(of, found[name], cuts)
            low, high = interval(np.nanmean(draws - base_draws, axis=0))
            yield PairDifference(
                measure=name,
                against=BASELINE,
                metric=metric,
                difference=float(np.mean(points - base_points)),
                low=low,
                high=high,
                splits_sd=float(np.std(points - base_points)),
            )


def _of_splits(of: Metric, found: Sequence[FloatArray], cuts: Sequence[_Split]) -> tuple[Any, Any]:
    """The metric on every split (one figure each), and in every resample of every split."""
    points = [of(cut.test.chose_a, margin, None)[0] for cut, margin in zip(cuts, found, strict=True)]
    draws = [of(cut.test.chose_a, margin, cut.weights) for cut, margin in zip(cuts, found, strict=True)]
    return np.array(points), np.array(draws)


def interval(draws: FloatArray) -> tuple[float | None, float | None]:
    """The middle of resampled figures, as wide as every interval of an evaluation; None where none exist."""
    finite = draws[np.isfinite(draws)]
    if finite.size < draws.size / 2:
        return None, None
    low, high = np.quantile(finite, [(1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2])
    return float(low), float(high)
