"""Influence read naively and causally: did an audience act because of an actor, or would it have anyway?

docs/concepts/causal-reading.md has the formulas, what they assume, and how far off they are on a town.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.errors import InputError, TooLittleInputError
from renown.evaluate.causal_reading import EVERYTHING, Seen, Window, open_acts, read_actor, window_of
from renown.evaluate.causal_records import CausalReading, HiddenBias, InfluenceEstimate, ReadingName
from renown.store import TableStore
from renown.store.parallel import in_order
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    from renown.kernels.matching import Comparison, Occasions
    from renown.store.records import Actor

FloatArray = NDArray[np.float64]

LEAST_SILENT: Final = 14
"""Periods of silence that past behaviour is read from, before anybody is compared."""
HALF_LIFE_PERIODS: Final = 90.0
"""Periods of silence in which past behaviour fades by half."""
LEAST_SILENT_ACTS: Final = 10
"""Acts of the audience in silence, below which nothing is calibrated."""
BORROWED_ACTS: Final = 20.0
"""Expected acts in silence that each topic borrows from all topics."""
LEAST_AUDIENCE: Final = 20
LEAST_OTHERS: Final = 20
LEAST_EXPOSURES: Final = 200
FACTORS: Final = (1.1, 1.25, 1.5, 2.0)
"""Hidden biases that every reading is tried with."""
_SURE: Final = 1.959963984540054
"""Standard errors on either side of a 95 % interval."""


def influence_reading(
    store: TableStore,
    name: str,
    *,
    as_of: datetime | None = None,
    period_hours: int = 24,
    topics: Sequence[str] = (),
    progress: Progress = no_progress,
) -> CausalReading:
    """Did an actor's audience act because of it, or would it have anyway?

    An exposure is a person of the audience in a period in which the actor published on a topic; the outcome,
    whether the person acted on that topic, towards whomever. So what would have gone to somebody else does
    not pass for influence.
    Formula:  caused = acts of the exposed - expected acts. Expected, naive: exposures * rate of all others on
              the network in that period. Matched: the same among those in the same cell of past behaviour
              (acts on the topic; acts of any kind; by doublings, halved every 90 periods, counted only in
              periods in which the actor was silent). Calibrated: matched, times how often the audience acts
              in silent periods for each act that matching expects then.
              Interval: influence functions summed by person, so a person's periods may depend on each other.
    Args:     as_of: only what happened before it counts; default: just after the newest interaction.
              period_hours: what counts as at once. topics: hashtags; default: the actor's five most frequent.
    Raises:   ActorNotFoundError, AmbiguousActorError, StoreNotFoundError. InputError: the period is no whole
              number of hours. TooLittleInputError: too few people, exposures or silent periods to compare.
    Cost:     a few passes of SQL, then O(topics * periods * people of the network).
    Notes:    people who never acted before are in no comparison. Who reacts to a follower's repost is not
              exposed here: influence through others is not counted.
    Source:   Aral, Muchnik & Sundararajan (2009), PNAS 106; Eckles & Bakshy (2021), JASA 116;
              VanderWeele & Ding (2017), Annals of Internal Medicine 167; docs/concepts/causal-reading.md.
    """
    if period_hours < 1:
        raise InputError("A period is one hour or more.", hint="24 compares day by day.")
    actor = store.resolve(name)
    window = window_of(store, as_of, period_hours)
    progress("reading who acted when", 0, 2)
    with open_acts(store, window) as engine:
        seen = read_actor(engine, actor, _person(store, actor), window, topics)
    progress("comparing people alike", 1, 2)
    compared = compare(seen)
    check_enough(actor, seen, compared)
    found = build_reading(actor, window, seen, compared)
    progress("comparing people alike", 2, 2)
    return found


def _person(store: TableStore, actor: Actor) -> int:
    return int(store.person_keys().of(np.array([actor.actor_key]))[0])


@dataclass(frozen=True, eq=False)
class Compared:
    """Comparisons topic by topic; columns as in `renown.kernels.matching`, a row a person."""

    topics: tuple[FloatArray, ...]
    caused_count: int
    caused_of_all_count: int
    acted_of_all_count: int
    towards_count: int

    @cached_property
    def people(self) -> FloatArray:
        """Each person's parts, over the topics."""
        found: FloatArray = np.sum(self.topics, axis=0)
        return found

    @cached_property
    def totals(self) -> FloatArray:
        """Sums over the people."""
        found: FloatArray = self.people.sum(axis=0)
        return found

    def column(self, name: int) -> FloatArray:
        """One figure of each person."""
        found: FloatArray = self.people[:, name]
        return found

    @cached_property
    def calibrated_anyway(self) -> FloatArray | None:
        """Each person's part in what the exposed would have done anyway, corrected by what silence shows.

        Formula:  sum over topics of r * anyway, r = (silent acts + s * R) / (expected ones + s), s = 20, with
                  R = silent acts / expected ones of all topics: a topic with little silence borrows from the
                  others. A person's part in r is added to their own (the delta method); over the people that
                  sums to nothing. None where fewer than 10 acts fell into silence.
        """
        from renown.kernels.matching import ANYWAY, SILENT_ACTED, SILENT_ANYWAY

        acted, expected = self.totals[SILENT_ACTED], self.totals[SILENT_ANYWAY]
        if acted < LEAST_SILENT_ACTS or expected <= 0:
            return None
        of_all = acted / expected
        moved_all = (self.column(SILENT_ACTED) - of_all * self.column(SILENT_ANYWAY)) / expected
        found = np.zeros(self.people.shape[0])
        for topic in self.topics:
            weight = topic[:, SILENT_ANYWAY].sum() + BORROWED_ACTS
            ratio = (topic[:, SILENT_ACTED].sum() + BORROWED_ACTS * of_all) / weight
            moved = topic[:, SILENT_ACTED] - ratio * topic[:, SILENT_ANYWAY] + BORROWED_ACTS * moved_all
            found += ratio * topic[:, ANYWAY] + topic[:, ANYWAY].sum() * moved / weight
        return found

    def anyway(self) -> FloatArray:
        """Each person's part in what the exposed would have done anyway, by the best reading."""
        from renown.kernels.matching import ANYWAY

        return self.column(ANYWAY) if self.calibrated_anyway is None else self.calibrated_anyway


