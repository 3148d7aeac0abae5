"""The HTML report: records of a store turned into what the charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from renown.api.actors import ActorView, view_actor
from renown.api.results import RankedActor, read_all_scores, read_history, read_top
from renown.charts import (
    Changes,
    FeaturedActor,
    HistoryPoint,
    LedgerPart,
    LedgerRow,
    ReportContent,
    Scope,
    ScoreRow,
    SourceRow,
    write_report,
)
from renown.charts.evaluated import evaluation_rows as evaluation_rows
from renown.charts.evaluated import evaluation_words as evaluation_words
from renown.charts.words import day_words
from renown.definitions import parse_definition
from renown.errors import TooLittleInputError
from renown.explain.sentences import window_in_words

if TYPE_CHECKING:
    from renown.evaluate import Evaluation, TruthEvaluation
    from renown.explain import Changes as ExplainedChanges
    from renown.explain import Ledger
    from renown.scoring import Run
    from renown.store import TableStore

TOP_COUNT: Final = 20
FEATURED_COUNT: Final = 3
"""Actors with a section of their own where nobody is named."""

_DIMENSIONS: Final = ("person", "kind", "post", "day")
_DAYS_SHOWN: Final = 400


def report_store(
    store: TableStore,
    path: Path,
    *,
    run: Run,
    names: Sequence[str] = (),
    evaluation: Evaluation | TruthEvaluation | None = None,
) -> Path:
    """Write a run's report: the top, and for some actors who, how sure, why, and what changed.

    Args:     names: actors with a section of their own; default: the first three.
    Raises:   ActorNotFoundError, AmbiguousActorError; TooLittleInputError: a named actor has no score.
    """
    top = read_top(store, TOP_COUNT, run_id=run.run_id)
    chosen = names or [actor.actor_id for actor in top[:FEATURED_COUNT]]
    views = [view_actor(store, name, run, limit=_DAYS_SHOWN) for name in chosen]
    definition = parse_definition(run.definition)
    networks = sorted({actor.network for actor in top} | {view.explanation.actor.network for view in views})
    content = ReportContent(
        title="Who people respond to",
        made_at=datetime.now(UTC),
        definition_name=definition.name,
        definition_hash=run.definition_hash,
        as_of=run.as_of,
        scope=Scope(networks=networks, window=f"{window_in_words(definition)}, up to {day_words(run.as_of)}"),
        summary=[
            ("interactions with others", run.counts["interactions"]),
            ("actors with a score", run.counts["actors"]),
            ("pairs of a person and an actor", run.counts["ties"]),
        ],
        top=[_score_row(actor) for actor in top],
        scores=cast(Sequence[float], read_all_scores(store, run.run_id)),
        actors=[_featured(store, view) for view in views],
        evaluation=[] if evaluation is None else evaluation_rows(evaluation),
        evaluation_note="" if evaluation is None else evaluation_words(evaluation),
        interval_level=definition.interval_level,
    )
    return write_report(content, path)


def _score_row(actor: RankedActor) -> ScoreRow:
    return ScoreRow(**{name: getattr(actor, name) for name in ScoreRow.__dataclass_fields__})


def _featured(store: TableStore, view: ActorView) -> FeaturedActor:
    actor, ledger = view.explanation.actor, view.explanation.ledger
    if view.ranked is None:
        raise TooLittleInputError(
            f"{actor.actor_id} has no score in run {view.run.run_id}: nobody had responded yet.",
            hint="Leave it out of the report.",
        )
    past = read_history(store, store.resolve(actor.actor_id))
    return FeaturedActor(
        row=_score_row(view.ranked),
        ledger=[_ledger_part(actor.handle, ledger, dimension) for dimension in _DIMENSIONS],
        changes=_changes(actor.handle, view.changes),
        history=[
            HistoryPoint(
                moment=entry.run.as_of,
                score=entry.score.score,
                score_low=entry.score.score_low,
                score_high=entry.score.score_high,
                definition=entry.run.definition_name,
            )
            for entry in past
        ],
        sources=[
            SourceRow(handle=row.label, share=row.share, interactions_count=row.interactions_count)
            for row in ledger.parts["person"]
            if row.role == "named"
        ],
        why=view.explanation.title,
        what_changed=view.changes.title,
    )


def _ledger_part(handle: str, ledger: Ledger, dimension: str) -> LedgerPart:
    rows = ledger.parts[dimension]  # type: ignore[index]
    return LedgerPart(
        handle=handle,
        dimension=dimension,  # type: ignore[arg-type]
        half_count=ledger.half_people_count if dimension == "person" else None,
        rows=[
            LedgerRow(
                label=row.label,
                contribution=row.contribution,
                share=row.share,
                role=row.role,
                entries_count=row.entries_count,
            )
            for row in rows
        ],
    )


def _changes(handle: str, changes: ExplainedChanges) -> Changes:
    before, after = changes.before, changes.after
    return Changes(
        handle=handle,
        moment_before=changes.since,
        moment_after=changes.until,
        score_before=before.score,
        score_after=after.score,
        interval_before=(before.score_low, before.score_high),
        interval_after=(after.score_low, after.score_high),
        **{part.cause: part.points for part in changes.parts},
    )
