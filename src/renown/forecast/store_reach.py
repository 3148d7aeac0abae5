"""Forecasts of an actor and of a post, from a store's own past."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from renown.errors import MomentError, NotInStoreError, TooLittleInputError
from renown.forecast.card import load_cascade_card
from renown.forecast.cascade import Cascade
from renown.forecast.past import (
    POST_HORIZON,
    OnePost,
    PastPosts,
    open_past,
    read_past_posts,
    read_post,
    read_windows,
)
from renown.forecast.people import (
    LEAST_CASES,
    Cases,
    latest_each,
    people_forecast,
    post_cases,
    shrinkage_of,
    window_rates,
)
from renown.forecast.records import ActorForecast, PeopleForecast, PostForecast
from renown.forecast.signs import HALF, RECENT_SHARE
from renown.forecast.spreading import forecast_cascade
from renown.types import MICROSECONDS_PER_SECOND

if TYPE_CHECKING:
    from renown.store import TableStore

WINDOWS_BACK: Final = 6
"""People in the days to come are foretold from at most this many stretches of as many days."""
LEAST_WINDOWS: Final = 2
LEAST_OWN_POSTS: Final = 100
"""Fewer settled posts than this, and the shipped model forecasts a post instead of the store's own past."""
_SLOPES: Final = np.linspace(0, 0.9, 10)


def forecast_actor(
    store: TableStore, name: str, *, as_of: datetime | None = None, days: int = 28
) -> ActorForecast:
    """Distinct people who will react to an actor's next post, and in the next days (see `ActorForecast`).

    Formula:  next post: mean log(1 + people) of the author's last 20 settled posts, drawn to the store's;
              next days: gamma-Poisson rate of the stretches of as many days before. Both are corrected and
              get intervals by how far such forecasts were off on the store's past cases nearest in size.
    Args:     as_of: as if it were then; default: just after the last act. days: how far ahead.
    Raises:   ActorNotFoundError, AmbiguousActorError, StoreNotFoundError, MomentError.
              TooLittleInputError: neither can be said.
    Cost:     three passes of SQL over the interactions.
    """
    actor = store.resolve(name)
    first, moment = _bounds(store, as_of)
    windows = min(WINDOWS_BACK, int((moment - first) / timedelta(days=days)))
    with open_past(store) as engine:
        posts = read_past_posts(engine, moment)
        actors, people = read_windows(engine, moment, days=days, count=max(windows, 1))
    place = np.searchsorted(actors, actor.actor_key)
    is_there = place < actors.size and actors[place] == actor.actor_key
    settled = posts.at(posts.posted_us <= _micros(moment - POST_HORIZON))
    own = settled.at(settled.author == actor.actor_key)
    next_post = _next_post(settled, own)
    next_days = _next_days(people, int(place) if is_there else None) if windows >= LEAST_WINDOWS else None
    if next_post is None and next_days is None:
        raise TooLittleInputError(
            f"There is too little in the store to forecast {actor.actor_id}.",
            hint=f"It takes {LEAST_WINDOWS} stretches of {days} days with {LEAST_CASES} actors in them, or"
            f" posts of the actor older than {POST_HORIZON.days} days among {LEAST_CASES} of others;"
            " --days takes shorter stretches.",
        )
    return ActorForecast(
        actor_id=actor.actor_id,
        handle=actor.handle,
        as_of=moment,
        days=days,
        next_post=next_post,
        next_days=next_days,
        past_posts_count=len(own.post_id),
        people_last_days=int(people[place, 0]) if is_there else 0,
        has_silent_posts=bool(posts.is_known.any()),
        rests_on=_actor_rests_on(own, posts, windows=windows, days=days),
    )


def forecast_post(store: TableStore, post_id: str, *, as_of: datetime | None = None) -> PostForecast:
    """Distinct people who will have reacted to a post 7 days after it was published (see `PostForecast`).

    Formula:  as for a cascade (`forecast_cascade`), with growth, slope and interval from the store's posts
              at the same age: the older half fits, the newer half says how far that was off. Under 100
              settled posts the shipped model for moments speaks, without its floor.
    Raises:   NotInStoreError: neither the post nor a reaction to it is known. MomentError: it is settled.
              InputError: it is too young. StoreNotFoundError.
    Cost:     two passes of SQL over the interactions.
    """
    _, moment = _bounds(store, as_of)
    with open_past(store) as engine:
        post = read_post(engine, post_id, moment)
        if post is None:
            raise NotInStoreError(
                f"Nothing is known of a post {post_id!r} before {moment.isoformat()}.",
                hint="Write its id in full, as network:id.",
            )
        age = moment - post.posted_at
        if age >= POST_HORIZON:
            raise MomentError(
                f"{post_id} is {age.days} days old: after {POST_HORIZON.days} there is nothing to forecast.",
                hint="--as-of looks from an earlier moment.",
            )
        posts = read_past_posts(engine, moment, age)
    settled = posts.at(posts.posted_us <= _micros(moment - POST_HORIZON))
    own = _from_own_posts(settled, post, age) if len(settled.post_id) >= LEAST_OWN_POSTS else None
    forecast, model = (own, "store") if own is not None else (_from_card(post, age), "times")
    seconds = age.total_seconds()
    basis = (
        f"{len(settled.post_id):,} posts of this store at the same age"
        if model == "store"
        else f"the shipped model for moments, since only {len(settled.post_id):,} posts here are settled"
    )
    return PostForecast(
        post_id=post_id,
        author_actor_id=store.actor_ids(np.array([post.author]))[0].as_py(),
        as_of=moment,
        posted_at=post.posted_at.astimezone(UTC),
        is_posted_at_known=post.is_known,
        people_so_far=post.seconds.size,
        observed_seconds=seconds,
        horizon_seconds=POST_HORIZON.total_seconds(),
        forecast=forecast,
        model=model,
        rests_on=(f"{post.seconds.size:,} distinct people in {seconds:,.0f} seconds", basis)
        + (() if post.is_known else ("the first reaction, since nobody said when the post was published",)),
    )


