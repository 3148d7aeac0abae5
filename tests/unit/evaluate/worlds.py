"""Small stores to evaluate, and what a reader with pencil and paper would count in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import networkx as nx
import numpy as np
import pyarrow as pa

from renown.store import TableStore

START = datetime(2026, 3, 1, tzinfo=UTC)


class Act(NamedTuple):
    source: str
    target: str
    kind: str
    day: float
    post: str | None = None


def day(number):
    return START + timedelta(days=number)


def store_of(place, acts, *, persons=None):
    """A store with these acts; `persons` maps actors to persons."""
    store = TableStore(str(place))
    columns = {
        "source": [act.source for act in acts],
        "target": [act.target for act in acts],
        "kind": [act.kind for act in acts],
        "time": pa.array([day(act.day) for act in acts], pa.timestamp("us", tz="UTC")),
        "post_id": pa.array([act.post for act in acts], pa.string()),
    }
    store.add_interactions(pa.table(columns), network="n")
    if persons:
        store.add_persons(
            pa.table(
                {
                    "person_id": list(persons.values()),
                    "actor_id": [f"n:{name}" for name in persons],
                    "proof_kind": ["given"] * len(persons),
                    "proven_at": pa.array([START] * len(persons), pa.timestamp("us", tz="UTC")),
                }
            )
        )
    return store


def random_acts(seed, count=600, actors=40, days=10.0):
    """Acts with some favourites, some regulars, self-interactions and posts."""
    random = np.random.default_rng(seed)
    sources = (random.random(count) ** 1.5 * actors).astype(int)
    targets = (random.random(count) ** 3 * actors).astype(int)
    kinds = random.choice(["like", "repost", "mention"], count)
    times = np.round(random.random(count) * days, 4)
    posts = [None if number == 0 else f"p{number}" for number in random.integers(0, 4, count)]
    return [
        Act(f"a{s}", f"a{t}", str(kind), float(when), post and f"{post}of{t}")
        for s, t, kind, when, post in zip(sources, targets, kinds, times, posts, strict=True)
    ]


class Counted(NamedTuple):
    """What the paper says about the actors who received anything before the cut: one dictionary a figure."""

    new_people: Counter
    measures: dict[str, dict[str, float]]


def counted(acts, cut, stop, *, half_life, kinds=(), person_of=None):
    """Count everything an act at a time."""

    def person(name):
        return (person_of or {}).get(name, name)

    past = [act for act in acts if act.day < cut]
    between = [act for act in past if person(act.source) != person(act.target)]
    later = [act for act in acts if cut <= act.day < stop and (not kinds or act.kind in kinds)]
    people, raw, mass = defaultdict(set), Counter(), Counter()
    posts = defaultdict(lambda: defaultdict(set))
    for act in between:
        people[act.target].add(person(act.source))
        raw[act.target] += 1
        mass[act.target] += 2 ** ((act.day - cut) / half_life)
        if act.post:
            posts[act.target][act.post].add(person(act.source))
    fresh = defaultdict(set)
    for act in later:
        if person(act.source) != person(act.target) and person(act.source) not in people[act.target]:
            fresh[act.target].add(person(act.source))
    ranked = [name for name, some in people.items() if some]
    edges = {(person(act.source), person(act.target), act.target) for act in between}
    graph = nx.MultiDiGraph([(source, target) for source, target, _ in edges])
    rank = nx.pagerank(graph, alpha=0.85, tol=1e-14, max_iter=2000)
    measures = {
        "distinct reactors": {name: len(people[name]) for name in ranked},
        "raw counts": {name: raw[name] for name in ranked},
        f"decayed mass ({half_life:g} d)": {name: mass[name] for name in ranked},
        "PageRank": {name: rank[person(name)] for name in ranked},
        "own activity": {name: sum(act.source == name for act in past) for name in ranked},
        "h-index of posts": {name: h_index([len(some) for some in posts[name].values()]) for name in ranked},
    }
    return Counted(Counter({name: len(some) for name, some in fresh.items()}), measures)


def h_index(counts):
    return max((h for h in range(len(counts) + 1) if sum(count >= h for count in counts) >= h), default=0)
