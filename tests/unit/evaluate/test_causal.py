"""Causal readings: against a town's truth, where nobody influences anybody, and where too little is known."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest

from renown.errors import ColumnsError, InputError, TooLittleInputError
from renown.evaluate import e_value, evaluate_causal, influence_reading
from renown.simulate import TownRules, build_town
from renown.store import TableStore
from tests.unit.evaluate.worlds import START, Act, random_acts, store_of


def town_store(place, town):
    store = TableStore(str(place))
    store.add_interactions(town.interactions)
    store.add_posts(town.posts)
    return store


@pytest.fixture(scope="module")
def town():
    return build_town(people_count=1_000, seed=12)


@pytest.fixture(scope="module")
def store(town, tmp_path_factory):
    return town_store(tmp_path_factory.mktemp("town") / "store", town)


@pytest.fixture(scope="module")
def evaluation(town, store):
    return evaluate_causal(store, town.interactions, town.interaction_truth, actors=60)


def test_matching_leaves_at_most_a_third_of_the_naive_bias(evaluation, record_property):
    naive, matched, calibrated = (evaluation.bias(reading) for reading in ("naive", "matched", "calibrated"))
    record_property(
        "measured",
        f"bias of causal readings, town of 1,000, {evaluation.actors} actors: naive {naive.bias_share:+.0%},"
        f" matched {matched.bias_share:+.0%}, calibrated {calibrated.bias_share:+.0%}",
    )
    assert naive.bias_low > 0.5, "the town must mislead whoever looks naively"
    assert evaluation.matched_of_naive <= 1 / 3
    assert evaluation.calibrated_of_naive <= 1 / 3
    assert matched.typical_error <= naive.typical_error / 3
    assert calibrated.coverage >= 0.85 > naive.coverage
    assert json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))["actors"] == evaluation.actors


def test_what_an_evaluation_says_of_an_actor_is_what_its_own_reading_says(store, evaluation):
    (row,) = [row for row in evaluation.rows if row.reading == "calibrated"][:1]
    found = influence_reading(store, row.actor_id)
    assert found.best.reading == "calibrated"
    assert (found.best.caused_low, found.best.caused_count, found.best.caused_high) == pytest.approx(
        (row.caused_low, row.caused_count, row.caused_high)
    )


def test_the_figures_of_a_reading_belong_together(town, store):
    found = influence_reading(store, town.cast["expert"])
    for one in found.estimates:
        assert one.anyway_count + one.caused_count == pytest.approx(one.acted_count)
        assert one.caused_low < one.caused_count < one.caused_high
        assert one.acted_count <= one.exposures_count
    best = found.best
    assert found.risk_ratio == pytest.approx(best.acted_count / best.anyway_count)
    assert found.e_value == pytest.approx(e_value(found.risk_ratio))
    assert 1 <= found.e_value_limit <= found.e_value
    matched, calibrated = found.estimate("matched"), found.estimate("calibrated")
    assert calibrated.anyway_count == pytest.approx(found.silence_ratio * matched.anyway_count)
    for bias in found.hidden_bias:
        assert bias.caused_low == pytest.approx(best.acted_count - bias.factor * best.anyway_count)
        assert bias.caused_high == pytest.approx(best.acted_count - best.anyway_count / bias.factor)
    lows = [bias.caused_low for bias in found.hidden_bias]
    assert lows == sorted(lows, reverse=True)
    posts = town.posts.filter(pa.compute.equal(town.posts["author_actor_id"], found.actor_id))
    assert set(found.topics) <= set(posts["hashtags"].combine_chunks().flatten().to_pylist())


def test_where_nobody_moves_anybody_the_intervals_hold_nothing(tmp_path, record_property):
    """No influence in, none out, though followers act far more often than others do."""
    town = build_town(people_count=2_000, seed=4, rules=TownRules(moved_base=0.0, intention_per_day=0.15))
    store = town_store(tmp_path / "store", town)
    ordinary = [row for row in town.truth.to_pylist() if row["role"] in ("neighbour", "expert")]
    ordinary.sort(key=lambda row: -row["anyway_count"])
    found = [influence_reading(store, row["actor_id"]) for row in ordinary[:60]]

    def share_held(place):
        estimates = [one.estimates[place] for one in found]
        return np.mean([one.caused_low <= 0 <= one.caused_high for one in estimates])

    record_property("measured", f"no influence: 95 % intervals holding none, calibrated {share_held(-1):.0%}")
    assert all(one.best.reading == "calibrated" for one in found)
    assert share_held(-1) >= 0.87  # 0.95 less three standard errors of 60 actors
    assert share_held(0) < 0.3


def test_a_town_in_which_nobody_moves_anybody_has_no_bias_to_tell(town, store):
    nothing = pa.table({"cause": ["anyway"] * town.interactions.num_rows})
    with pytest.raises(InputError, match="Nobody in this town moved anybody"):
        evaluate_causal(store, town.interactions, nothing, actors=20)


def test_followers_are_the_audience_where_they_are_known(town, tmp_path):
    store = town_store(tmp_path / "store", town)
    expert = town.cast["expert"]
    by_reactions = influence_reading(store, expert)
    assert by_reactions.audience_from == "reactions"
    follows = town.follows.filter(pa.compute.equal(town.follows["target_actor_id"], expert))
    keyed = {
        f"{end}_actor_key": store.actor_keys(follows[f"{end}_actor_id"].cast("string").combine_chunks())
        for end in ("source", "target")
    }
    known = pa.array(keyed["source_actor_key"] >= 0)
    moments = {name: follows[name] for name in ("first_seen_at", "last_seen_at")}
    table = pa.table({"network": follows["network"].cast("string"), **keyed, **moments})
    store.append("follows", table.filter(known))
    by_follows = influence_reading(store, expert)
    assert by_follows.audience_from == "follows"
    assert by_follows.audience_count > by_reactions.audience_count
    assert "its known followers" in " ".join(by_follows.rests_on)


DAYS = 60


@pytest.fixture(scope="module")
def without_posts():
    """Eighty actors without posts; a10 acts every third day, in answer to nobody in particular."""
    others = [act for act in random_acts(4, count=4000, actors=80, days=float(DAYS)) if act.source != "a10"]
    return [*others, *(Act("a10", "a79", "mention", day + 0.3) for day in range(0, DAYS, 3))]


def test_without_posts_an_actor_is_heard_when_it_acts(without_posts, tmp_path):
    found = influence_reading(store_of(tmp_path / "store", without_posts), "a10")
    assert (found.topics, found.occasions_count) == ((), DAYS // 3)
    assert "its posts are not known" in found.rests_on[0]
    assert found.audience_count + found.compared_count >= 70


def test_accounts_of_one_person_are_one_of_the_audience(without_posts, tmp_path):
    alone = influence_reading(store_of(tmp_path / "alone", without_posts), "a10")
    reactors = sorted({act.source for act in without_posts if act.target == "a10"})
    persons = dict.fromkeys(reactors[:3], "one")
    joined = influence_reading(store_of(tmp_path / "joined", without_posts, persons=persons), "a10")
    assert alone.audience_count - joined.audience_count == 2
    assert joined.compared_count == alone.compared_count


def test_only_what_happened_before_the_moment_counts(without_posts, tmp_path):
    moment = START + timedelta(days=50)
    whole = store_of(tmp_path / "whole", without_posts)
    past = store_of(tmp_path / "past", [act for act in without_posts if act.day < 50])
    then, only = (influence_reading(store, "a10", as_of=moment) for store in (whole, past))
    counts = ("audience_count", "occasions_count", "compared_count", "reacted_count", "matched_share")
    assert [getattr(then, name) for name in counts] == [getattr(only, name) for name in counts]
    assert vars(then.best) == pytest.approx(vars(only.best), abs=1e-9)
    assert influence_reading(whole, "a10").occasions_count > then.occasions_count


@pytest.mark.parametrize(
    ("acts", "message"),
    [
        ([Act("x", "a", "like", 1)], "neither published nor did anything"),
        ([Act("a", "x", "like", 1)], "it has no audience"),
        (
            [Act("a", "x", "like", day) for day in range(20)] + [Act("x", "a", "like", 1)],
            "silent in 0 periods",
        ),
        (
            [Act("a", "x", "like", 18)] + [Act(f"p{n}", "a", "like", n) for n in range(21)],
            "0 people outside of its audience are known; 20 are needed",
        ),
        (
            [Act("a", "x", "like", 18), Act("x", "a", "like", 1)]
            + [Act(f"p{n}", "z", "like", n) for n in range(21)],
            "1 people of its audience had acted before they were exposed; 20 are needed",
        ),
        (
            [Act("a", "x", "like", 18)]
            + [Act(f"p{n}", "a", "like", 1) for n in range(30)]
            + [Act(f"q{n}", "z", "like", 1 + n % 20) for n in range(30)],
            "of 30 exposures 30 found somebody alike, and 200 are needed",
        ),
    ],
)
def test_too_little_is_said_with_what_is_needed(tmp_path, acts, message):
    with pytest.raises(TooLittleInputError, match=message) as caught:
        influence_reading(store_of(tmp_path / "store", acts), "a")
    assert "cannot be read" not in str(caught.value) or "n:a" in str(caught.value)


def test_wrong_questions_are_refused(town, store):
    expert = town.cast["expert"]
    with pytest.raises(InputError, match="one hour or more"):
        influence_reading(store, expert, period_hours=0)
    with pytest.raises(TooLittleInputError, match="nothing with #nonsense"):
        influence_reading(store, expert, topics=["#Nonsense"])
    with pytest.raises(TooLittleInputError, match="Nothing happened in the store before"):
        influence_reading(store, expert, as_of=START - timedelta(days=4000))
    with pytest.raises(ColumnsError, match="lack cause"):
        evaluate_causal(store, town.interactions, town.truth)
    with pytest.raises(InputError, match="its truth speaks of 10"):
        evaluate_causal(store, town.interactions, town.interaction_truth.slice(0, 10))


@pytest.mark.parametrize(("risk", "expected"), [(3.9, 7.2630), (1.8, 3.0), (1 / 3.9, 7.2630), (1.0, 1.0)])
def test_e_values_are_those_published(risk, expected):
    """VanderWeele & Ding (2017): a risk ratio of 3.9 has 7.26, the end of its interval, 1.8, has 3.0."""
    assert e_value(risk) == pytest.approx(expected, abs=1e-4)