def compare(seen: Seen) -> Compared:
    """Run the comparison topic by topic."""
    from renown.kernels.matching import compare_alike

    def compared(topic: Occasions) -> Comparison:
        """The comparison on the occasions of one topic."""
        return compare_alike(seen.panel, topic, LEAST_SILENT, HALF_LIFE_PERIODS)

    found = list(in_order(compared, list(seen.topics.values())))
    return Compared(
        tuple(one.people for one in found),
        *(
            int(sum(getattr(one, name) for one in found))
            for name in ("caused_count", "caused_of_all_count", "acted_of_all_count", "towards_count")
        ),
    )


def check_enough(actor: Actor, seen: Seen, compared: Compared) -> None:
    """Whether there is enough to say anything.

    Raises:   TooLittleInputError, saying what is lacking, how much of it there is, and how much is needed.
    """
    from renown.kernels.matching import EXPOSED, MATCHED

    def lacking(what: str, hint: str) -> TooLittleInputError:
        """The error, in the actor's name."""
        return TooLittleInputError(f"The influence of {actor.actor_id} cannot be read: {what}.", hint=hint)

    silent = max(int((~topic.is_occasion).sum()) for topic in seen.topics.values())
    if silent <= LEAST_SILENT:
        raise lacking(
            f"it was silent in {silent} periods, and past behaviour is read from more than {LEAST_SILENT}",
            "Shorter periods are more (--period-hours 6); who never pauses cannot be read this way.",
        )
    is_member = seen.panel.member_since < seen.topics[next(iter(seen.topics))].is_occasion.size
    others = int((~is_member).sum())
    if others < LEAST_OTHERS:
        raise lacking(
            f"{others} people outside of its audience are known; {LEAST_OTHERS} are needed to compare with",
            "Import what others did on the network, too.",
        )
    audience, exposures = int((compared.people[:, EXPOSED] > 0).sum()), int(compared.totals[EXPOSED])
    if audience < LEAST_AUDIENCE:
        raise lacking(
            f"{audience} people of its audience had acted before they were exposed;"
            f" {LEAST_AUDIENCE} are needed",
            "A longer history, or an actor who is better known, has more.",
        )
    matched = int(compared.totals[MATCHED])
    if matched < LEAST_EXPOSURES:
        raise lacking(
            f"of {exposures} exposures {matched} found somebody alike, and {LEAST_EXPOSURES} are needed",
            "A longer history has more.",
        )


def estimates_of(compared: Compared) -> tuple[InfluenceEstimate, ...]:
    """Naive, matched and, where silence says something, calibrated."""
    from renown.kernels.matching import ACTED, ANYWAY, EXPOSED, MATCHED, NAIVE

    exposed, matched = compared.column(EXPOSED), compared.column(MATCHED)
    acted = compared.column(ACTED)
    found = [
        _estimate("naive", compared.acted_of_all_count, compared.column(NAIVE), exposed),
        _estimate("matched", acted.sum(), acted - compared.column(ANYWAY), matched),
    ]
    if compared.calibrated_anyway is not None:
        found.append(_estimate("calibrated", acted.sum(), acted - compared.calibrated_anyway, matched))
    return tuple(found)


def _estimate(
    reading: ReadingName, acted: float, caused: FloatArray, exposures: FloatArray
) -> InfluenceEstimate:
    total, wide = float(caused.sum()), _SURE * _standard_error(caused, exposures)
    return InfluenceEstimate(
        reading=reading,
        exposures_count=round(float(exposures.sum())),
        acted_count=round(float(acted)),
        anyway_count=float(acted) - total,
        caused_count=total,
        caused_low=total - wide,
        caused_high=total + wide,
    )


