"""What a causal reading says: influence as it looks, and after asking who would have acted anyway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from renown.evaluate.records import plain

ReadingName = Literal["naive", "matched", "calibrated"]
"""How those who would have acted anyway are estimated: by everybody else of the same period; by people who
behaved alike before; by these, corrected by what they miss in periods in which the actor was silent."""

READINGS: Final[tuple[ReadingName, ...]] = get_args(ReadingName)


@dataclass(frozen=True, kw_only=True)
class InfluenceEstimate:
    """One reading of an actor's influence. acted_count = anyway_count + caused_count."""

    reading: ReadingName
    exposures_count: int
    """times that a person of the audience could have been moved: person, period and topic"""
    acted_count: int
    """of these, how often the person acted, towards whomever"""
    anyway_count: float
    """how often they would have acted without the actor, by this reading"""
    caused_count: float
    caused_low: float
    """ends of the 95 % interval; people are taken as independent"""
    caused_high: float


@dataclass(frozen=True, kw_only=True)
class HiddenBias:
    """What is left if those alike are not: the audience would anyway act `factor` times as often."""

    factor: float
    caused_low: float
    """the audience would have acted `factor` times as often"""
    caused_high: float
    """the audience would have acted `factor` times as seldom"""
    is_still_sure: bool
    """even so the 95 % interval of `caused_low` is above 0"""


@dataclass(frozen=True, kw_only=True)
class CausalReading:
    """An actor's influence read naively and after matching on past behaviour, with sensitivity bounds."""

    actor_id: str
    handle: str
    as_of: datetime
    period_hours: int
    topics: tuple[str, ...]
    """topics of the actor's posts that were looked at; empty: whatever people did"""
    audience_from: Literal["follows", "reactions"]
    """who counts as the audience: known followers, or whoever reacted to the actor before"""
    audience_count: int
    """people of the audience who were exposed, after an act of their own"""
    occasions_count: int
    """periods (by topic) in which the actor published or acted"""
    compared_count: int
    """people outside of the audience whom they are compared with"""
    reacted_count: int
    """of the matched exposures, how often the person reacted to this very actor"""
    matched_share: float
    """share of the exposures for which somebody alike was found"""
    estimates: tuple[InfluenceEstimate, ...]
    """naive, matched, and calibrated where the actor was ever silent"""
    silence_ratio: float | None
    """in periods of silence, acts of the audience for each act of those like them: 1 if matching is enough"""
    risk_ratio: float | None
    """of the last estimate: how often the audience acts for each time it would have anyway"""
    risk_ratio_low: float | None
    risk_ratio_high: float | None
    e_value: float | None
    """how strongly a hidden cause would have to go with both, exposure and acting, to explain it all away"""
    e_value_limit: float | None
    """the same for the end of the interval nearer to no influence; 1: the interval holds none"""
    hidden_bias: tuple[HiddenBias, ...]
    rests_on: tuple[str, ...]
    """what was compared and what falls short, in words"""

    @property
    def best(self) -> InfluenceEstimate:
        """The reading to go by: calibrated where there is one, else matched."""
        return self.estimates[-1]

    def estimate(self, reading: ReadingName) -> InfluenceEstimate | None:
        """The estimate of one reading; None where it could not be made."""
        return next((one for one in self.estimates if one.reading == reading), None)

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)


@dataclass(frozen=True, kw_only=True)
class ReadingBias:
    """How far one reading is from the truth of a town, over the actors that could be read."""

    reading: ReadingName
    actors: int
    caused_count: float
    """by the reading, all actors together"""
    true_count: float
    """in truth, of the same exposures"""
    bias_share: float
    """(caused_count - true_count) / true_count"""
    bias_low: float
    """ends of the 95 % interval, actors resampled"""
    bias_high: float
    typical_error: float
    """sum over actors of |caused - true|, as a share of what is true"""
    coverage: float
    """share of actors whose 95 % interval holds the truth"""


@dataclass(frozen=True, kw_only=True)
class ActorTruth:
    """One actor of a town: what each reading says and what is true."""

    actor_id: str
    handle: str
    reading: ReadingName
    exposures_count: int
    caused_count: float
    caused_low: float
    caused_high: float
    true_count: int


@dataclass(frozen=True, kw_only=True)
class CausalEvaluation:
    """Bias of the causal readings where the truth is known."""

    as_of: datetime
    period_hours: int
    actors: int
    skipped_count: int
    """actors of whom too little is known to read anything"""
    readings: tuple[ReadingBias, ...]
    matched_of_naive: float
    """size of the matched reading's bias as a share of the naive one's"""
    calibrated_of_naive: float | None
    rows: tuple[ActorTruth, ...]

    def bias(self, reading: ReadingName) -> ReadingBias | None:
        """The bias of one reading; None where no actor had it."""
        return next((one for one in self.readings if one.reading == reading), None)

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)
