"""Small worlds to score: named graphs that each hold one difficulty, and random ones."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st

from renown.definitions import Definition, Freshness, load_definition, parse_definition
from renown.errors import DefinitionError
from renown.types import KINDS
from tests.oracle import DAY, Act, Believed, person_of

MIDNIGHT = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
HOUR = DAY // 24
SHIPPED = load_definition()


@dataclass(frozen=True)
class World:
    """Acts to be scored at a moment, by a definition, among persons {account: person}."""

    acts: list[Act]
    as_of: int = MIDNIGHT + 10 * DAY
    definition: Definition = SHIPPED
    persons: dict[int, int] = field(default_factory=dict)


def changed(definition, **fields):
    """The definition with some numbers changed, unchecked."""
    return msgspec.structs.replace(definition, **fields)


def likes(*pairs, kind="like", time=MIDNIGHT):
    """One act per pair, an hour apart."""
    return [Act(u, v, kind, time + i * HOUR) for i, (u, v) in enumerate(pairs)]


def _a_day_of_everything():
    kinds = ["like", "repost", "reply", "quote", "follow", "mention"]
    return [Act(1, 2, kind, MIDNIGHT + i * HOUR, post=f"p{i}") for i, kind in enumerate(kinds)]


NAMED = {
    "empty": World([]),
    "star inwards": World(likes(*[(u, 0) for u in range(1, 30)])),
    "a crowd, a few and one, shrunk towards how many people actors have": World(
        likes(*[(u, 0) for u in range(1, 30)], (1, 40), (2, 40), (3, 41)),
        definition=changed(SHIPPED, people_shape=0.5, people_rate=0.03, phi=1.5),
    ),
    "fresh and stale: one's people came lately, another's long ago, a third's have gone": World(
        [
            *likes(*[(u, 0) for u in range(1, 9)], time=MIDNIGHT + 9 * DAY),
            *likes(*[(u, 40) for u in range(1, 9)]),
            *likes((1, 41), (2, 41)),
            *likes((1, 41), kind="follow", time=MIDNIGHT + 9 * DAY),
        ],
        definition=changed(
            SHIPPED, freshness=Freshness(half_life_days=0.7, usual_share=0.3, prior_people=5.0)
        ),
    ),
    "beyond the cap is fresh all the same": World(
        _a_day_of_everything(),
        as_of=MIDNIGHT + DAY,
        definition=changed(
            SHIPPED, daily_cap=1, freshness=Freshness(half_life_days=0.05, usual_share=0.5, prior_people=1.0)
        ),
    ),
    "star outwards": World(likes(*[(0, v) for v in range(1, 30)])),
    "chain": World(likes((0, 1), (1, 2), (2, 3), (3, 4))),
    "clique": World(likes(*itertools.permutations(range(5), 2), time=MIDNIGHT + HOUR)),
    "two parts": World(likes((0, 1), (1, 0), (5, 6), (6, 5))),
    "self-loops beside others": World(likes((0, 0), (1, 1), (0, 1), (1, 1))),
    "nothing but self-loops": World(likes((0, 0), (1, 1))),
    "isolates: a source nobody answers": World(likes((7, 8), (9, 8))),
    "parallel edges of every kind": World([Act(1, 2, kind, MIDNIGHT) for kind in KINDS]),
    "pair above the daily cap": World(_a_day_of_everything()),
    "above the cap towards one, below it towards another": World(
        [*_a_day_of_everything(), *likes((1, 3), (1, 4))]
    ),
    "above the cap on equal weight: the latest count": World(likes(*[(1, 2)] * 9)),
    "above the cap at one instant: posts decide": World(
        [Act(1, 2, "like", MIDNIGHT, post) for post in ["p3", None, "p1", "p2", "p10"]]
        + [Act(1, 2, "follow", MIDNIGHT, "p1", reaction) for reaction in ["r2", None, "r1"]]
    ),
    "the day turns at UTC midnight": World(
        [Act(1, 2, "like", MIDNIGHT + offset) for offset in (-3, -2, -1, 0, 1, 2, 3)]
    ),
    "one microsecond before the moment, and at it": World(
        [
            Act(1, 2, "like", MIDNIGHT + 99),
            Act(3, 4, "like", MIDNIGHT + 100),
            Act(5, 6, "like", MIDNIGHT + 101),
        ],
        as_of=MIDNIGHT + 100,
    ),
    "everything after the moment": World(likes((1, 2), (2, 1)), as_of=MIDNIGHT - 1),
    "the cap does not know the rest of the day": World(
        [*likes(*[(1, 2)] * 6), Act(1, 2, "repost", MIDNIGHT + 5 * HOUR, "late")], as_of=MIDNIGHT + 4 * HOUR
    ),
    "two accounts of a person": World(likes((1, 0), (2, 0), (3, 0), (1, 5), (2, 5)), persons={1: 1, 2: 1}),
    "a person's accounts above the cap together": World(
        likes((1, 0), (2, 0), (1, 0), (2, 0), (1, 0)), persons={1: 1, 2: 1}
    ),
    "a person's own accounts do not count": World(
        likes((1, 2), (2, 1), (1, 2), (3, 1), (3, 2)), persons={1: 1, 2: 1}
    ),
    "own accounts leave the day's count alone": World(
        likes((1, 2), (1, 2), (1, 3), (1, 4)), persons={1: 1, 2: 1}
    ),
    "a kind that weighs nothing": World(
        [*likes((1, 2), (1, 3)), *likes((1, 2), (4, 2), (4, 5), kind="follow")],
        definition=changed(SHIPPED, weights={"like": 1.0, "follow": 0.0}),
    ),
    "a kind the definition does not name": World(
        [*likes((1, 2)), *likes((1, 2), (3, 2), kind="repost")],
        definition=changed(SHIPPED, weights={"like": 1.0}),
    ),
    "no selectivity": World(
        likes(*[(0, v) for v in range(1, 9)]), definition=changed(SHIPPED, selectivity=0.0)
    ),
    "mass is attention": World(likes((0, 1), (0, 1), (2, 1)), definition=changed(SHIPPED, exponent=1.0)),
    "cap of one": World(_a_day_of_everything(), definition=changed(SHIPPED, daily_cap=1)),
    "very old": World(likes((1, 2), (3, 2), (3, 4)), as_of=MIDNIGHT + 9000 * DAY),
    "scores above the scale": World(
        likes(*[(u, 0) for u in range(1, 9)], (0, 1)), definition=changed(SHIPPED, points_per_doubling=90.0)
    ),
    "text that looks like SQL": World(
        [Act(1, 2, "like", MIDNIGHT, "'; drop table earned; --", 'a"b')], as_of=MIDNIGHT + 1
    ),
}

WEIGHTS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.0, 1.5, 2.0, 3.0, 0.7])

FRESHNESS = st.builds(
    Freshness,
    half_life_days=st.floats(0.05, 60),
    usual_share=st.floats(0.01, 1),
    prior_people=st.floats(0.1, 100),
)


@st.composite
def definitions(draw):
    """Any definition, reasonable or not."""
    return changed(
        SHIPPED,
        half_life_days=draw(st.floats(0.5, 400)),
        momentum_half_life_days=draw(st.floats(0.5, 60)),
        exponent=draw(st.sampled_from([1 / 3, 0.5, 1.0]) | st.floats(0.05, 1)),
        daily_cap=draw(st.integers(1, 5)),
        selectivity=draw(st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1)),
        selectivity_scale=draw(st.floats(0.5, 50)),
        points_per_doubling=draw(st.sampled_from([5.0, 1.0, 12.5])),
        phi=draw(st.floats(0.1, 5)),
        **draw(
            st.one_of(
                st.just({}),
                st.fixed_dictionaries(
                    {"people_shape": st.floats(0.01, 5), "people_rate": st.floats(1e-3, 5)}
                ),
            )
        ),
        freshness=draw(st.none() | FRESHNESS),
        interval_level=draw(st.floats(0.5, 0.99)),
        weights={**dict.fromkeys(KINDS, 0.0), **{kind: draw(WEIGHTS) for kind in KINDS[:5]}},
    )


@st.composite
def valid_definitions(draw):
    """Any definition that passes the check which guards the promises."""
    return draw(definitions().filter(is_valid))


def is_valid(definition):
    """Whether the definition can be read back from its own text."""
    try:
        parse_definition(definition.to_toml())
    except DefinitionError:
        return False
    return True


def moments(days=4):
    """Times on a few days, often at or around a midnight."""
    near_midnight = st.builds(
        lambda day, offset: MIDNIGHT + day * DAY + offset, st.integers(0, days), st.integers(-2, 2)
    )
    return near_midnight | st.integers(MIDNIGHT, MIDNIGHT + days * DAY)


def acts(actors=6, days=4):
    """One act among few actors, self-loops included."""
    actor = st.integers(0, actors - 1)
    post = st.sampled_from([None, "p1", "p2"])
    return st.builds(Act, actor, actor, st.sampled_from(KINDS[:5]), moments(days), post, post)


def many_acts(actors=6, days=4, most=40, least=0):
    """Different acts, as a store holds them."""
    return st.lists(acts(actors, days), unique=True, max_size=most, min_size=least)


def persons(actors=6):
    """{account: person}: some accounts joined, each to the smallest of its person."""

    def joined(groups):
        smallest = {}
        for actor, group in enumerate(groups):
            smallest.setdefault(group, actor)
        owner = {actor: smallest[group] for actor, group in enumerate(groups)}
        several = {person for actor, person in owner.items() if actor != person}
        return {actor: person for actor, person in owner.items() if person in several}

    return st.lists(st.integers(0, actors * 2), min_size=actors, max_size=actors).map(joined)


@st.composite
def worlds(draw, actors=6, days=4, most=40):
    """Any small world: any definition, any moment in or after its days."""
    return World(
        draw(many_acts(actors, days, most)),
        as_of=draw(moments(days) | st.integers(MIDNIGHT, MIDNIGHT + 300 * DAY)),
        definition=draw(definitions()),
        persons=draw(persons(actors)),
    )


@st.composite
def believed(draw, world):
    """How far a world's people, and some of their ties, are trusted."""
    share = st.sampled_from([0.0, 1.0, 0.5]) | st.floats(0.01, 1)
    people = sorted({person_of(act.source, world.persons) for act in world.acts})
    ties = sorted({(person_of(act.source, world.persons), act.target) for act in world.acts})
    return Believed(
        {person: draw(share) for person in people if draw(st.booleans())},
        {tie: draw(share) for tie in ties if draw(st.booleans())},
    )
