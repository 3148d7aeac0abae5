"""Explanations of actors in a store: what has to be read for them, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from renown.definitions import Definition, load_definition
from renown.errors import InputError
from renown.explain.changes import Changes, Succession, build_changes, fading_factor
from renown.explain.compare import Comparison, Measured, build_comparison
from renown.explain.definition_change import put_in_place
from renown.explain.discounts import Discount, build_discounts
from renown.explain.ledger import Ledger, build_ledger, relabel
from renown.explain.measure import ScoreRow, freshness_in, measure_actor
from renown.explain.reactions import Chosen, Reaction, reactions_of
from renown.explain.records import ActorName, Basis, Record
from renown.explain.sentences import (
    changes_title,
    comparison_title,
    freshness_sentence,
    kinds_sentence,
    ledger_title,
    not_counted_sentence,
    window_in_words,
)
from renown.scoring import contributions, contributions_at, newest_moment, read_runs
from renown.types import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.store import Actor, TableStore

_DISCOUNTS_SAID = 3
_SAME_ATTENTION = 1e-6
"""A run tells the rank of what is explained only where it earned as much: the store may have grown since."""


@dataclass(frozen=True)
class Explanation(Record):
    """Why an actor's score is what it is."""

    actor: ActorName
    basis: Basis
    title: str
    """what the ledger says, in words"""
    sentences: tuple[str, ...]
    score: ScoreRow
    ledger: Ledger
    discounts: tuple[Discount, ...] = ()
    """what does not count wholly, and why; the largest first"""
    freshness: float | None = None
    """what attention was multiplied by for how lately people reacted; None: the definition does not ask"""


def explain_actor(
    store: TableStore,
    name: str,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    limit: int | None = 20,
) -> Explanation:
    """Break an actor's score down by person, kind, post, day and network.

    Percentile and ranks come from the latest run of this definition and moment, where there is one.

    Args:     as_of: only what happened before it counts; default: just after the newest interaction.
              limit: named rows a dimension.
    Raises:   ActorNotFoundError, AmbiguousActorError, StoreNotFoundError, TooLittleInputError.
    Cost:     that of `renown.scoring.contributions`, and half a second a million reactions.
    """
    definition, actor = definition or load_definition(), store.resolve(name)
    moment = as_of or newest_moment(store)
    trust_run_id = _trust_run_id(store, definition, moment)
    given = _contributions(store, actor, definition, moment)
    freshness = None if definition.freshness is None else freshness_in(given)
    discounts = build_discounts(given, _findings(store, trust_run_id))
    weightless = [kind for kind in KINDS if not definition.weights.get(kind, 0.0) > 0]
    ledger = build_ledger(given, limit=limit, weightless_kinds=weightless)
    keys = [row.key for row in ledger.parts["person"] if isinstance(row.key, int)]
    ledger = relabel(ledger, "person", {**_names_of(store, keys)})
    networks = tuple(row.label for row in ledger.parts["network"] if row.role == "named")
    return Explanation(
        actor=_name(actor),
        basis=_basis(definition, moment, networks or (actor.network,)),
        title=ledger_title(ledger),
        sentences=tuple(
            filter(
                None,
                (
                    kinds_sentence(ledger),
                    freshness_sentence(1.0 if freshness is None else freshness),
                    not_counted_sentence(ledger),
                    *(discount.sentence for discount in discounts[:_DISCOUNTS_SAID]),
                ),
            )
        ),
        score=_score(store, actor, given, definition, moment),
        ledger=ledger,
        discounts=discounts,
        freshness=freshness,
    )


def explain_reactions(
    store: TableStore,
    name: str,
    chosen: Chosen,
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
    limit: int | None = 20,
) -> tuple[Reaction, ...]:
    """The single reactions behind a row of an actor's ledger (see `choose_reactions`), the largest first.

    Raises:   as `explain_actor`.
    """
    definition, actor = definition or load_definition(), store.resolve(name)
    given = _contributions(store, actor, definition, as_of or newest_moment(store))
    reactions = reactions_of(given, chosen, limit=limit)
    keys = {key for reaction in reactions for key in (reaction.source, reaction.person)}
    names = _names_of(store, (key for key in keys if isinstance(key, int)))
    return tuple(
        replace(
            reaction,
            source=names[reaction.source][0],
            person=names[reaction.person][0],
            label=names[reaction.source][1],
        )
        for reaction in reactions
    )


def choose_reactions(
    store: TableStore,
    *,
    person: str | None = None,
    post_id: str | None = None,
    day: date | None = None,
    kind: str | None = None,
) -> Chosen:
    """Which reactions are meant, a person named as people do: by id or handle of any of their accounts.

    Raises:   ActorNotFoundError, AmbiguousActorError.
    """
    if person is None:
        return Chosen(None, post_id, day, kind)
    key = np.array([store.resolve(person).actor_key], np.int64)
    return Chosen(int(store.person_keys().of(key)[0]), post_id, day, kind)


