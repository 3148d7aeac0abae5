"""What a check by groups says: figures of each group beside those of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Axis = Literal["network", "language", "people", "followers", "posting"]
"""By what actors are put into groups."""

FigureName = Literal[
    "median_score", "coverage", "spearman", "ndcg_100", "lead", "discounted_share", "bias_points"
]
"""What is measured of each group; see `FIGURE_WORDS`."""

FIGURE_WORDS: Final[dict[str, str]] = {
    "median_score": "the score of the actor in the middle",
    "coverage": "how often the interval holds what the other half of the people shows",
    "spearman": "rank correlation of score and new people of the next window, among those who get any",
    "ndcg_100": "NDCG of the group's first 100, by the new people of the next window",
    "lead": "that rank correlation less the one of counting people, on the same actors",
    "discounted_share": "share of the accounts that give attention of which less than half counts",
    "bias_points": "points above what actors of the same true influence have",
}
"""Each figure in words."""


@dataclass(frozen=True, kw_only=True)
class GroupFigure:
    """One figure of one group."""

    name: FigureName
    value: float
    low: float | None
    high: float | None
    """95 % interval"""
    whole: float
    """what it is compared with: the same figure of everybody, 0 for a bias"""
    cases_count: int
    """actors that the figure is made of; over splits or halvings, the mean"""
    is_flagged: bool
    """the interval does not hold what it is compared with"""


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """One group and its figures; a figure that too few actors could give is not there."""

    group: str
    accounts_count: int
    scored_count: int
    figures: tuple[GroupFigure, ...]

    def figure(self, name: str) -> GroupFigure | None:
        """A figure by its name; None where there is none."""
        return next((one for one in self.figures if one.name == name), None)


@dataclass(frozen=True, kw_only=True)
class AxisCheck:
    """All groups along one axis."""

    axis: Axis
    says: str
    """by what actors were grouped, in words"""
    groups: tuple[Subgroup, ...]
    score_correlation: float | None
    """rank correlation of what groups are made by with the score; None where they have no order"""
    score_correlation_low: float | None
    score_correlation_high: float | None
    truth_correlation: float | None
    """the same with the true influence, where it is known"""
    absent_reason: str | None
    """why there are no groups"""
    needed: str | None


@dataclass(frozen=True, kw_only=True)
class Subgroups:
    """Checks by groups, with what the whole shows."""

    interval_level: float
    least_cases: int
    """actors below which a figure is not told"""
    whole: tuple[GroupFigure, ...]
    axes: tuple[AxisCheck, ...]
    compared_count: int
    """figures that were compared with the whole"""
    flagged_count: int
    flagged_by_chance: float
    """how many would be flagged if no group differed"""
