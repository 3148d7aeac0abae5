import numpy as np
import pyarrow as pa
import pytest

from renown.evaluate.baselines import build_baselines
from renown.evaluate.records import Split
from renown.evaluate.window import PerActor, open_window, read_window
from tests.unit.evaluate.worlds import Act, counted, day, random_acts, store_of

HALF_LIFE = 1.5


def measured(store, *, cut=6, stop=10, kinds=(), train_from=None):
    split = Split(day(cut), day(stop), None if train_from is None else day(train_from))
    with open_window(store) as engine:
        window = read_window(engine, split, future_kinds=kinds, half_lives=[HALF_LIFE])
    actors = window.ties.received()
    names = [name.removeprefix("n:") for name in store.actor_ids(actors).to_pylist()]
    baselines = build_baselines(window, actors, store.person_keys().of)
    values = {one.name: dict(zip(names, one.values.tolist(), strict=True)) for one in baselines.measures}
    new_people = dict(zip(names, window.ties.new_people(actors).tolist(), strict=True))
    return values, new_people, baselines


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kinds", [(), ("repost", "like")])
@pytest.mark.parametrize("persons", [None, {"a0": "p", "a3": "p", "a17": "p", "a1": "q", "a2": "q"}])
def test_all_baselines_are_what_pencil_and_paper_say(tmp_path, seed, kinds, persons):
    acts = random_acts(seed)
    store = store_of(tmp_path / "store", acts, persons=persons)
    expected = counted(acts, 6, 10, half_life=HALF_LIFE, kinds=kinds, person_of=persons)
    values, new_people, _ = measured(store, kinds=kinds)
    assert set(values) == set(expected.measures)
    for name, of_actor in expected.measures.items():
        assert values[name] == pytest.approx(of_actor, rel=1e-8), name
    assert new_people == {name: expected.new_people[name] for name in new_people}
    assert sum(new_people.values()) > 0


def test_without_posts_there_is_no_h_index(tmp_path):
    acts = [act._replace(post=None) for act in random_acts(1)]
    values, _, baselines = measured(store_of(tmp_path / "store", acts))
    assert "h-index of posts" not in values
    assert {one.measure: one.reason for one in baselines.skipped}["h-index of posts"]


def test_an_earlier_start_of_training_narrows_the_baselines_but_not_who_is_new(tmp_path):
    acts = [
        Act("old", "star", "like", 0.5),
        Act("late", "star", "like", 3),
        Act("old", "star", "like", 7),
        Act("fresh", "star", "like", 7),
        Act("old", "faded", "like", 0.5),
    ]
    values, new_people, _ = measured(store_of(tmp_path / "store", acts), train_from=2)
    assert values["distinct reactors"] == {"star": 1}
    assert new_people == {"star": 1}


def test_followers_come_from_profiles_then_from_ties_and_never_from_later(tmp_path):
    acts = [Act("x", name, "like", 1) for name in ("a", "b")]
    store = store_of(tmp_path / "store", [*acts, Act("y", "a", "like", 7)])
    _, _, before = measured(store)
    assert "known of 0%" in {one.measure: one.reason for one in before.skipped}["followers"]
    stamp = pa.timestamp("us", tz="UTC")
    store.add_actors(
        pa.table(
            {
                "actor_id": ["n:a", "n:a", "n:a"],
                "network": ["n"] * 3,
                "followers_count": [10, 20, 9000],
                "observed_at": pa.array([day(0), day(2), day(8)], stamp),
            }
        )
    )
    keys = store.actor_keys(["n:x", "n:y", "n:a", "n:b"]).tolist()
    seen = {"source_actor_key": [*keys[:2], keys[0]], "target_actor_key": [keys[3], keys[3], keys[2]]}
    times = pa.array([day(1), day(9), day(1)], stamp)
    store.append(
        "follows",
        pa.table({"network": ["n"] * 3, **seen, "first_seen_at": times, "last_seen_at": times}),
    )
    values, _, _ = measured(store)
    assert values["followers"] == {"a": 20, "b": 1}


def test_a_figure_of_unknown_actors_is_nought():
    figures = PerActor(np.array([2, 5]), np.array([7.0, 9.0]))
    assert figures.of(np.array([5, 1, 2, 9])).tolist() == [9, 0, 7, 0]
    assert figures.share_known(np.array([5, 1])) == 0.5
    assert PerActor(np.empty(0, np.int64), np.empty(0)).of(np.array([1])).tolist() == [0]