def _standard_error(part: FloatArray, exposures: FloatArray) -> float:
    """Of a sum over people, as often as they were exposed: people are independent, a person's periods not."""
    mean = part.sum() / exposures.sum()
    return float(np.sqrt(np.sum((part - mean * exposures) ** 2)))


def build_reading(actor: Actor, window: Window, seen: Seen, compared: Compared) -> CausalReading:
    """All figures of one actor."""
    from renown.kernels.matching import ANYWAY, EXPOSED, MATCHED

    totals, people = compared.totals, compared.people
    low, risk, high = _risk_ratio(compared)
    calibrated = compared.calibrated_anyway
    ratio = None if calibrated is None else float(calibrated.sum() / totals[ANYWAY])
    limit = 1.0 if low is None or high is None or low <= 1 <= high else low if low > 1 else high
    return CausalReading(
        actor_id=actor.actor_id,
        handle=actor.handle,
        as_of=window.as_of,
        period_hours=window.period_hours,
        topics=tuple(topic for topic in seen.topics if topic != EVERYTHING),
        audience_from=seen.audience_from,
        audience_count=int((people[:, EXPOSED] > 0).sum()),
        occasions_count=sum(int(topic.is_occasion.sum()) for topic in seen.topics.values()),
        compared_count=int((seen.panel.member_since >= window.periods).sum()),
        reacted_count=compared.towards_count,
        matched_share=float(totals[MATCHED] / totals[EXPOSED]),
        estimates=estimates_of(compared),
        silence_ratio=ratio,
        risk_ratio=risk,
        risk_ratio_low=low,
        risk_ratio_high=high,
        e_value=None if risk is None else e_value(risk),
        e_value_limit=None if risk is None else e_value(limit),
        hidden_bias=_hidden_bias(compared),
        rests_on=_rests_on(window, seen, compared),
    )


def e_value(risk_ratio: float) -> float:
    """How strongly a hidden cause must go with exposure and with acting, as risk ratios, to explain it all.

    Formula:  RR + sqrt(RR * (RR - 1)), of 1 / RR where RR < 1.
    Source:   VanderWeele & Ding (2017), Sensitivity analysis in observational research, Ann Intern Med 167.
    Example:
        >>> round(e_value(3.9), 2), e_value(1.0)
        (7.26, 1.0)
    """
    ratio = max(risk_ratio, 1 / risk_ratio) if risk_ratio > 0 else float("inf")
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def _risk_ratio(compared: Compared) -> tuple[float | None, float | None, float | None]:
    """Acts for each that would have happened anyway, with its 95 % interval on the scale of logarithms."""
    from renown.kernels.matching import ACTED

    acted, anyway = compared.column(ACTED), compared.anyway()
    if acted.sum() <= 0 or anyway.sum() <= 0:
        return None, None, None
    risk = float(acted.sum() / anyway.sum())
    wide = _SURE * float(np.sqrt(np.sum((acted / acted.sum() - anyway / anyway.sum()) ** 2)))
    return risk * float(np.exp(-wide)), risk, risk * float(np.exp(wide))


def _hidden_bias(compared: Compared) -> tuple[HiddenBias, ...]:
    """What is left of the best reading if those like the audience would act so much less than it, or more.

    Formula:  acted - factor * anyway, and acted - anyway / factor.
    """
    from renown.kernels.matching import ACTED, MATCHED

    acted, anyway, exposures = compared.column(ACTED), compared.anyway(), compared.column(MATCHED)
    found = []
    for factor in FACTORS:
        left = acted - factor * anyway
        found.append(
            HiddenBias(
                factor=factor,
                caused_low=float(left.sum()),
                caused_high=float((acted - anyway / factor).sum()),
                is_still_sure=bool(left.sum() > _SURE * _standard_error(left, exposures)),
            )
        )
    return tuple(found)


def _rests_on(window: Window, seen: Seen, compared: Compared) -> tuple[str, ...]:
    from renown.kernels.matching import EXPOSED, MATCHED

    hours = window.period_hours
    period = "day" if hours == 24 else "hour" if hours == 1 else f"stretch of {hours} hours"
    heard = "published" if seen.does_publish else "acted (its posts are not known)"
    tags = [f"#{topic}" for topic in seen.topics if topic != EVERYTHING]
    about = f"on {', '.join(tags)}" if tags else "on anything, since its posts name no topic"
    members = "its known followers" if seen.audience_from == "follows" else "whoever reacted to it before"
    unmatched = 1 - compared.totals[MATCHED] / compared.totals[EXPOSED]
    lines = [
        f"an occasion is a {period} on which the actor {heard} {about}",
        f"the audience is {members}; it is compared with people of the network who acted alike before",
    ]
    if unmatched >= 0.005:
        lines.append(f"{unmatched:.0%} of the exposures found nobody alike and are left out")
    if compared.calibrated_anyway is None:
        lines.append("too few acted while it was silent to calibrate the matching by")
    return tuple(lines)
