"""Figures of a model card as its pages write them: each is a number of the record, rounded."""

from __future__ import annotations

from typing import Final

from renown.evaluate.records import Difference
from renown.evaluate.subgroup_records import GroupFigure

NOT_TOLD: Final = "too few"
"""Where a group is too small for a figure."""

AXIS_NAMES: Final = {
    "network": "network",
    "language": "language",
    "people": "size of the audience",
    "followers": "followers",
    "posting": "own activity",
}
"""Axes of groups as headings say them."""

FIGURE_NAMES: Final = {
    "median_score": "Median score",
    "coverage": "Interval holds",
    "spearman": "Spearman",
    "ndcg_100": "NDCG@100",
    "lead": "Less counting people",
    "discounted_share": "Discounted",
    "bias_points": "Points above equals",
}
"""Figures of groups as columns say them."""

NUMBER_NAMES: Final = {
    "half_life_days": "half-life, days",
    "selectivity": "selectivity",
    "freshness_half_life_days": "freshness half-life, days",
    "freshness_prior_people": "freshness, prior people",
}
"""Numbers of a definition that are no kinds."""

COMPARED_METRICS: Final = ("ndcg_100", "spearman_positive", "spearman", "spearman_received", "spearman_top")
"""Metrics by which the score is compared with other measures, the first that there are."""

_AS_SHARE: Final = ("coverage", "discounted_share")
_SIGNED: Final = ("lead", "bias_points")
_ONE_DECIMAL: Final = ("median_score", "bias_points")


def percent(share: float, digits: int = 1) -> str:
    """A share in hundredths.

    Example:
        >>> percent(0.8934), percent(0.9, 0)
        ('89.3 %', '90 %')
    """
    return f"{share * 100:.{digits}f} %".replace("-", "−")


def signed_percent(share: float) -> str:
    """A difference in hundredths, with its sign.

    Example:
        >>> signed_percent(0.217), signed_percent(-0.0356)
        ('+21.7 %', '−3.6 %')
    """
    return f"{share * 100:+.1f} %".replace("-", "−")


def number(value: float | None, digits: int = 3, *, is_signed: bool = False) -> str:
    """A figure to so many decimals, with a real minus; a dash for none.

    Example:
        >>> number(-0.0312), number(0.5, 2, is_signed=True), number(None)
        ('−0.031', '+0.50', '–')
    """
    if value is None:
        return "–"
    text = f"{value:{'+' if is_signed else ''}.{digits}f}"
    is_nothing = float(text) == 0
    return text.lstrip("+-") if is_nothing else text.replace("-", "−")


def between(low: float | None, high: float | None, digits: int = 3, *, is_signed: bool = False) -> str:
    """An interval in brackets; nothing where there is none.

    Example:
        >>> between(-0.01, 0.02, 2), between(None, None)
        ('[−0.01, 0.02]', '')
    """
    if low is None or high is None:
        return ""
    return f"[{number(low, digits, is_signed=is_signed)}, {number(high, digits, is_signed=is_signed)}]"


def with_interval(
    value: float | None, low: float | None, high: float | None, digits: int = 3, *, is_signed: bool = False
) -> str:
    """A figure with its interval.

    Example:
        >>> with_interval(0.607, 0.594, 0.625)
        '0.607 [0.594, 0.625]'
    """
    parts = (number(value, digits, is_signed=is_signed), between(low, high, digits, is_signed=is_signed))
    return " ".join(part for part in parts if part)


def group_value(figure: GroupFigure | None) -> str:
    """A group's figure alone, in its unit."""
    if figure is None:
        return NOT_TOLD
    if figure.name in _AS_SHARE:
        return percent(figure.value)
    digits = 1 if figure.name in _ONE_DECIMAL else 3
    return number(figure.value, digits, is_signed=figure.name in _SIGNED)


def group_words(figure: GroupFigure | None) -> str:
    """A group's figure with its interval, in its unit; marked where it is flagged."""
    if figure is None or figure.low is None or figure.high is None:
        return group_value(figure)
    if figure.name in _AS_SHARE:
        ends = f"[{figure.low * 100:.1f}, {figure.high * 100:.1f}]"
    else:
        digits = 1 if figure.name in _ONE_DECIMAL else 3
        ends = between(figure.low, figure.high, digits, is_signed=figure.name in _SIGNED)
    return f"{group_value(figure)} {ends}{' *' if figure.is_flagged else ''}"


def difference_words(one: Difference | None) -> str:
    """A score less another measure, with the interval of the difference."""
    return "–" if one is None else with_interval(one.difference, one.low, one.high, is_signed=True)
