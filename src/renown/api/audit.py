"""An audit as charts and as a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from renown.charts import (
    ArrivalDay,
    Chart,
    RingDot,
    StandingRow,
    chart_arrivals,
    chart_audience,
    chart_ring,
    theme,
)
from renown.charts.page import Draw, Passage, PlainPage, build_page, write_page
from renown.charts.words import day_words, of_hundred

if TYPE_CHECKING:
    from renown.explain import Audit, Ring, TrustEvidence
    from renown.store import TableStore

_NOTICE: Final = (
    "For the operator and for the person it is about, and for nobody else. A probability is evidence with an"
    " error and not a verdict: every group and every doubt can be appealed to the operator."
)
_RINGS_DRAWN: Final = 3


def trust_evidence(store: TableStore, name: str) -> TrustEvidence | None:
    """What the latest trust run says of an actor's audience; None where there is none.

    Raises:   ActorNotFoundError, AmbiguousActorError, StoreNotFoundError.
    """
    from renown.api.trusting import view_findings
    from renown.explain import NamedGroup, TrustEvidence
    from renown.trust import latest_trust_run, read_factors

    store.require()
    run = latest_trust_run(store)
    if run is None:
        return None
    groups = [
        NamedGroup(found.kind, found.summary, store.actor_keys(found.members), found.chance)
        for found in view_findings(store, run_id=run.run_id, actor=name)
    ]
    return TrustEvidence(read_factors(store, run.run_id), groups)


def audit_charts(audit: Audit, *, width: int = theme.WIDE) -> list[Chart]:
    """What the audience consists of, when it came, and the groups in it."""
    return [draw(width) for draw in audit_drawings(audit)]


def audit_drawings(audit: Audit) -> Iterator[Draw]:
    """The same, to be drawn at any width."""
    rows = [
        StandingRow(label=one.label, count=one.count, share=one.share, low=one.low, high=one.high)
        for one in audit.shares
    ]
    handle, sample = audit.actor.handle, sample_words(audit)
    yield lambda width: chart_audience(rows, handle=handle, title=audit.title, sample=sample, width=width)
    if audit.days:
        days = [
            ArrivalDay(
                day=one.day, count=one.count, expected=one.expected, high=one.high, is_burst=one.is_burst
            )
            for one in audit.days
        ]
        yield lambda width: chart_arrivals(days, handle=handle, width=width)
    for ring in audit.rings[:_RINGS_DRAWN]:
        if len(ring.members) > 1:
            yield _ring_drawing(ring, handle)


def _ring_drawing(ring: Ring, handle: str) -> Draw:
    from renown.explain.layout import force_layout

    places = force_layout(len(ring.members), ring.ties)
    given, received = [0] * len(ring.members), [0] * len(ring.members)
    for source, target in ring.ties:
        given[source] += 1
        received[target] += 1
    dots = [
        RingDot(
            x=float(places[number, 0]),
            y=float(places[number, 1]),
            is_actor=member.is_actor,
            reacted_to_count=given[number],
            reacted_by_count=received[number],
        )
        for number, member in enumerate(ring.members)
    ]
    return lambda width: chart_ring(dots, ring.ties, handle=handle, sentence=ring.sentence, width=width)


def sample_words(audit: Audit) -> str:
    """Who was looked at: "400 of 1,509 reactors"."""
    if audit.sample_count == audit.audience_count:
        return f"all {audit.audience_count:,} {audit.audience}"
    return f"{audit.sample_count:,} of {audit.audience_count:,} {audit.audience}"


def write_audit(audit: Audit, path: Path) -> Path:
    """The audit as one HTML page that opens offline.

    Raises:   RenownError: the file cannot be written.
    """
    drawings = list(audit_drawings(audit))
    company = [(part.label, of_hundred(part.share)) for part in audit.sources]
    page = PlainPage(
        title=f"The audience of {audit.actor.handle}",
        subtitle=f"{audit.actor.network} · up to {day_words(audit.basis.as_of)} · {sample_words(audit)}",
        notice=_NOTICE,
        passages=[
            Passage(heading="Who the audience likely is", sentences=audit.sentences, figures=drawings[:1]),
            Passage(heading="Where reactions come from, and when", facts=company, figures=drawings[1:2]),
            *([Passage(heading="Groups that acted together", figures=drawings[2:])] if drawings[2:] else []),
        ],
    )
    return write_page(build_page(page), path)
