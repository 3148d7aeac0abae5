"""Attacks played: rounds of them into copies of a store, scored, and looked at as time passes."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from renown.definitions import Definition
from renown.evaluate.attacks.background import Casting, Field
from renown.evaluate.attacks.defence import Assessment, Defence
from renown.evaluate.attacks.injecting import Injected, inject
from renown.evaluate.attacks.measuring import is_discounted, is_found, scores_of
from renown.evaluate.attacks.prices import cost_of, cost_per_point
from renown.evaluate.attacks.records import AttackRow
from renown.evaluate.attacks.terms import LabTerms
from renown.scoring import Scored, compute_scores
from renown.simulate.attacks import AttackPlan, attack_span, build_attack
from renown.store import TableStore
from renown.store.copying import copy_store
from renown.types import MICROSECONDS_PER_DAY

if TYPE_CHECKING:
    from renown.store.persons import PersonKeys

_ROUND_ACCOUNTS: Final = 0.05
_ROUND_ACTS: Final = 0.10
"""Attacks of a round add at most these shares of the background's givers and interactions, or are alone."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = MICROSECONDS_PER_DAY // 24
_LEAST_GAIN: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Bench:
    """What all rounds are measured against."""

    field: Field
    definition: Definition
    as_of: datetime
    terms: LabTerms
    assessment: Assessment | None
    """of the store before any attack; None without a defence"""
    defended: Scored | None
    """and its scores"""


class Play(NamedTuple):
    """An attack on one of its targets."""

    plan: AttackPlan
    repeat: int