def explain_changes(
    store: TableStore,
    name: str,
    *,
    since: datetime,
    until: datetime | None = None,
    definition: Definition | Succession | None = None,
    limit: int = 10,
) -> Changes:
    """Split the change of an actor's score between two moments into its causes (see `build_changes`).

    Args:     until: default: just after the newest interaction. definition: of both moments, or one of each
              (`Succession`): then a cause of its own says what the new one moved (see `put_in_place`).
    Raises:   as `explain_actor`; MomentError: until is not after since.
    """
    given, actor = definition or load_definition(), store.resolve(name)
    definitions = given if isinstance(given, Succession) else Succession(given, given)
    earlier, definition = definitions
    until = until or newest_moment(store)
    fading_factor(since, until, definition)  # refuses moments in the wrong order before anything is read
    run_ids = _trust_run_ids(store, definition, since, until, earlier=earlier)
    before, after = contributions_at(
        store, actor.actor_key, definition=definition, moments=(since, until), trust_run_ids=run_ids
    )
    changes = build_changes(before, after, since=since, until=until, definition=definition, limit=limit)
    if earlier.content_hash() != definition.content_hash():

        def read(by: Definition) -> pa.Table:
            """Contributions to the actor as of the first moment, by a definition."""
            if by == definition:
                return before
            return contributions(store, actor.actor_key, definition=by, as_of=since, trust_run_id=run_ids[0])

        changes = put_in_place(changes, read, definitions, limit=limit)
    return replace(
        _with_names(store, changes),
        actor=_name(actor),
        basis=_basis(definition, until, (actor.network,)),
        title=changes_title(changes),
    )


def compare_actors(
    store: TableStore,
    names: Sequence[str],
    *,
    definition: Definition | None = None,
    as_of: datetime | None = None,
) -> Comparison:
    """Put two or more actors side by side (see `build_comparison`).

    Raises:   as `explain_actor`; InputError: fewer than two different actors.
    """
    definition, actors = definition or load_definition(), [store.resolve(name) for name in names]
    if len({actor.actor_key for actor in actors}) < max(2, len(actors)):
        raise InputError(
            f"A comparison needs different actors, not {', '.join(actor.actor_id for actor in actors)}.",
            hint="Name two or more.",
        )
    moment = as_of or newest_moment(store)
    measured = []
    for actor in actors:
        given = _contributions(store, actor, definition, moment)
        measured.append(Measured(_name(actor), _score(store, actor, given, definition, moment), given))
    comparison = build_comparison(measured)
    networks = tuple(sorted({actor.network for actor in actors}))
    return replace(comparison, basis=_basis(definition, moment, networks), title=comparison_title(comparison))


def _contributions(store: TableStore, actor: Actor, definition: Definition, moment: datetime) -> pa.Table:
    return contributions(
        store,
        actor.actor_key,
        definition=definition,
        as_of=moment,
        trust_run_id=_trust_run_id(store, definition, moment),
    )


def _trust_run_id(store: TableStore, definition: Definition, moment: datetime) -> str | None:
    """The trust run that the run of this definition and moment took, else the one the latest run took."""
    return _trust_run_ids(store, definition, moment, moment, earlier=definition)[1]


def _trust_run_ids(
    store: TableStore, definition: Definition, since: datetime, until: datetime, *, earlier: Definition
) -> tuple[str | None, str | None]:
    """Likewise for two moments: the earlier one takes the later one's where it has no run of its own.

    Args:     earlier: the definition whose run is meant at the first moment.
    """
    runs = read_runs(store)
    made = {(run.definition_hash, run.as_of): run for run in reversed(runs)}
    latest = made.get((definition.content_hash(), until), runs[0] if runs else None)
    later = None if latest is None else latest.trust_run_id
    first = made.get((earlier.content_hash(), since))
    return (later if first is None else first.trust_run_id), later


def _findings(store: TableStore, trust_run_id: str | None) -> dict[int, dict[str, Any]]:
    if trust_run_id is None:
        return {}
    rows = store.read_partition("trust_findings", trust_run_id).to_pylist()
    return {row["finding_id"]: row for row in rows}


def _name(actor: Actor) -> ActorName:
    return ActorName(actor.actor_id, actor.handle, actor.network)


def _basis(definition: Definition, moment: datetime, networks: tuple[str, ...]) -> Basis:
    return Basis(
        as_of=moment,
        definition_name=definition.name,
        definition_hash=definition.content_hash(),
        networks=networks,
        window=window_in_words(definition),
        interval_level=definition.interval_level,
    )


def _names_of(store: TableStore, keys: Iterable[int]) -> Mapping[int | str, tuple[str, str]]:
    """Actor id and handle of each key."""
    wanted = np.fromiter(sorted(set(keys)), np.int64)
    if wanted.size == 0:
        return {}
    ids, handles = store.actor_ids(wanted).to_pylist(), store.handles(wanted)
    return dict(zip(wanted.tolist(), zip(ids, handles, strict=True), strict=True))


def _with_names(store: TableStore, changes: Changes) -> Changes:
    keys = {row.key for part in changes.parts for row in part.rows}
    names = _names_of(store, (key for key in keys if isinstance(key, int)))
    parts = (
        replace(
            part,
            rows=tuple(replace(row, key=names[row.key][0], label=names[row.key][1]) for row in part.rows),
        )
        for part in changes.parts
    )
    return replace(changes, parts=tuple(parts))


def _score(
    store: TableStore, actor: Actor, given: pa.Table, definition: Definition, moment: datetime
) -> ScoreRow:
    """Measured from the contributions; its place among all actors from a run, where one fits."""
    score = measure_actor(given, definition=definition, as_of=moment)
    wanted = definition.content_hash(), moment
    run = next((run for run in read_runs(store) if (run.definition_hash, run.as_of) == wanted), None)
    place = None if run is None else _place(store, run.run_id, actor.actor_key)
    earned = score.earned_attention
    if place is None or abs(place["earned_attention"] - earned) > _SAME_ATTENTION * max(1.0, earned):
        return score
    return replace(
        score,
        percentile=place["percentile"],
        rank_low=place["rank_low"],
        rank_high=place["rank_high"],
        run_id=place["run_id"],
    )


def _place(store: TableStore, run_id: str, actor_key: int) -> dict[str, Any] | None:
    """The actor's line in a run; None where nobody's attention reached it."""
    found = store.rows_with("scores", run_id, "actor_key", actor_key).to_pylist()
    return next((row for row in found if row["topic_id"] is None), None)
