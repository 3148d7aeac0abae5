"""How often the intervals of store forecasts hold: `python -m benchmarks.forecast_store STORE [DAYS]`.

The store is cut DAYS before its end; everybody who was active before is forecast from before the cut. The
simulated town (`renown demo`) or any store serves.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import numpy as np

import renown
from renown.forecast import PeopleForecast
from renown.forecast.past import POST_HORIZON, open_past, read_past_posts, read_windows
from renown.forecast.people import Cases, people_forecast, post_cases, shrinkage_of, window_rates
from renown.forecast.store_reach import WINDOWS_BACK, own_growth

MOST = 3000


def summary(found: list[PeopleForecast], came: np.ndarray, last: np.ndarray) -> str:
    """Coverage, median width, and the error in log(1 + people) next to `as many as last time`."""
    low, high, middle = (
        np.array([getattr(one, name) for one in found], float)
        for name in ("people_low", "people_high", "expected_people")
    )
    error = np.abs(np.log1p(middle) - np.log1p(came)).mean()
    as_last = np.abs(np.log1p(last) - np.log1p(came)).mean()
    covered = ((low <= came) & (came <= high)).mean()
    return (
        f"{len(found):,} forecasts: covered {covered:.3f}, median width {np.median(high - low):.0f} people,"
        f" mean error of log(1 + people) {error:.3f} (as many as last time: {as_last:.3f})"
    )


def measure_days(store: renown.Store, days: int) -> str:
    """Distinct people in the last days of the store, forecast from before them."""
    first, last = store.time_bounds()
    windows = min(WINDOWS_BACK, int((last - timedelta(days=days) - first) / timedelta(days=days)))
    with open_past(store) as engine:
        _, people = read_windows(engine, last, days=days, count=windows + 1)
    came, before = people[:, 0], people[:, 1:]
    was_there = before[:, 1:].sum(axis=1) > 0
    past = window_rates(before[was_there, 1:])
    cases = Cases(np.log1p(past.rate), np.log1p(before[was_there, 0]))
    is_active = before.sum(axis=1) > 0
    foretold = np.log1p(window_rates(before[is_active]).rate)
    some = np.linspace(0, foretold.size - 1, min(MOST, foretold.size)).astype(int)
    found = [people_forecast(float(foretold[place]), cases) for place in some]
    return summary(found, came[is_active][some], before[is_active][some, 0])


def measure_posts(store: renown.Store, days: int) -> str:
    """The first post of each author after the cut, forecast from the posts settled before it."""
    _, last = store.time_bounds()
    with open_past(store) as engine:
        posts = read_past_posts(engine, last)
    cut = last - timedelta(days=days)
    settled_us, cut_us, end_us = (
        round(moment.timestamp() * 1e6) for moment in (cut - POST_HORIZON, cut, last - POST_HORIZON)
    )
    settled = posts.at(posts.posted_us <= settled_us)
    later = posts.at((posts.posted_us > cut_us) & (posts.posted_us <= end_us))
    logs = np.log1p(settled.people)
    shrinkage = shrinkage_of(logs, settled.author)
    cases = post_cases(logs, settled.author, shrinkage)
    authors, place = np.unique(later.author, return_index=True)
    found, came, before = [], [], []
    for author, row in list(zip(authors, place, strict=True))[:MOST]:
        own = logs[np.searchsorted(settled.author, author) : np.searchsorted(settled.author, author, "right")]
        if own.size:
            recent = own[-20:]
            total = recent.sum() + shrinkage.strength * shrinkage.usual
            found.append(people_forecast(float(total / (recent.size + shrinkage.strength)), cases))
            came.append(later.people[row])
            before.append(np.expm1(own[-1]))
    return summary(found, np.array(came), np.array(before))


def measure_ages(store: renown.Store, days: int, hours: float) -> list[str]:
    """Posts published after the cut, forecast at an age from the posts settled at the cut."""
    _, last = store.time_bounds()
    with open_past(store) as engine:
        posts = read_past_posts(engine, last, timedelta(hours=hours))
    cut, end = (
        round(moment.timestamp() * 1e6) for moment in (last - timedelta(days=days), last - POST_HORIZON)
    )
    horizon = round(POST_HORIZON.total_seconds() * 1e6)
    known = own_growth(posts.at(posts.posted_us <= cut - horizon))
    later = posts.at((posts.posted_us > cut) & (posts.posted_us <= end))
    lines = []
    for name, chosen in (
        ("every post", np.ones(later.people.size, np.bool_)),
        ("some people so far", later.people_then > 0),
        (
            "one post an author",
            np.isin(np.arange(later.people.size), np.unique(later.author, return_index=True)[1]),
        ),
    ):
        places = np.flatnonzero(chosen)
        some = places[np.linspace(0, places.size - 1, min(MOST, places.size)).astype(int)]
        found = [known.forecast(int(later.people_then[row]), int(later.people_lately[row])) for row in some]
        said = summary(found, later.people[some], later.people_then[some])
        settled = (later.people[some] == later.people_then[some]).mean()
        least = least_held(later.people_then[some], later.people[some])
        lines.append(f"{name:19} {said}; nobody more came to {settled:.3f}; least {least:.3f}")
    return lines


def least_held(so_far: np.ndarray, came: np.ndarray, level: float = 0.9) -> float:
    """Share held by the shortest intervals from what is certain up that hold `level` in hindsight.

    One whole number as the upper end for all posts with equally many people so far: nothing shorter holds
    enough, and what it holds beyond `level` is due to people being whole.
    """
    held = 0
    for count in np.unique(so_far):
        ends = np.sort(came[so_far == count])
        upper = ends[int(np.ceil(level * ends.size - 1e-9)) - 1]
        held += int((ends <= upper).sum())
    return held / came.size


def main(arguments: list[str]) -> None:
    store = renown.open(arguments[0])
    days = int(arguments[1]) if len(arguments) > 1 else 28
    print(f"next {days} days  {measure_days(store, days)}")
    print(f"next post     {measure_posts(store, days)}")
    for hours in (0.25, 0.5, 1, 3, 12):
        for line in measure_ages(store, days, hours):
            print(f"post at {hours:4} h  {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
