"""What every printed score stands on: its network, topic and window, and the columns it is shown in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from renown.cli import look
from renown.cli.rows import Column, is_ascii_only
from renown.types import HIGHEST_SCORE

if TYPE_CHECKING:
    from renown.scoring import Run

_BAR_WIDTH: Final = 16
_MOST_NETWORKS: Final = 4


def context_lines(run: Run, networks: Iterable[str]) -> list[str]:
    """Where a score holds, and by which definition it was made: no score is printed without."""
    from renown.definitions import parse_definition
    from renown.explain.sentences import window_in_words

    definition = parse_definition(run.definition)
    return [
        f"{networks_in_words(networks)} · all topics · {window_in_words(definition)}",
        f"as of {look.moment(run.as_of)} · {look.name(definition.name)} {run.definition_hash[:8]}"
        f" · [ ] covers {definition.interval_level * 100:g} of 100",
        f"run {run.run_id[:8]} · {look.whole(run.counts['actors'])} actors have a score"
        f" · {definition.points_per_doubling:g} points more: twice the people",
    ]


def networks_in_words(networks: Iterable[str]) -> str:
    """The networks that actors are on.

    Example:
        >>> networks_in_words(["twitter", "bluesky", "twitter"])
        'bluesky and twitter'
    """
    names = [look.name(network) for network in sorted(set(networks))]
    if len(names) > _MOST_NETWORKS:
        return f"{len(names)} networks"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "no network"


def score_columns() -> list[Column]:
    """Score with its interval (and a bar where there is room), people, reactions."""
    is_ascii = is_ascii_only()
    return [
        Column(
            "score [interval]",
            lambda row: look.interval_in_table(row["score"], row["score_low"], row["score_high"]),
        ),
        Column(
            "0 to 100",
            lambda row: look.bar(row["score"], full=HIGHEST_SCORE, width=_BAR_WIDTH, is_ascii=is_ascii),
            is_text=True,
            is_extra=True,
        ),
        Column("people", lambda row: look.whole(row["people_count"])),
        Column("reactions", lambda row: look.whole(row["interactions_count"]), is_extra=True),
    ]


def run_record(run: Run) -> dict[str, Any]:
    """A run as one flat record."""
    return {
        "run_id": run.run_id,
        "as_of": run.as_of,
        "definition_name": run.definition_name,
        "definition_hash": run.definition_hash,
        "actors_count": run.counts.get("actors"),
        "ties_count": run.counts.get("ties"),
        "interactions_count": run.counts.get("interactions"),
        "input_version": run.input_version,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "seconds": (run.finished_at - run.started_at).total_seconds(),
    }
