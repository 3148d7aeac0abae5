"""`renown forecast`: how far a cascade, an actor's next post, or a post will reach."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from renown.cli import look
from renown.cli.actors import print_document
from renown.cli.command import command, group
from renown.cli.rows import Column, Listing, Part, RowOptions
from renown.cli.session import Session
from renown.errors import InputError, SourceFileError

if TYPE_CHECKING:
    from renown.forecast import ActorForecast, Cascade, CascadeForecast, PeopleForecast, PostForecast

app = group("Forecast whom a cascade, a post or an actor will reach, with intervals.")

_STDIN: Final = "-"
_MOST_BYTES: Final = 256 * 1024 * 1024
_PICTURES: Final = (".svg", ".png")
_AsOf = Annotated[
    str | None, typer.Option(metavar="TIME", help="As if it were then; default: just after the last act.")
]


@dataclass(frozen=True)
class Terms:
    """What is known of the cascade beside its lines, and what is asked."""

    observe: Annotated[
        float, typer.Option(metavar="SECONDS", help="Look only at what came this soon after the root.")
    ] = 3600.0
    horizon: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="When its size is counted; default: 7 days.")
    ] = None
    at_least: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="The final size is known to reach N; 0: nothing is known."),
    ] = None
    model: Annotated[
        Literal["audience", "times"] | None,
        typer.Option(help="With or without audience sizes; default: with them where they are given."),
    ] = None
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first line is no reaction; default: by look."),
    ] = None


@command(app, "cascade")
def cascade(
    session: Session,
    rows: RowOptions,
    terms: Terms,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Lines `seconds followers`, the root's first; -: stdin.")
    ],
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: .svg or .png.")] = None,
) -> None:
    """Forecast the final size of a cascade from its first reactions.

    expected_size is as likely too high as too low; size_low to size_high covers 90 of 100 such cascades.
    """
    from renown.forecast import forecast_cascade, parse_cascade

    _check_picture(chart)
    where = "standard input" if file == _STDIN else file
    read = parse_cascade(_read(file), where=where, has_header=terms.header)
    found = forecast_cascade(
        read, terms.observe, horizon_seconds=terms.horizon, model=terms.model, least_size=terms.at_least
    )
    print_document(found.to_dict(), [_flat(found.to_dict())], cascade_page(found), rows)
    if chart is not None:
        _draw(read, found, chart)
        session.note(f"The chart is in {chart}.")


@command(app, "actor")
def actor(
    session: Session,
    rows: RowOptions,
    name: Annotated[str, typer.Argument(metavar="ACTOR", help="Handle or id, with or without @.")],
    as_of: _AsOf = None,
    days: Annotated[int, typer.Option(min=1, max=366, metavar="N", help="How many days ahead.")] = 28,
) -> None:
    """Forecast the distinct people who will react to an actor.

    To the next post, and in the days to come. People who react are counted; nobody's views are.
    """
    found = session.open_store().forecast_actor(name, as_of=as_of, days=days)
    parts = {"next_post": found.next_post, "next_days": found.next_days}
    flat = [{"forecast": part, **vars(one)} for part, one in parts.items() if one is not None]
    print_document(found.to_dict(), flat, actor_page(found), rows)


@command(app, "post")
def post(
    session: Session,
    rows: RowOptions,
    post_id: Annotated[str, typer.Argument(metavar="POST_ID", help="network:id of the post.")],
    as_of: _AsOf = None,
) -> None:
    """Forecast the distinct people who will have reacted to a post after 7 days."""
    found = session.open_store().forecast_post(post_id, as_of=as_of)
    print_document(found.to_dict(), [_flat(found.to_dict())], post_page(found), rows)


def cascade_page(found: CascadeForecast) -> list[Part]:
    """The size, how sure, what it rests on, and the way there."""
    heading = f"{look.whole(found.expected_size)} [{_between(found.size_low, found.size_high)}] reactions"
    parts: list[Part] = [
        Listing((), (), title=heading, when_empty=""),
        f"after {_span(found.horizon_seconds)}; {look.whole(found.size_so_far)} came in the first"
        f" {_span(found.observed_seconds)}",
        "",
        "It rests on",
        *(f"- {line}" for line in found.rests_on),
    ]
    if found.without_assumption is not None:
        free = found.without_assumption
        parts.append(
            f"Without that assumption: {look.whole(free.expected_size)}"
            f" [{_between(free.size_low, free.size_high)}]; --at-least 0 asks for it."
        )
    records = [vars(point) for point in found.path]
    columns = [
        Column("after", lambda row: _span(row["seconds"])),
        Column("expected", lambda row: look.whole(row["expected_size"])),
        Column("[ ]", lambda row: _between(row["size_low"], row["size_high"])),
    ]
    return [*parts, "", Listing(records, columns), "", _covers(found.level)]


def actor_page(found: ActorForecast) -> list[Part]:
    """Both forecasts under the actor's name."""
    asked = {
        "the next post": found.next_post,
        f"the next {look.counted(found.days, 'day')}": found.next_days,
    }
    records = [{"asked": asked_for, "found": one} for asked_for, one in asked.items()]
    columns = [
        Column("in", lambda row: row["asked"], is_text=True),
        Column("people who react", lambda row: _people(row["found"])),
        Column("past cases", lambda row: look.NOTHING if row["found"] is None else
               look.whole(row["found"].calibration_count)),
    ]  # fmt: skip
    title = f"{look.name(found.handle)} ({look.name(found.actor_id, longest=60)})"
    return [
        Listing(records, columns, title=title),
        "",
        "It rests on",
        *(f"- {line}" for line in found.rests_on),
        "",
        f"as of {look.moment(found.as_of)}",
        _covers(0.9),
    ]


