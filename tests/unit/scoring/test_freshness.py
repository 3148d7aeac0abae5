"""Freshness: what it multiplies by, and which definitions may ask for it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.definitions import Freshness, load_definition, parse_definition
from renown.errors import DefinitionError
from renown.scoring.freshness import freshness_of, with_freshness

RULE = Freshness(half_life_days=1.0, usual_share=0.25, prior_people=20.0)
SHIPPED = load_definition()
AMOUNT = st.floats(0, 1e6)


def counted(earned, fresh, rule=RULE):
    """Earned attention times freshness."""
    return float(earned * freshness_of(np.array(earned), np.array(fresh), rule))


def test_who_is_as_fresh_as_usual_is_left_alone_and_nobody_is_judged_by_a_few():
    assert counted(80.0, 20.0) == pytest.approx(80.0)
    assert counted(0.0, 0.0) == 0.0
    assert counted(1.0, 0.0) > 0.95
    assert counted(1000.0, 0.0) == pytest.approx(1000 * 20 / 1020)
    assert counted(1000.0, 1000.0) == pytest.approx(1000 * (20 + 4000) / 1020)


@given(earned=AMOUNT, fresh=st.floats(0, 1), more=AMOUNT, fresher=AMOUNT)
def test_more_or_fresher_attention_never_counts_for_less(earned, fresh, more, fresher):
    here = counted(earned, earned * fresh)
    assert counted(earned + more, earned * fresh) >= here * (1 - 1e-12)
    assert counted(earned, earned * fresh + fresher) >= here * (1 - 1e-12)
    assert here <= earned / RULE.usual_share * (1 + 1e-12)


def test_the_error_is_by_how_much_the_product_answers_to_each_person():
    given, shares = np.array([3.0, 0.5, 40.0]), np.array([1.0, 0.2, 0.0])

    def product(given):
        return counted(given.sum(), (given * shares).sum())

    answers = [
        given[place] * (product(given + step) - product(given - step)) / 2e-6
        for place, step in enumerate(1e-6 * np.eye(3))
    ]
    squares = np.array([[(given**2 * shares**power).sum() for power in range(3)]])
    earned, squared = with_freshness(
        np.array([given.sum()]), squares, np.array([(given * shares).sum()]), RULE
    )
    assert earned[0] == pytest.approx(product(given))
    assert squared[0] == pytest.approx(np.square(answers).sum())


def test_a_definition_with_freshness_is_read_back_and_another_score():
    definition = msgspec.structs.replace(SHIPPED, freshness=RULE)
    assert parse_definition(definition.to_toml()) == definition
    assert "[freshness]" in definition.to_toml()
    assert "freshness" not in SHIPPED.to_toml()
    assert definition.content_hash() != SHIPPED.content_hash()


def test_what_is_published_keeps_its_hash():
    assert SHIPPED.content_hash() == "fa510d7fc45a84e2914a3be7d331aeb78993f0f3e190b7c2e368a8fabf61e569"


@pytest.mark.parametrize(
    ("field", "value"),
    [("half_life_days", 0.0), ("usual_share", 1.5), ("usual_share", 0.0), ("prior_people", -1.0)],
)
def test_a_number_that_makes_no_sense_is_named(field, value):
    freshness = msgspec.structs.replace(RULE, **{field: value})
    with pytest.raises(DefinitionError, match=f"freshness.{field} is {value}"):
        parse_definition(msgspec.structs.replace(SHIPPED, freshness=freshness).to_toml())


def test_a_missing_and_an_unknown_number_are_named():
    text = msgspec.structs.replace(SHIPPED, freshness=RULE).to_toml()
    with pytest.raises(DefinitionError, match="prior_people"):
        parse_definition(text.replace("prior_people = 20.0\n", ""))
    with pytest.raises(DefinitionError, match="memory"):
        parse_definition(text.replace("prior_people = 20.0", "prior_people = 20.0\nmemory = 1"))
