"""The attack laboratory: what each attack of the catalogue gains on a store, with and without a defence.

The store itself is only read. Attacks go into copies that share its files; attacks that do not meet (other
accounts, other targets) share a copy as long as they stay small beside the background.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from renown.definitions import Definition, load_definition
from renown.errors import InputError
from renown.evaluate.attacks.background import Casting, Field, read_field
from renown.evaluate.attacks.defence import Assessment, Defence
from renown.evaluate.attacks.injecting import Injected, inject
from renown.evaluate.attacks.measuring import is_discounted, is_found, measure_losses, scores_of
from renown.evaluate.attacks.prices import Prices, cost_of, cost_per_point, load_prices
from renown.evaluate.attacks.records import AttackReport, AttackRow, Battlefield, GenuineLosses, LeftOut
from renown.scoring import Scored, compute_scores
from renown.simulate.attack_catalogue import attack_catalogue
from renown.simulate.attacks import AttackPlan, build_attack
from renown.store import TableStore
from renown.store.copying import copy_store
from renown.types import MICROSECONDS_PER_DAY, Progress, no_progress

if TYPE_CHECKING:
    from renown.store.persons import PersonKeys

LOOKS_HOURS: Final = (1.0, 6.0, 24.0, 48.0, 72.0, 120.0, 168.0, 336.0, 720.0)
"""How long after the first act the detection of an attack is looked for."""

_ROUND_ACCOUNTS: Final = 0.05
_ROUND_ACTS: Final = 0.10
"""Attacks of a round add at most these shares of the background's givers and interactions, or are alone."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_GAIN: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class LabTerms:
    """By what the laboratory measures."""

    seed: int = 1
    definition: Definition | None = None
    prices: Prices = field(default_factory=load_prices)
    defence: Defence | None = None
    not_genuine: Sequence[str] = ()
    """ids of actors known not to be genuine (a town knows): no targets, no members, no losses"""
    attacks: Sequence[str] = ()
    """names or families out of the catalogue; empty: all"""
    looks_hours: tuple[float, ...] = LOOKS_HOURS
    folder: Path | None = None
    """where copies are made for as long as they are needed; best on the store's own disk"""


@dataclass(frozen=True, eq=False)
class _Bench:
    """What all rounds are measured against."""

    field: Field
    definition: Definition
    as_of: datetime
    terms: LabTerms
    assessment: Assessment | None
    """of the store before any attack; None without a defence"""
    defended: Scored | None
    """and its scores"""


def run_attacks(
    store: TableStore, terms: LabTerms | None = None, *, progress: Progress = no_progress
) -> AttackReport:
    """Attack copies of a store by every attack of the catalogue, and report what each gains.

    Formula:  gained = score of the target after - before, both without the defence; kept = the same with it;
              as of just after the store's newest interaction.
    Raises:   StoreNotFoundError, TooLittleInputError; InputError: an attack that the catalogue does not have.
    Notes:    deterministic by seed. The store is only read.
    Cost:     for each round one import and two scorings; with a defence one assessment for each look.
    Source:   docs/how-to/run-the-attack-laboratory.md.
    """
    terms = terms or LabTerms()
    plans = choose_attacks(terms.attacks)
    bench = _prepare(store, terms)
    rounds = _rounds(plans, bench.field)
    rows: dict[str, AttackRow] = {}
    left_out: list[LeftOut] = []
    for number, planned in enumerate(rounds):
        progress("attacking", number, len(rounds))
        found, skipped = _play(bench, planned, number)
        rows |= {row.name: row for row in found}
        left_out += skipped
    progress("attacking", len(rounds), len(rounds))
    return AttackReport(
        defence=terms.defence.name if terms.defence else None,
        seed=terms.seed,
        rounds_count=len(rounds),
        looks_hours=terms.looks_hours if terms.defence else (),
        battlefield=_battlefield(bench),
        attacks=tuple(rows[plan.name] for plan in plans if plan.name in rows),
        genuine=_losses(bench),
        left_out=tuple(left_out),
        currency=terms.prices.currency,
        prices=terms.prices.flat(),
        prices_source=terms.prices.source,
    )


def choose_attacks(names: Sequence[str]) -> tuple[AttackPlan, ...]:
    """The attacks of the catalogue with these names or of these families, in its order; all without names.

    Raises:   InputError: there is none of a name.
    """
    catalogue = attack_catalogue()
    known = {plan.name for plan in catalogue} | {plan.family for plan in catalogue}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            f"The catalogue has no attack {', '.join(unknown)}.",
            hint=f"It has {', '.join(plan.name for plan in catalogue)}.",
        )
    return tuple(plan for plan in catalogue if not names or plan.name in names or plan.family in names)


def _prepare(store: TableStore, terms: LabTerms) -> _Bench:
    definition = terms.definition or load_definition()
    scored = compute_scores(store, definition=definition)
    ground = read_field(store, scored, definition, terms.not_genuine)
    if terms.defence is None:
        return _Bench(ground, definition, scored.as_of, terms, None, None)
    assessment = terms.defence.assess(store, scored.as_of)
    defended = compute_scores(store, definition=definition, as_of=scored.as_of, factors=assessment.factors)
    return _Bench(ground, definition, scored.as_of, terms, assessment, defended)


def _losses(bench: _Bench) -> GenuineLosses | None:
    if bench.defended is None or bench.assessment is None:
        return None
    return measure_losses(bench.field, bench.defended, bench.assessment)


