"""Which pairs a judge is shown, and what strengths follow from the answers."""

from __future__ import annotations

import math
from collections import Counter

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.errors import TooLittleInputError
from renown.evaluate.judgement_design import (
    REPEAT_AFTER,
    REPEAT_EVERY,
    Asked,
    next_pair,
    spread_over_scores,
)
from renown.evaluate.judgement_strengths import PRIOR_PRECISION, Judged, fit_strengths

POOLS = st.integers(4, 25).flatmap(
    lambda size: st.lists(st.floats(0, 100), min_size=size, max_size=size)
).map(lambda scores: {f"n:{place}": score for place, score in enumerate(scores)})  # fmt: skip


def sitting(scores, count, seed="kim"):
    asked = []
    for _ in range(count):
        asked.append(next_pair(scores, asked, seed=seed))
    return asked


@settings(max_examples=40, deadline=None)
@given(POOLS, st.integers(1, 90), st.text(max_size=5))
def test_everybody_is_shown_about_equally_often_on_both_sides(scores, count, seed):
    fresh = [one for one in sitting(scores, count, seed) if not one.is_repeat]
    shown = Counter(side for one in fresh for side in (one.a, one.b))
    assert max(shown.values()) - min(shown[actor] for actor in scores) <= 1 + (len(scores) % 2)
    left = Counter(one.a for one in fresh)
    excess = [abs(2 * left[actor] - shown[actor]) for actor in scores]
    assert max(excess) <= (1 if len(scores) % 2 == 0 else 4)
    assert all(one.a != one.b for one in fresh)


@settings(max_examples=40, deadline=None)
@given(POOLS, st.integers(12, 90))
def test_repeats_come_every_tenth_time_swapped_and_not_too_soon(scores, count):
    asked = sitting(scores, count)
    for place, one in enumerate(asked):
        assert one.is_repeat == ((place + 1) % REPEAT_EVERY == 0) or not one.is_repeat
        if one.is_repeat:
            earlier = asked[: place - REPEAT_AFTER]
            assert Asked(one.b, one.a) in earlier
    assert asked[9].is_repeat


@settings(max_examples=25, deadline=None)
@given(POOLS, st.integers(1, 40), st.integers(0, 40))
def test_a_sitting_that_was_broken_off_goes_on_with_the_same_questions(scores, count, stop):
    whole = sitting(scores, count)
    begun = whole[: min(stop, count)]
    while len(begun) < count:
        begun.append(next_pair(scores, begun, seed="kim"))
    assert begun == whole


def test_judges_see_other_pairs_than_each_other():
    scores = {f"n:{place}": float(place) for place in range(20)}
    assert sitting(scores, 10, "kim") != sitting(scores, 10, "sam")


def test_pairs_are_near_and_far_in_score():
    scores = {f"n:{place}": float(place) for place in range(40)}
    gaps = [abs(scores[one.a] - scores[one.b]) for one in sitting(scores, 60) if not one.is_repeat]
    assert sum(gap <= 3 for gap in gaps) >= 15
    assert sum(gap >= 13 for gap in gaps) >= 15


def test_a_sitting_survives_that_an_actor_leaves():
    scores = {f"n:{place}": float(place) for place in range(6)}
    asked = sitting(scores, 8)
    del scores["n:3"]
    for _ in range(20):
        asked.append(next_pair(scores, asked, seed="kim"))
        if not asked[-1].is_repeat:
            assert "n:3" not in (asked[-1].a, asked[-1].b)


def test_three_actors_are_too_few():
    with pytest.raises(TooLittleInputError, match="3 actors"):
        next_pair({"a": 1.0, "b": 2.0, "c": 3.0}, [], seed="")


@given(POOLS, st.integers(2, 30))
def test_the_actors_shown_are_different_ones_and_span_the_scores(scores, count):
    chosen = spread_over_scores(scores, count)
    assert len(chosen) == len(set(chosen)) == min(count, len(scores))
    values = [scores[actor] for actor in chosen]
    assert min(values) == min(scores.values())
    assert max(values) == max(scores.values())


# strengths


def answers(strengths, count, seed=0, judge="kim"):
    draw = np.random.default_rng(seed)
    names = list(strengths)
    found = []
    for _ in range(count):
        a, b = draw.choice(names, 2, replace=False)
        is_a = draw.random() < 1 / (1 + math.exp(strengths[b] - strengths[a]))
        found.append(Judged(judge, str(a), str(b), "a" if is_a else "b"))
    return found


def test_strengths_and_intervals_agree_with_expectation_propagation():
    judged = answers({"a": 1.0, "b": 0.0, "c": -1.0, "d": 0.5}, 400)
    found = {one.actor_id: one for one in fit_strengths(judged).strengths}
    names = sorted(found)
    place = {name: number for number, name in enumerate(names)}
    wins = [(place[o.a], place[o.b]) if o.choice == "a" else (place[o.b], place[o.a]) for o in judged]
    mean, covariance = choix.ep_pairwise(len(names), wins, PRIOR_PRECISION)
    centre = np.eye(len(names)) - 1 / len(names)
    spread = np.sqrt(np.diag(centre @ covariance @ centre))
    assert [found[name].strength for name in names] == pytest.approx(list(mean - mean.mean()), abs=0.03)
    half = [(found[name].strength_high - found[name].strength_low) / 2 for name in names]
    assert half == pytest.approx(list(1.96 * spread), rel=0.05)


def test_intervals_cover_the_truth_as_often_as_they_say():
    draw = np.random.default_rng(8)
    inside = []
    for seed in range(60):
        truth = {f"n:{place}": draw.normal(0, 1.2) for place in range(10)}
        middle = np.mean(list(truth.values()))
        for one in fit_strengths(answers(truth, 150, seed)).strengths:
            inside.append(one.strength_low <= truth[one.actor_id] - middle <= one.strength_high)
    assert 0.92 <= np.mean(inside) <= 0.985


def test_repeats_and_uncertainty_are_counted_but_not_fitted():
    judged = [
        Judged("kim", "a", "b", "a"),
        Judged("kim", "b", "c", "unsure"),
        Judged("kim", "b", "a", "b", is_repeat=True),
        Judged("sam", "c", "d", "a"),
        Judged("sam", "d", "c", "a", is_repeat=True),
    ]
    found = fit_strengths(judged)
    assert (found.judgements_count, found.unsure_count, found.judges_count) == (2, 1, 2)
    assert (found.repeats_count, found.same_again_count) == (2, 1)
    assert found.groups_count == 2
    assert found.left_share == 1.0


def test_one_judgement_says_little_and_that_is_shown():
    found = fit_strengths([Judged("kim", "a", "b", "a")])
    first, second = found.strengths
    assert (first.actor_id, second.actor_id) == ("a", "b")
    assert first.strength_low < 0 < first.strength


def test_contradictions_alone_leave_everybody_even():
    found = fit_strengths([Judged("kim", "a", "b", "a"), Judged("sam", "a", "b", "b")])
    assert [one.strength for one in found.strengths] == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("judged", [[], [Judged("kim", "a", "b", "unsure")]])
def test_nothing_to_fit_is_said(judged):
    with pytest.raises(TooLittleInputError, match="no judgement"):
        fit_strengths(judged)
