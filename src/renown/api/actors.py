"""One actor, as a run sees it: who, how sure, why, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from renown.api.moments import Moment, parse_moment
from renown.definitions import Definition, load_definition, parse_definition
from renown.errors import TooLittleInputError
from renown.explain.records import Record, plain

if TYPE_CHECKING:
    from renown.api.results import RankedActor
    from renown.explain import Changes, Explanation, Succession
    from renown.scoring import Run
    from renown.store import TableStore

DefinitionChoice = Definition | str | Path | None
"""A definition, or where to find one: a shipped name or a file. None: that of the latest run, or renown-1."""

LOOKED_BACK: Final = timedelta(days=30)
"""How far back `show` looks for what changed."""

PEOPLE_SHOWN: Final = 10
_SAME: Final = 1e-6


@dataclass(frozen=True)
class Terms:
    """For which moment (None: just after the newest interaction) and by which definition to explain."""

    as_of: datetime | None
    definition: Definition


@dataclass(frozen=True)
class ActorView(Record):
    """An actor in a run, with what lies behind its score."""

    run: Run
    ranked: RankedActor | None
    """None: nobody had responded before the run's moment"""
    explanation: Explanation
    changes: Changes

    @property
    def is_stale(self) -> bool:
        """Whether interactions were imported since the run that would change its score."""
        explained = self.explanation.ledger.earned_attention
        scored = 0.0 if self.ranked is None else self.ranked.earned_attention
        return abs(scored - explained) > _SAME * max(1.0, explained)

    def to_dict(self) -> dict[str, Any]:
        """One document: the columns of the scores first, then basis, why, and changes."""
        actor, score = self.explanation.actor, self.explanation.score
        line = (self.ranked or score).to_dict()
        return {
            "actor_id": actor.actor_id,
            "handle": actor.handle,
            "network": actor.network,
            **line,
            "run_id": self.run.run_id,
            "topic_id": None,
            "is_stale": self.is_stale,
            "basis": plain(self.explanation.basis),
            "why": {
                "title": self.explanation.title,
                "sentences": plain(self.explanation.sentences),
                "ledger": plain(self.explanation.ledger),
            },
            "changes": plain(self.changes),
        }


def view_actor(store: TableStore, name: str, run: Run, *, limit: int = PEOPLE_SHOWN) -> ActorView:
    """An actor in a run (see `ActorView`).

    Args:     limit: rows named in each dimension of the ledger.
    Raises:   ActorNotFoundError, AmbiguousActorError, StoreNotFoundError.
    """
    from renown.api.results import read_score
    from renown.explain import explain_actor, explain_changes

    actor, definition = store.resolve(name), parse_definition(run.definition)
    since = run.as_of - LOOKED_BACK
    return ActorView(
        run=run,
        ranked=read_score(store, actor, run.run_id),
        explanation=explain_actor(store, actor.actor_id, definition=definition, as_of=run.as_of, limit=limit),
        changes=explain_changes(
            store,
            actor.actor_id,
            since=since,
            until=run.as_of,
            definition=definitions_of(store, since, definition),
        ),
    )


def definitions_of(store: TableStore, since: datetime, after: Definition) -> Succession:
    """The definition that scores were made by at a moment, and the one after it.

    That is the definition of the last run for that moment or before; without one, the same as after.
    """
    from renown.explain import Succession
    from renown.scoring import read_runs

    earlier = [run for run in read_runs(store) if run.as_of <= since]
    latest = max(earlier, key=lambda run: (run.as_of, run.finished_at), default=None)
    return Succession(after if latest is None else parse_definition(latest.definition), after)


def terms_of_changes(
    store: TableStore,
    since: datetime,
    until: Moment | None,
    definition: DefinitionChoice | tuple[DefinitionChoice, DefinitionChoice],
) -> tuple[datetime | None, Succession]:
    """The later moment, and the definitions of both; what is not said, the runs say (`definitions_of`)."""
    from renown.explain import Succession

    earlier, later = definition if isinstance(definition, tuple) else (definition, definition)
    terms = terms_of(store, until, later)
    if earlier is None:
        return terms.as_of, definitions_of(store, since, terms.definition)
    return terms.as_of, Succession(read_definition(earlier), terms.definition)


def terms_of(store: TableStore, as_of: Moment | None, definition: DefinitionChoice) -> Terms:
    """What is meant: as said, else as in the latest run, else the newest moment and renown-1.

    Raises:   TooLittleInputError: the moment lies before anything the store knows.
    """
    from renown.scoring import read_runs

    store.require()
    runs = read_runs(store) if as_of is None or definition is None else []
    latest = runs[0] if runs else None
    if as_of is not None:
        moment: datetime | None = _after_the_first(store, parse_moment(as_of))
    else:
        moment = None if latest is None else latest.as_of
    if definition is None and latest is not None:
        return Terms(moment, parse_definition(latest.definition))
    return Terms(moment, read_definition(definition))


def _after_the_first(store: TableStore, moment: datetime) -> datetime:
    bounds = store.time_bounds()
    if bounds is not None and moment <= bounds[0]:
        raise TooLittleInputError(
            f"Nothing happened in the store at {store.location} before {moment.isoformat()}.",
            hint=f"The first interaction is of {bounds[0].isoformat()}.",
        )
    return moment


def read_definition(choice: DefinitionChoice) -> Definition:
    """The definition that is meant; the shipped one where none is named."""
    if choice is None:
        return load_definition()
    return choice if isinstance(choice, Definition) else load_definition(choice)
