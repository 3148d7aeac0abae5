"""`renown causal` and `renown evaluate causal`: would they have acted anyway?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from renown.cli import look
from renown.cli.actors import print_document
from renown.cli.command import command
from renown.cli.rows import Column, Listing, Part, RowOptions
from renown.cli.session import Session
from renown.errors import InputError

if TYPE_CHECKING:
    from renown.evaluate import CausalEvaluation, CausalReading

_Hours = Annotated[int, typer.Option(min=1, metavar="N", help="What counts as at once.")]
_WAYS: Final = {
    "naive": "naive: as often as everybody else would have acted anyway",
    "matched": "matched: as often as people who had behaved alike",
    "calibrated": "calibrated: matched, times how far matching is off while the actor is silent",
}
_PICTURES: Final = (".svg", ".png")
_TABLES: Final = ("interactions", "interaction_truth")


@dataclass(frozen=True)
class Asked:
    """What is looked at, and how finely."""

    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="As if it were then; default: just after the last act.")
    ] = None
    period_hours: _Hours = 24
    topic: Annotated[
        list[str] | None,
        typer.Option(metavar="HASHTAG", help="May be repeated; default: the actor's five most frequent."),
    ] = None


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands to the root."""
    command(app, "causal")(causal)


def add_causal_evaluation(app: typer.Typer) -> None:
    """Add `causal` to the group of evaluations."""
    command(app, "causal")(evaluate_causal)


def causal(
    session: Session,
    rows: RowOptions,
    asked: Asked,
    actor: Annotated[str, typer.Argument(metavar="ACTOR", help="Handle or id, with or without @.")],
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: .svg or .png.")] = None,
) -> None:
    """Ask whether an audience acted because of an actor.

    Or would it have anyway? Read naively, and after matching on past behaviour, with sensitivity bounds.
    """
    if chart is not None and chart.suffix.lower() not in _PICTURES:
        raise InputError(f"{chart}: a chart is drawn as {' or '.join(_PICTURES)}.")
    with session.progress() as progress:
        found = session.open_store().causal(
            actor,
            as_of=asked.as_of,
            period_hours=asked.period_hours,
            topics=asked.topic or (),
            progress=progress,
        )
    document = found.as_dict()
    print_document(document, document["estimates"], causal_page(found), rows)
    if chart is not None:
        _draw(found, chart)
        session.note(f"The chart is in {chart}.")


def evaluate_causal(
    session: Session,
    rows: RowOptions,
    on: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The simulated town that the store was filled from.")
    ],
    actors: Annotated[int, typer.Option(min=10, metavar="N", help="At most so many, the best known.")] = 100,
    period_hours: _Hours = 24,
) -> None:
    """Measure how far causal readings are off on a town.

    The store must hold its interactions and its posts.
    """
    tables = [_read(on / f"{name}.parquet") for name in _TABLES]
    with session.progress() as progress:
        found = session.open_store().evaluate_causal(
            tables[0], tables[1], actors=actors, period_hours=period_hours, progress=progress
        )
    document = found.as_dict()
    print_document(document, document["readings"], evaluation_page(found), rows)


def causal_page(found: CausalReading) -> list[Part]:
    """What was read, how sure, what it rests on, and what a hidden cause could do to it."""
    best = found.best
    title = f"{look.name(found.handle)} ({look.name(found.actor_id, longest=60)})"
    columns = [
        Column("reading", lambda row: row["reading"], is_text=True),
        Column("could", lambda row: look.whole(row["exposures_count"])),
        Column("acted", lambda row: look.whole(row["acted_count"])),
        Column("anyway", lambda row: look.whole(round(row["anyway_count"]))),
        Column("because of it", lambda row: _interval(row)),
    ]
    records = [vars(estimate) for estimate in found.estimates]
    people = "1 person" if found.audience_count == 1 else f"{look.whole(found.audience_count)} people"
    occasions = look.counted(found.occasions_count, "occasion")
    said = (
        f"{people} of its audience could have been moved on {occasions}."
        f" They acted {look.whole(best.acted_count)} times, {look.whole(found.reacted_count)} of them towards"
        f" it: about {_interval(vars(best))} times because of it."
    )
    return [
        Listing(records, columns, title=title),
        "",
        said,
        *_sensitivity(found),
        "",
        "It rests on",
        *(f"- {line}" for line in found.rests_on),
        "",
        f"as of {look.moment(found.as_of)}",
        *(_WAYS[estimate.reading] for estimate in found.estimates),
        "[ ] 95 % interval, people taken as independent · a person, a topic and a period count once",
    ]