def _bounds(store: TableStore, as_of: datetime | None) -> tuple[datetime, datetime]:
    store.require()
    bounds = store.time_bounds()
    if bounds is None:
        raise TooLittleInputError(f"There are no interactions in the store at {store.location}.")
    first, last = bounds
    moment = last + timedelta(milliseconds=1) if as_of is None else as_of
    if moment <= first:
        raise TooLittleInputError(f"Nothing happened in the store before {moment.isoformat()}.")
    if moment > last + timedelta(days=366):
        raise MomentError(
            f"{moment.isoformat()} is more than a year after the last act in the store.",
            hint=f"The last one is of {last.isoformat()}.",
        )
    return first, moment


def _next_post(settled: PastPosts, own: PastPosts) -> PeopleForecast | None:
    if not own.post_id:
        return None
    logs = np.log1p(settled.people)
    shrinkage = shrinkage_of(logs, settled.author)
    cases = post_cases(logs, settled.author, shrinkage)
    last = np.log1p(own.people)[-20:]
    foretold = (last.sum() + shrinkage.strength * shrinkage.usual) / (last.size + shrinkage.strength)
    return people_forecast(float(foretold), cases)


def _next_days(people: np.ndarray, place: int | None) -> PeopleForecast | None:
    """From all stretches; the cases are the last one, foretold from those before it."""
    before = people[:, 1:]
    was_there = before.sum(axis=1) > 0
    past = window_rates(before[was_there])
    cases = Cases(np.log1p(past.rate), np.log1p(people[was_there, 0]))
    rates = window_rates(people[people.sum(axis=1) > 0])
    if place is None:
        foretold = rates.shape / (rates.per_window + (2 - 0.5 ** (people.shape[1] - 1)))
    else:
        is_there = people.sum(axis=1) > 0
        foretold = float(rates.rate[int(is_there[:place].sum())])
    return people_forecast(math.log1p(foretold), cases)


class OwnGrowth(NamedTuple):
    """How the store's posts grew from an age on, by the older half of them; `cases` are of the newer half."""

    growth: float
    slope: float
    cases: Cases

    def forecast(self, so_far: int, lately: int) -> PeopleForecast | None:
        """People in the end, of a post that `so_far` reacted to, `lately` of them in the last third."""
        count = math.log(so_far + HALF)
        foretold = count + self.growth + self.slope * (math.log(lately + HALF) - count)
        return people_forecast(foretold, self.cases, least=so_far)


def own_growth(settled: PastPosts) -> OwnGrowth:
    """Growth and slope of the older half by least absolute residuals, and how far the newer half was off.

    Of the newer half at most five posts of an author are cases, or those who post most would speak for all.
    """
    order = np.argsort(settled.posted_us, kind="stable")
    count = np.log(settled.people_then[order] + HALF)
    recent = np.log(settled.people_lately[order] + HALF) - count
    came = np.log(np.maximum(settled.people, settled.people_then)[order] + HALF)
    half = order.size // 2
    grown = (came - count)[:half]
    losses = [np.abs(grown - s * recent[:half] - np.median(grown - s * recent[:half])).sum() for s in _SLOPES]
    slope = float(_SLOPES[int(np.argmin(losses))])
    growth = float(np.median(grown - slope * recent[:half]))
    # log(N + 1/2) and log(N + 1) differ only where counts are tiny; the cases correct for it.
    chosen = half + latest_each(settled.author[order][half:])
    cases = Cases((count + growth + slope * recent)[chosen], np.log1p(np.expm1(came[chosen]) + HALF))
    return OwnGrowth(growth, slope, cases)


def _from_own_posts(settled: PastPosts, post: OnePost, age: timedelta) -> PeopleForecast | None:
    lately = int((post.seconds > age.total_seconds() * (1 - RECENT_SHARE)).sum())
    return own_growth(settled).forecast(post.seconds.size, lately)


def _from_card(post: OnePost, age: timedelta) -> PeopleForecast:
    found = forecast_cascade(Cascade(np.sort(post.seconds)), age.total_seconds(), least_size=0)
    return PeopleForecast(
        expected_people=float(found.expected_size),
        people_low=found.size_low,
        people_high=found.size_high,
        level=found.level,
        calibration_count=load_cascade_card().times.cascades_count,
        size_class="cascades of another collection",
    )


def _actor_rests_on(own: PastPosts, posts: PastPosts, *, windows: int, days: int) -> tuple[str, ...]:
    lines = [f"{len(own.post_id):,} posts older than {POST_HORIZON.days} days"]
    if windows >= LEAST_WINDOWS:
        lines.append(f"{windows} stretches of {days} days, the later ones weighing more")
    else:
        lines.append(f"the store reaches back less than two stretches of {days} days: too little to say")
    if not posts.is_known.any():
        lines.append("posts that somebody reacted to: the store knows of no others")
    return tuple(lines)


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * MICROSECONDS_PER_SECOND)
