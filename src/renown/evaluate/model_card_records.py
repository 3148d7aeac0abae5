"""What a model card holds: one frozen record with every figure that its pages print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from renown.evaluate.attacks.records import AttackReport
from renown.evaluate.causal_records import CausalEvaluation
from renown.evaluate.coverage import Coverage
from renown.evaluate.fitting import Fit
from renown.evaluate.pair_records import PairEvaluation
from renown.evaluate.records import Evaluation, TruthEvaluation, plain
from renown.evaluate.subgroup_records import Subgroups


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A part of the card that could not be measured here: why, and what it would need."""

    part: str
    """name of the field of `ModelCard`"""
    reason: str
    needed: str


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many there are of something."""

    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """Which interactions the card speaks of, so that anybody can tell whether they have the same."""

    interactions_sha256: str
    """of source, target, kind and time of every interaction; what a fitted definition names too"""
    input_version: str
    """versions of the tables that the run read"""
    interactions_count: int
    accounts_count: int
    scored_count: int
    ties_count: int
    """pairs of a person and an actor they gave counted attention"""
    posts_count: int
    proven_accounts_count: int
    """accounts that were proven to belong to a person"""
    first_at: datetime
    last_at: datetime
    networks: tuple[Count, ...]
    """interactions by network, most first"""
    kinds: tuple[Count, ...]
    """interactions by kind, most first"""


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """The score that a share of the scored actors does not exceed."""

    share: float
    score: float


@dataclass(frozen=True, kw_only=True)
class ScoreBin:
    """How many actors have a score from `low` up to, not including, `high` points (100 is in the last)."""

    low: float
    high: float
    actors_count: int


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Where scores lie and how sure they are."""

    actors_count: int
    quantiles: tuple[Quantile, ...]
    bins: tuple[ScoreBin, ...]
    highest: float
    interval_level: float
    median_width: float
    """points between the ends of the interval, of the actor in the middle"""
    few_people_share: float
    """share of the actors to whom fewer than three people reacted"""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One number of the definition, with its interval where it was learned, and what a fit here gives."""

    number: str
    value: float
    low: float | None
    high: float | None
    """the definition's own interval; None: stated, not learned"""
    learned: float | None
    learned_low: float | None
    learned_high: float | None
    """what a fit to this store gives; None: it could not be fitted, or holds still in a fit"""


@dataclass(frozen=True, kw_only=True)
class RankCheck:
    """A run's rank bands beside bands that hold for all comparisons of an actor at once, on the highest."""

    actors_count: int
    level: float
    draws: int
    """how often scores were drawn anew, as their intervals say, to see whether bands hold the true rank"""
    run_mean_width: float
    """ranks from the best to the worst, bands as a run makes them"""
    simultaneous_mean_width: float
    run_held_share: float
    simultaneous_held_share: float


@dataclass(frozen=True, kw_only=True)
class ReadingSum:
    """What the audiences of some actors did because of them, by one reading."""

    reading: str
    """naive, matched or calibrated (`renown.evaluate.causal_records`)"""
    actors_count: int
    acted_count: int
    """times that a person of an audience acted when the actor had spoken"""
    caused_count: float
    """of these, those that would not have been without the actor"""
    caused_share: float
    sure_count: int
    """actors of whom the 95 % interval lies above 0"""


@dataclass(frozen=True, kw_only=True)
class HiddenCause:
    """How many actors' influence would survive a cause that matching does not see."""

    factor: float
    """the audiences would anyway have acted so many times as often"""
    still_sure_count: int


@dataclass(frozen=True, kw_only=True)
class CausalSummary:
    """The actors with the highest scores, read naively and after matching on past behaviour."""

    period_hours: int
    asked_count: int
    read_count: int
    """of whom enough is known"""
    readings: tuple[ReadingSum, ...]
    hidden_causes: tuple[HiddenCause, ...]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Something that the score does not do or know."""

    heading: str
    words: str


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """Everything measured of one definition on one store; what is None is in `absent`, with the reason."""

    made_at: datetime
    renown_version: str
    definition_name: str
    definition_hash: str
    definition_summary: str
    definition: str
    """TOML"""
    is_fitted_on_these: bool
    """whether the definition was fitted to these very interactions: prediction figures then flatter it"""
    run_id: str
    as_of: datetime
    trust_run_id: str | None
    """the discounts that the scores take; None: everybody was trusted"""
    attention_half_life_days: float
    fingerprint: Fingerprint
    distribution: Distribution
    weights: tuple[Weight, ...]
    fit: Fit | None
    coverage: Coverage | None
    ranks: RankCheck | None
    prediction: Evaluation | None
    truth: TruthEvaluation | None
    judgements: PairEvaluation | None
    causal: CausalSummary | None
    causal_truth: CausalEvaluation | None
    """bias of the causal readings where the truth is known; without its rows, which name actors"""
    attacks: AttackReport | None
    subgroups: Subgroups
    limits: tuple[Limit, ...]
    """what holds of every store; what holds of this one follows from the figures"""
    absent: tuple[Absent, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as lists, dictionaries, numbers and text: what `json.dumps` takes."""
        return plain(self)

    def why_absent(self, part: str) -> Absent | None:
        """Why a part is not there; None where it is."""
        return next((one for one in self.absent if one.part == part), None)