class Seen(NamedTuple):
    """Hours from an attack's first act to when it was noticed; None: never."""

    discounted: float | None = None
    found: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What one attack on one target, or of one pod, came to."""

    plan: AttackPlan
    accounts_count: int
    members_count: int
    acts_count: int
    before: float
    gained: float
    kept: float | None
    cost: float
    seen: Seen


def plan_rounds(plans: Sequence[AttackPlan], bench: Bench) -> list[list[Play]]:
    """Attacks by round: the first round that has room takes a play, a large one is alone."""
    most_accounts = _ROUND_ACCOUNTS * bench.field.givers.size
    most_acts = _ROUND_ACTS * bench.field.rows_count

    def fits(plays: list[Play]) -> bool:
        """Whether a round of these plays is small beside the background."""
        accounts = sum(play.plan.size for play in plays)
        return accounts <= most_accounts and sum(play.plan.acts_estimate for play in plays) <= most_acts

    rounds: list[list[Play]] = []
    for plan in plans:
        repeats = 1
        while repeats < bench.terms.most_targets and fits([Play(plan, 0)] * (repeats + 1)):
            repeats += 1
        for play in (Play(plan, repeat) for repeat in range(repeats)):
            roomy = next((planned for planned in rounds if fits([*planned, play])), None)
            if roomy is None:
                rounds.append([play])
            else:
                roomy.append(play)
    return rounds


def play_round(bench: Bench, planned: Sequence[Play], number: int) -> tuple[list[Outcome], dict[str, str]]:
    """One round: cast, inject into a copy, score, look. With the attacks that could not be cast, and why."""
    terms = bench.terms
    chance = np.random.default_rng([terms.seed & 0xFFFFFFFF, number])
    casting = Casting(bench.field, chance, percentile=terms.percentile)
    casts, left_out = [], {}
    for play in planned:
        cast = casting.cast(play.plan)
        if isinstance(cast, str):
            left_out[play.plan.name] = cast
        else:
            casts.append((play, cast))
    if not casts:
        return [], left_out
    # Nobody's camouflage may fall upon another's target.
    background = bench.field.background.without(np.concatenate([cast.beneficiaries for _, cast in casts]))
    attacks = [
        (play.plan, cast, build_attack(play.plan, cast, background, seed=terms.seed, repeat=play.repeat))
        for play, cast in casts
    ]
    with tempfile.TemporaryDirectory(prefix="attacked-", dir=terms.folder) as folder:
        copy = copy_store(bench.field.store, Path(folder))
        return _outcomes(bench, copy, inject(copy, bench.field, attacks)), left_out


def _outcomes(bench: Bench, copy: TableStore, injected: list[Injected]) -> list[Outcome]:
    attacked = compute_scores(copy, definition=bench.definition, as_of=bench.as_of)
    if bench.terms.defence is None:
        return [_outcome(bench, one, (attacked, None), Seen()) for one in injected]
    assessment = bench.terms.defence.assess(copy, bench.as_of)
    defended = compute_scores(
        copy, definition=bench.definition, as_of=bench.as_of, factors=assessment.factors
    )
    seen = _look(copy, bench, bench.terms.defence, (injected, assessment))
    return [
        _outcome(bench, one, (attacked, defended), when) for one, when in zip(injected, seen, strict=True)
    ]


def _outcome(bench: Bench, injected: Injected, scored: tuple[Scored, Scored | None], seen: Seen) -> Outcome:
    actors, cast = injected.beneficiaries, injected.cast
    attacked, defended = scored
    before = scores_of(bench.field.scored, actors)
    kept = None
    if defended is not None and bench.defended is not None:
        kept = float((scores_of(defended, actors) - scores_of(bench.defended, actors)).mean())
    return Outcome(
        plan=injected.plan,
        accounts_count=int(cast.accounts.size + (cast.target < 0)),
        members_count=int(cast.members.size),
        acts_count=int(injected.acts.time.size),
        before=float(before.mean()),
        gained=float((scores_of(attacked, actors) - before).mean()),
        kept=kept,
        cost=cost_of(injected.plan, cast, injected.acts, bench.terms.prices),
        seen=seen,
    )


def build_row(outcomes: Sequence[Outcome]) -> AttackRow:
    """An attack's line of the report: means over its targets, medians of how long it went unseen."""
    first = outcomes[0]
    plan = first.plan
    gained, cost = _mean([one.gained for one in outcomes]), _mean([one.cost for one in outcomes])
    kept_each = [one.kept for one in outcomes if one.kept is not None]
    kept = _mean(kept_each) if kept_each else None
    shares = [one.kept / one.gained for one in outcomes if one.kept is not None and one.gained > _LEAST_GAIN]
    for_each = cost / (first.members_count or 1)
    return AttackRow(
        name=plan.name,
        family=plan.family,
        label=plan.label,
        words=plan.words,
        target="members" if first.members_count else plan.target,
        targets_count=len(outcomes),
        accounts_count=first.accounts_count,
        members_count=first.members_count,
        acts_count=round(_mean([one.acts_count for one in outcomes])),
        score_before=_mean([one.before for one in outcomes]),
        gained_points=gained,
        kept_points=kept,
        kept_share=None if kept is None or gained < _LEAST_GAIN else kept / gained,
        worst_kept_share=max(shares, default=None),
        cost=cost,
        cost_per_point=cost_per_point(for_each, gained),
        cost_per_kept_point=cost_per_point(for_each, kept),
        hours_to_discount=_middle([one.seen.discounted for one in outcomes]),
        hours_to_finding=_middle([one.seen.found for one in outcomes]),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _middle(hours: Sequence[float | None]) -> float | None:
    """The upper median, never counting as longest."""
    ranked = sorted(math.inf if value is None else value for value in hours)
    middle = ranked[len(ranked) // 2]
    return None if math.isinf(middle) else middle


def _look(
    copy: TableStore, bench: Bench, defence: Defence, last: tuple[Sequence[Injected], Assessment]
) -> list[Seen]:
    """When each attack was first discounted and first named in a finding.

    All attacks of a span are looked at in the same moments, so that one assessment serves all of them.
    """
    injected, final = last
    end, persons = _microseconds(bench.as_of), copy.person_keys()
    looks = [_moments(one, bench, end) for one in injected]
    seen = [Seen() for _ in injected]
    for moment in sorted(set().union(*looks)):
        waiting = [place for place, one in enumerate(seen) if None in one and moment in looks[place]]
        if not waiting:
            continue
        when = _EPOCH + timedelta(microseconds=moment)
        assessment = final if moment == end else defence.assess(copy, when)
        for place in waiting:
            seen[place] = _noted(seen[place], injected[place], (assessment, persons), moment)
    return seen


def _moments(injected: Injected, bench: Bench, end: int) -> set[int]:
    """When an attack is looked at: some hours after its span begins, and at the end."""
    begin = attack_span(injected.plan.span, bench.field.background)[0]
    looks = (begin + int(hours * _HOUR) for hours in bench.terms.looks_hours)
    return {look for look in looks if injected.begin < look < end} | {end}


def _noted(seen: Seen, injected: Injected, by: tuple[Assessment, PersonKeys], moment: int) -> Seen:
    assessment, persons = by
    hours = round((moment - injected.begin) / _HOUR, 3)
    if seen.discounted is None and is_discounted(injected, assessment, persons, moment):
        seen = seen._replace(discounted=hours)
    if seen.found is None and is_found(injected, assessment, moment):
        seen = seen._replace(found=hours)
    return seen


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
