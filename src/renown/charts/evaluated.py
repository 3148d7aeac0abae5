"""Evaluations as the charts draw them, and in one sentence."""

from __future__ import annotations

from renown.charts.records import EvaluationRow
from renown.charts.words import day_words, listed
from renown.evaluate.records import Evaluation, TruthEvaluation


def evaluation_rows(evaluation: Evaluation | TruthEvaluation) -> list[EvaluationRow]:
    """The means of an evaluation as the chart draws them."""
    return [
        EvaluationRow(
            measure=figure.measure,
            metric=figure.metric,
            value=figure.value,
            is_score=figure.is_score,
            low=figure.low,
            high=figure.high,
        )
        for figure in evaluation.means
    ]


def evaluation_words(evaluation: Evaluation | TruthEvaluation) -> str:
    """What was compared with what, in one sentence."""
    if isinstance(evaluation, TruthEvaluation):
        return "Each measure against the influence that the simulated town's actors truly have"
    kinds = ", ".join(evaluation.future_kinds) or "any kind"
    cuts = listed([day_words(split.train_until) for split in evaluation.splits])
    return f"What each measure knew before {cuts}, against reactions ({kinds}) of new people after"