def _rounds(plans: Sequence[AttackPlan], ground: Field) -> list[list[AttackPlan]]:
    """Attacks by round: the first round that has room takes an attack, a large one is alone."""
    most_accounts = _ROUND_ACCOUNTS * ground.givers.size
    most_acts = _ROUND_ACTS * ground.rows_count
    rounds: list[list[AttackPlan]] = []
    for plan in plans:
        for planned in rounds:
            together = [*planned, plan]
            if (
                sum(one.size for one in together) <= most_accounts
                and sum(one.acts_estimate for one in together) <= most_acts
            ):
                planned.append(plan)
                break
        else:
            rounds.append([plan])
    return rounds


def _play(bench: _Bench, planned: Sequence[AttackPlan], number: int) -> tuple[list[AttackRow], list[LeftOut]]:
    """One round: cast, inject into a copy, score, look."""
    terms = bench.terms
    casting = Casting(bench.field, np.random.default_rng([terms.seed & 0xFFFFFFFF, number]))
    attacks, left_out = [], []
    for plan in planned:
        cast = casting.cast(plan)
        if isinstance(cast, str):
            left_out.append(LeftOut(name=plan.name, reason=cast))
            continue
        attacks.append((plan, cast, build_attack(plan, cast, bench.field.background, seed=terms.seed)))
    if not attacks:
        return [], left_out
    with tempfile.TemporaryDirectory(prefix="attacked-", dir=terms.folder) as folder:
        copy = copy_store(bench.field.store, Path(folder))
        injected = inject(copy, bench.field, attacks)
        attacked = compute_scores(copy, definition=bench.definition, as_of=bench.as_of)
        if terms.defence is None:
            return [_row(bench, one, attacked, None, (None, None)) for one in injected], left_out
        assessment = terms.defence.assess(copy, bench.as_of)
        defended = compute_scores(
            copy, definition=bench.definition, as_of=bench.as_of, factors=assessment.factors
        )
        seen = _look(copy, bench, terms.defence, (injected, assessment))
        return [
            _row(bench, one, attacked, defended, when) for one, when in zip(injected, seen, strict=True)
        ], left_out


def _row(
    bench: _Bench,
    injected: Injected,
    attacked: Scored,
    defended: Scored | None,
    seen: tuple[float | None, float | None],
) -> AttackRow:
    actors, plan, prices = injected.beneficiaries, injected.plan, bench.terms.prices
    before = scores_of(bench.field.scored, actors)
    gained = float((scores_of(attacked, actors) - before).mean())
    kept = None
    if defended is not None and bench.defended is not None:
        kept = float((scores_of(defended, actors) - scores_of(bench.defended, actors)).mean())
    cost = cost_of(plan, injected.cast, injected.acts, prices)
    total = injected.cast.members.size or 1
    return AttackRow(
        name=plan.name,
        family=plan.family,
        label=plan.label,
        words=plan.words,
        target=f"{total} members" if injected.cast.members.size else plan.target,
        accounts_count=int(injected.cast.accounts.size + (injected.cast.target < 0)),
        members_count=int(injected.cast.members.size),
        acts_count=int(injected.acts.time.size),
        score_before=float(before.mean()),
        gained_points=gained,
        kept_points=kept,
        kept_share=None if kept is None or gained < _LEAST_GAIN else kept / gained,
        cost=cost,
        cost_per_point=cost_per_point(cost / total, gained),
        cost_per_kept_point=cost_per_point(cost / total, kept),
        hours_to_discount=seen[0],
        hours_to_finding=seen[1],
    )


def _look(
    copy: TableStore, bench: _Bench, defence: Defence, last: tuple[Sequence[Injected], Assessment]
) -> list[tuple[float | None, float | None]]:
    """For each attack the hours from its first act to its first discount and to the first finding."""
    injected, final = last
    end = _microseconds(bench.as_of)
    hour = MICROSECONDS_PER_DAY // 24
    moments = {
        one.begin + int(hours * hour)
        for one in injected
        for hours in bench.terms.looks_hours
        if one.begin + int(hours * hour) < end
    }
    persons = copy.person_keys()
    seen: list[list[float | None]] = [[None, None] for _ in injected]
    for moment in [*sorted(moments), end]:
        waiting = [place for place, one in enumerate(seen) if None in one and injected[place].begin < moment]
        if not waiting:
            continue
        when = _EPOCH + timedelta(microseconds=moment)
        assessment = final if moment == end else defence.assess(copy, when)
        for place in waiting:
            _note(seen[place], injected[place], assessment, persons, moment)
    return [(one[0], one[1]) for one in seen]


def _note(
    seen: list[float | None], injected: Injected, assessment: Assessment, persons: PersonKeys, moment: int
) -> None:
    hours = (moment - injected.begin) / (MICROSECONDS_PER_DAY / 24)
    if seen[0] is None and is_discounted(injected, assessment, persons, moment):
        seen[0] = round(hours, 3)
    if seen[1] is None and is_found(injected, assessment, moment):
        seen[1] = round(hours, 3)


def _battlefield(bench: _Bench) -> Battlefield:
    ground = bench.field
    length = ground.background.latest - ground.background.earliest
    return Battlefield(
        network=ground.network,
        actors_count=ground.store.actor_count(),
        scored_count=int(ground.scored.actor_key.size),
        interactions_count=ground.rows_count,
        days=length / MICROSECONDS_PER_DAY,
        as_of=bench.as_of,
        definition_name=bench.definition.name,
        definition_hash=bench.definition.content_hash(),
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
