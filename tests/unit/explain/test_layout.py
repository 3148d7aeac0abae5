"""Places of a drawn group: the same every time, within the picture, neighbours near each other."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.explain.layout import force_layout

graphs = st.integers(0, 30).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, max(count - 1, 0)), st.integers(0, max(count - 1, 0))), max_size=60)
        if count
        else st.just([]),
    )
)


@settings(deadline=None)
@given(graphs)
def test_every_graph_has_places_within_the_picture_and_the_same_ones_again(graph):
    count, ties = graph
    places = force_layout(count, ties)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert ((places >= 0) & (places <= 1)).all()
    assert (places == force_layout(count, ties)).all()


def test_two_circles_stand_apart_and_each_together():
    ties = [*itertools.combinations(range(8), 2), *itertools.combinations(range(8, 16), 2)]
    places = force_layout(16, ties)
    apart = np.linalg.norm(places[:8].mean(axis=0) - places[8:].mean(axis=0))
    spread = max(np.linalg.norm(part - part.mean(axis=0), axis=1).max() for part in (places[:8], places[8:]))
    assert apart > spread


def test_no_two_members_hide_each_other():
    places = force_layout(60, list(itertools.combinations(range(60), 2)))
    distances = [
        np.linalg.norm(places[one] - places[other]) for one, other in itertools.combinations(range(60), 2)
    ]
    assert min(distances) > 0.02


@pytest.mark.parametrize("count", [200])
def test_the_largest_group_that_is_drawn_takes_no_time(count, record_property):
    before = time.perf_counter()
    force_layout(count, list(itertools.combinations(range(count), 2)))
    seconds = time.perf_counter() - before
    record_property("measured", f"layout of {count} members: {seconds:.2f} s")
    assert seconds < 20