def post_page(found: PostForecast) -> list[Part]:
    """The forecast of one post."""
    title = f"{look.name(found.post_id, longest=60)}: {_people(found.forecast)} people"
    return [
        Listing((), (), title=title, when_empty=""),
        f"after {_span(found.horizon_seconds)}; {look.whole(found.people_so_far)} reacted in the first"
        f" {_span(found.observed_seconds)}",
        "",
        "It rests on",
        *(f"- {line}" for line in found.rests_on),
        "",
        f"as of {look.moment(found.as_of)}",
        _covers(found.forecast.level),
    ]


def _people(found: PeopleForecast | None) -> str:
    if found is None:
        return "too little to say"
    expected = found.expected_people
    shown = f"{expected:.1f}" if expected < 10 else look.whole(expected)
    return f"{shown} [{_between(found.people_low, found.people_high)}]"


def _between(low: int, high: int) -> str:
    return f"{look.whole(low)}-{look.whole(high)}"


def _covers(level: float) -> str:
    return f"[ ] covers {level * 100:g} of 100 such cases · who reacts is counted, not who sees"


def _span(seconds: float) -> str:
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:.3g} {name}{'' if seconds == size else 's'}"
    return f"{seconds:.3g} seconds"


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Its plain fields; of a forecast within, the fields too."""
    flat = {name: value for name, value in document.items() if not isinstance(value, dict | list | tuple)}
    for name in ("forecast", "without_assumption"):
        inner = document.get(name)
        if isinstance(inner, dict):
            flat.pop(name, None)
            prefix = "" if name == "forecast" else f"{name}_"
            flat.update({f"{prefix}{key}": value for key, value in inner.items()})
    return flat


def _read(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read(_MOST_BYTES + 1) if file == _STDIN else _head(Path(file))
    except OSError as error:
        raise SourceFileError(f"{file}: {error.strerror or error}.") from error
    if len(raw) > _MOST_BYTES:
        raise InputError(f"{file} is larger than {_MOST_BYTES >> 20} MB: not one cascade.")
    if b"\0" in raw:
        raise InputError(f"{file} is not text: it holds a NUL byte.", hint="Lines are `seconds followers`.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text.", hint="Lines are `seconds followers`.") from error


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_MOST_BYTES + 1)


def _check_picture(chart: Path | None) -> None:
    if chart is not None and chart.suffix.lower() not in _PICTURES:
        raise InputError(f"{chart}: a chart is drawn as {' or '.join(_PICTURES)}.")


def _draw(read: Cascade, found: CascadeForecast, path: Path) -> None:
    from renown.charts import FanPoint, chart_forecast, render_png, render_svg

    so_far = read.until(found.observed_seconds).seconds.tolist()
    ahead = [FanPoint(p.seconds, p.expected_size, p.size_low, p.size_high) for p in found.path]
    drawn = chart_forecast(so_far, ahead, observed_seconds=found.observed_seconds)
    if path.suffix.lower() == ".png":
        path.write_bytes(render_png(drawn))
    else:
        path.write_text(render_svg(drawn), encoding="utf8")