def _sensitivity(found: CausalReading) -> list[Part]:
    parts: list[Part] = []
    if found.silence_ratio is not None:
        parts.append(
            f"While it was silent, they acted {found.silence_ratio:.2f} times as often as those like them."
        )
    if found.risk_ratio is None or found.e_value is None or found.e_value_limit is None:
        return parts
    low, high = found.risk_ratio_low, found.risk_ratio_high
    parts.append(
        f"Acts for each that would have happened anyway: {found.risk_ratio:.2f} [{low:.2f}-{high:.2f}]."
        f" E-value {found.e_value:.2f} ({found.e_value_limit:.2f} at the nearer end): so many times a hidden"
        " cause must go with both, exposure and acting, to explain it away."
    )
    columns = [
        Column("if the audience anyway acts", lambda row: f"{row['factor']:g} times as often", is_text=True),
        Column("because of it", lambda row: look.whole(round(row["caused_low"]))),
        Column("surely some", lambda row: "yes" if row["is_still_sure"] else "no", is_text=True),
    ]
    return [*parts, "", Listing([vars(one) for one in found.hidden_bias], columns)]


def evaluation_page(found: CausalEvaluation) -> list[Part]:
    """Each reading's bias beside the others'."""
    columns = [
        Column("reading", lambda row: row["reading"], is_text=True),
        Column("said", lambda row: look.whole(round(row["caused_count"]))),
        Column("true", lambda row: look.whole(round(row["true_count"]))),
        Column(
            "bias", lambda row: f"{row['bias_share']:+.1%} [{row['bias_low']:+.0%} {row['bias_high']:+.0%}]"
        ),
        Column("typical error", lambda row: f"{row['typical_error']:.0%}"),
        Column("intervals held", lambda row: f"{row['coverage']:.0%}"),
    ]
    notes = [f"The matched reading's bias is {found.matched_of_naive:.2f} of the naive one's"]
    if found.calibrated_of_naive is not None:
        notes.append(f"the calibrated one's {found.calibrated_of_naive:.2f}")
    return [
        f"{look.counted(found.actors, 'actor')} of a town whose truth is known"
        + (f" ({found.skipped_count} more had too little)." if found.skipped_count else "."),
        "",
        Listing([vars(one) for one in found.readings], columns),
        "",
        ", ".join(notes) + ".",
        "[ ] 95 % of resamples of the actors",
    ]


def _interval(row: dict[str, Any]) -> str:
    low, middle, high = (look.whole(round(row[f"caused_{end}"])) for end in ("low", "count", "high"))
    return f"{middle} [{low} to {high}]"


def _draw(found: CausalReading, path: Path) -> None:
    from renown.charts import ReadingRow, chart_causal, render_png, render_svg

    rows = [
        ReadingRow(reading=one.reading, caused=one.caused_count, low=one.caused_low, high=one.caused_high)
        for one in found.estimates
    ]
    about = ", ".join(f"#{topic}" for topic in found.topics) or "anything"
    subtitle = f"{found.audience_count:,} people of the audience, on {about}, until {found.as_of:%Y-%m-%d}"
    drawn = chart_causal(rows, handle=found.handle, subtitle=subtitle)
    if path.suffix.lower() == ".png":
        path.write_bytes(render_png(drawn))
    else:
        path.write_text(render_svg(drawn), encoding="utf8")


def _read(path: Path) -> Any:
    from renown.api.importing import read_table

    if not path.is_file():
        raise InputError(
            f"{path} is not there: {path.parent} is not the folder of a town.",
            hint="`renown simulate --out FOLDER` makes one.",
        )
    return read_table(str(path))
