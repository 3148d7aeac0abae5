"""Where a model card is careful: the checks by groups, and what the score does not do or know."""

from __future__ import annotations

from collections.abc import Iterator

from renown.charts.evaluation import METRIC_NAMES
from renown.charts.model_card_groups import chart_groups
from renown.charts.model_card_layout import CardFigure, CardSection, CardTable, Missing, missing, score_of
from renown.charts.model_card_words import (
    AXIS_NAMES,
    COMPARED_METRICS,
    FIGURE_NAMES,
    difference_words,
    group_words,
    number,
    percent,
    with_interval,
)
from renown.charts.text import clean
from renown.evaluate.model_card_records import ModelCard
from renown.evaluate.records import Evaluation
from renown.evaluate.subgroup_records import FIGURE_WORDS, AxisCheck


def group_sections(card: ModelCard) -> Iterator[CardSection]:
    """The checks by groups: what is checked, then a section an axis."""
    found = card.subgroups
    yield CardSection(
        id="groups",
        heading="Are groups of accounts treated alike?",
        sentences=[
            f"{found.flagged_count} of {found.compared_count} figures of groups have a"
            f" {percent(found.interval_level, 0)} interval without what the whole shows (marked *);"
            f" about {found.flagged_by_chance:.1f} would by chance alone. Figures of fewer than"
            f" {found.least_cases} accounts are not told. A median, and what is ranked within one class of"
            " size, differ because of how the group was made; they are told and not marked."
        ],
        tables=[
            CardTable(
                caption="Everybody",
                heads=["figure", "value [interval]", "accounts"],
                cells=[
                    [
                        f"{FIGURE_NAMES[one.name]}: {FIGURE_WORDS[one.name]}",
                        group_words(one),
                        f"{one.cases_count:,}",
                    ]
                    for one in found.whole
                    if one.name != "bias_points"
                ],
            )
        ],
        missing=missing(card, "splits"),
    )
    for axis in found.axes:
        yield _axis_section(axis)


def _axis_section(axis: AxisCheck) -> CardSection:
    heading = f"By {AXIS_NAMES[axis.axis]}"
    if axis.absent_reason is not None:
        reason = Missing(reason=clean(axis.absent_reason), needed=axis.needed or "")
        return CardSection(id=f"groups-{axis.axis}", heading=heading, missing=[reason])
    has_figures = any(
        one.name != "median_score" and one.name != "ndcg_100"
        for group in axis.groups
        for one in group.figures
    )
    few = Missing(reason="every group is too small", needed="more accounts in a group")
    return CardSection(
        id=f"groups-{axis.axis}",
        heading=heading,
        sentences=_correlation_words(axis),
        figures=[CardFigure(name=f"groups-{axis.axis}", draw=lambda width: chart_groups(axis, width=width))]
        if has_figures
        else [],
        missing=[] if has_figures else [few],
    )


def _correlation_words(axis: AxisCheck) -> list[str]:
    if axis.score_correlation is None:
        return []
    said = with_interval(axis.score_correlation, axis.score_correlation_low, axis.score_correlation_high)
    words = f"Its rank correlation with the score is {said}"
    if axis.truth_correlation is not None:
        words += f", with the true influence {number(axis.truth_correlation)}"
    return [words + "."]


def limits_section(card: ModelCard) -> CardSection:
    """What the figures of this store show to be weak, then what holds of every store."""
    return CardSection(
        id="limits",
        heading="Known limits",
        points=[*_limits_of_this_store(card), *((one.heading, one.words) for one in card.limits)],
    )


def _limits_of_this_store(card: ModelCard) -> Iterator[tuple[str, str]]:
    """What the figures of this card show to be weak."""
    better = [] if card.prediction is None else _ahead(card.prediction, card)
    if better:
        yield "Simpler measures are ahead here", "; ".join(better) + "."
    if card.coverage is not None:
        misses = [row for row in card.coverage.rows if row.split_by == "time" and row.people == "all"]
        for row in (row for row in misses if row.level == card.distribution.interval_level):
            yield (
                "Over time intervals hold less than they claim",
                f"Of what the next window shows, an interval of {percent(row.level, 0)} holds"
                f" {percent(row.coverage)}.",
            )
    if card.attacks is not None and card.attacks.genuine is not None:
        genuine = card.attacks.genuine
        yield (
            "The defence costs honest accounts something",
            f"{percent(genuine.receivers_discounted_share, 2)} of the accounts with a score lose over half of"
            f" their earned attention, {percent(genuine.givers_discounted_share, 2)} of those who give"
            " attention have over half of it discounted.",
        )
    if card.subgroups.flagged_count > card.subgroups.flagged_by_chance:
        yield (
            "Some groups differ",
            f"{card.subgroups.flagged_count} of {card.subgroups.compared_count} figures are marked.",
        )
    if len(card.fingerprint.networks) == 1:
        yield (
            "One network only",
            f"This card knows {clean(card.fingerprint.networks[0].name)} and nothing of any other.",
        )


def _ahead(found: Evaluation, card: ModelCard) -> list[str]:
    """Measures that are surely above the score as the run takes it, in the mean of the stretches."""
    ours = score_of(card, found)
    return [
        f"{clean(ours)} less {clean(one.measure)} is {difference_words(one)} in {METRIC_NAMES[one.metric]}"
        for one in found.differences
        if one.split is None
        and one.score == ours
        and one.high < 0
        and one.metric in COMPARED_METRICS
        and not one.measure.startswith(card.definition_name)
    ]
