"""The attack laboratory: what each attack of the catalogue gains on a store, with and without a defence.

The store itself is only read. Attacks go into copies that share its files; attacks that do not meet (other
accounts, other targets) share a copy as long as they stay small beside the background.
"""

from __future__ import annotations

from collections.abc import Sequence

from renown.definitions import load_definition
from renown.errors import InputError
from renown.evaluate.attacks.background import read_field
from renown.evaluate.attacks.measuring import measure_losses
from renown.evaluate.attacks.playing import Bench, Outcome, build_row, plan_rounds, play_round
from renown.evaluate.attacks.records import AttackReport, Battlefield, GenuineLosses, LeftOut
from renown.evaluate.attacks.terms import LabTerms
from renown.scoring import compute_scores
from renown.simulate.attack_catalogue import attack_catalogue
from renown.simulate.attacks import AttackPlan
from renown.store import TableStore
from renown.types import MICROSECONDS_PER_DAY, Progress, no_progress


def run_attacks(
    store: TableStore, terms: LabTerms | None = None, *, progress: Progress = no_progress
) -> AttackReport:
    """Attack copies of a store by every attack of the catalogue, and report what each gains.

    Formula:  gained = score of the target after - before, both without the defence; kept = the same with it;
              as of just after the store's newest interaction.
    Raises:   StoreNotFoundError, TooLittleInputError; InputError: an attack that the catalogue does not have,
              or a percentile that is none.
    Notes:    deterministic by seed. The store is only read.
    Cost:     for each round one import and two scorings; with a defence one assessment for each look.
    Source:   docs/how-to/run-the-attack-laboratory.md.
    """
    terms = terms or LabTerms()
    if not 0.0 <= terms.percentile <= 100.0:
        raise InputError(f"{terms.percentile:g} is no percentile.", hint="Choose from 0 to 100.")
    plans = choose_attacks(terms.attacks)
    bench = _prepare(store, terms)
    rounds = plan_rounds(plans, bench)
    outcomes: dict[str, list[Outcome]] = {}
    left_out: dict[str, str] = {}
    for number, planned in enumerate(rounds):
        progress("attacking", number, len(rounds))
        found, skipped = play_round(bench, planned, number)
        for outcome in found:
            outcomes.setdefault(outcome.plan.name, []).append(outcome)
        left_out |= skipped
    progress("attacking", len(rounds), len(rounds))
    return AttackReport(
        defence=terms.defence.name if terms.defence else None,
        seed=terms.seed,
        percentile=terms.percentile,
        rounds_count=len(rounds),
        looks_hours=terms.looks_hours if terms.defence else (),
        battlefield=_battlefield(bench),
        attacks=tuple(build_row(outcomes[plan.name]) for plan in plans if plan.name in outcomes),
        genuine=_losses(bench),
        left_out=tuple(
            LeftOut(name=name, reason=reason) for name, reason in left_out.items() if name not in outcomes
        ),
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


def _prepare(store: TableStore, terms: LabTerms) -> Bench:
    definition = terms.definition or load_definition()
    scored = compute_scores(store, definition=definition)
    ground = read_field(store, scored, definition, terms.not_genuine)
    if terms.defence is None:
        return Bench(ground, definition, scored.as_of, terms, None, None)
    assessment = terms.defence.assess(store, scored.as_of)
    defended = compute_scores(store, definition=definition, as_of=scored.as_of, factors=assessment.factors)
    return Bench(ground, definition, scored.as_of, terms, assessment, defended)


def _losses(bench: Bench) -> GenuineLosses | None:
    if bench.defended is None or bench.assessment is None:
        return None
    return measure_losses(bench.field, bench.defended, bench.assessment)


def _battlefield(bench: Bench) -> Battlefield:
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
