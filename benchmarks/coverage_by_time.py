"""Can an interval be told how much changes with time? `python -m benchmarks.coverage_by_time STORE [SPLITS]`.

The phi under which the intervals of one window hold the next one is learned at each cut but the last, for all
actors at once and for each size class, and tested at the cut after it. Growth of the whole is taken out.
"""

from __future__ import annotations

import sys

import msgspec
import numpy as np

from renown.definitions import Definition, load_definition
from renown.evaluate import default_splits
from renown.evaluate.coverage import LEAST_ACTORS, LEVELS, SIZES, Seen, next_window, places_in_forecast
from renown.evaluate.fitting_history import read_past
from renown.scoring.scale import intervals_of
from renown.store import TableStore
from renown.types import no_progress

TRIED = np.exp(np.linspace(np.log(0.25), np.log(64.0), 57))


def level_with(seen: Seen) -> Seen:
    """The later window, divided by the growth of the whole."""
    growth = float(seen.came.sum() / seen.earned.sum())
    return Seen(seen.earned, seen.squared, seen.people, seen.came / growth, seen.came_squared / growth**2)


def covered(seen: Seen, definition: Definition, phi: float) -> np.ndarray:
    """Share of actors held at each level, with this phi."""
    place = places_in_forecast(seen, msgspec.structs.replace(definition, phi=float(phi)))
    return np.array([(np.abs(place - 0.5) <= level / 2).mean() for level in LEVELS])


def learned(seen: Seen, definition: Definition) -> float:
    """The smallest phi under which the intervals of 90 % hold 90 %, or the one that comes nearest.

    The smallest, since places are drawn where people are whole: a phi of hundreds says so little of anybody
    that nearly all is drawn, and is covered by the lot alone.
    """
    held = np.array([covered(seen, definition, phi)[LEVELS.index(0.9)] for phi in TRIED])
    enough = np.flatnonzero(held >= 0.9)
    return float(TRIED[enough[0] if enough.size else int(np.argmax(held))])


def width(seen: Seen, definition: Definition, phi: float) -> float:
    """Points between the ends of the score's interval of 90 %, median of the actors."""
    one = msgspec.structs.replace(definition, phi=float(phi), interval_level=0.9)
    low, high = intervals_of(seen.earned, seen.squared, one)
    return float(np.median(high - low))


def in_class(seen: Seen, low: float, high: float) -> Seen:
    """Actors of one size class."""
    return seen.among((seen.people >= low) & (seen.people < high))


def tested(before: Seen, now: Seen, definition: Definition, row: str) -> None:
    """Print coverage with the shipped phi, one learned at the cut before, and one for each size class."""
    held = np.zeros((3, len(LEVELS)))
    one, count = learned(before, definition), 0
    for name, low, high in SIZES:
        past, seen = in_class(before, low, high), in_class(now, low, high)
        if seen.earned.size == 0:
            continue
        own = learned(past, definition) if past.earned.size >= LEAST_ACTORS else one
        tried = (definition.phi, one, own)
        found = np.array([covered(seen, definition, phi) for phi in tried])
        widths = [width(seen, definition, phi) for phi in tried]
        print(f"{row} {name:10} points between the ends: {' '.join(f'{one:.1f}' for one in widths)}")
        if seen.earned.size >= LEAST_ACTORS:
            print(f"{row} {name:10} phi that this cut needs: {learned(seen, definition):.2f}")
        print_rows(f"{row} {name:10} {seen.earned.size:7,}", found, tried)
        held, count = held + found * seen.earned.size, count + seen.earned.size
    print_rows(f"{row} all        {count:7,}", held / count, (definition.phi, one, None))


def print_rows(begin: str, found: np.ndarray, tried: tuple[float | None, ...]) -> None:
    """A line for each way to come by a phi: its coverage at the four levels."""
    for what, phi, row in zip(("shipped", "learned before", "by size class"), tried, found, strict=True):
        said = "" if phi is None else f"phi {phi:.2f}"
        print(f"{begin} {what:14} {said:11}: {' '.join(f'{100 * one:5.1f}' for one in row)}", flush=True)


def main(arguments: list[str]) -> None:
    store, definition = TableStore(arguments[0]), load_definition()
    splits = default_splits(store, int(arguments[1]) if len(arguments) > 1 else 3)
    past = read_past(store, definition, splits, (), progress=no_progress)
    windows = [level_with(next_window(past, definition, split)) for split in splits]
    for place in range(1, len(windows)):
        tested(windows[place - 1], windows[place], definition, f"cut {place + 1}")


if __name__ == "__main__":
    main(sys.argv[1:])
