"""A definition changes between two moments: both runs stay, and `changes` says what share is its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log2

import msgspec
import pytest
from typer.testing import CliRunner

import renown
from renown.charts import Changes as ChartedChanges
from renown.charts import Scope, chart_changes
from renown.cli.main import app
from renown.definitions import load_definition
from renown.scoring import contributions
from renown.simulate import build_town
from tests.meadow import make_store

SHIPPED = load_definition()
OTHER = msgspec.structs.replace(
    SHIPPED,
    name="replies-first",
    half_life_days=10.0,
    points_per_doubling=6.0,
    weights={**SHIPPED.weights, "reply": SHIPPED.weights["reply"] * 4},
)
SINCE, UNTIL = datetime(2026, 5, 5, tzinfo=UTC), datetime(2026, 5, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Scored by the shipped definition on 5 May, by another on 20 May."""
    store = make_store(tmp_path_factory.mktemp("changed"))
    store.score(as_of=SINCE)
    store.score(as_of=UNTIL, definition=OTHER)
    return store


def test_runs_under_both_definitions_are_kept_with_what_they_said(store):
    kept = {(run.definition_hash, run.as_of): run for run in store.runs()}
    old, new = kept[SHIPPED.content_hash(), SINCE], kept[OTHER.content_hash(), UNTIL]
    before = {actor.actor_id: actor.score for actor in store.top(10, run_id=old.run_id)}
    after = {actor.actor_id: actor.score for actor in store.top(10, run_id=new.run_id)}
    assert before["meadow:ada"] > 0
    assert after["meadow:ada"] > 0
    changes = store.changes("ada", SINCE)
    assert changes.before.score == pytest.approx(before["meadow:ada"], abs=1e-9)
    assert changes.after.score == pytest.approx(after["meadow:ada"], abs=1e-9)


def test_what_the_runs_were_made_by_is_compared_unless_said(store):
    changes = store.changes("ada", SINCE)
    assert (changes.definition.name_before, changes.definition.name_after) == ("renown-1", "replies-first")
    assert set(changes.definition.by_part) == {"weights", "half-life", "scale"}
    assert sum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-9)
    by_part = changes.definition.by_part
    assert sum(by_part.values()) == pytest.approx(changes.part("definition").points, abs=1e-9)
    assert by_part["weights"] > 0 > by_part["half-life"], "replies count more; what is older, less"
    assert store.changes("ada", SINCE, definition="renown-1").definition is None


def test_the_definitions_share_is_what_it_alone_makes_of_the_first_moment(store):
    """The same as explaining the first moment by both: nothing in between belongs to the definition."""
    changes = store.changes("ada", SINCE)
    earned = [
        store.explain("ada", as_of=SINCE, definition=one).score.earned_attention for one in (SHIPPED, OTHER)
    ]
    expected = 6 * log2(1 + earned[1]) - 5 * log2(1 + earned[0])
    assert changes.part("definition").points == pytest.approx(expected, abs=1e-9)
    assert changes.part("definition").attention_change == pytest.approx(earned[1] - earned[0], abs=1e-9)
    alone = store.changes("ada", SINCE, definition=OTHER)
    for cause in ("new_people", "returning_people", "fading", "trust", "other"):
        assert changes.part(cause).points == pytest.approx(alone.part(cause).points, abs=1e-9)
    assert "another definition gives" in changes.title


def test_both_definitions_can_be_said(store):
    there = store.changes("ada", SINCE, definition=(SHIPPED, OTHER))
    back = store.changes("ada", SINCE, definition=(OTHER, SHIPPED))
    assert there.part("definition").points == pytest.approx(-back.part("definition").points, abs=1e-9)
    renamed = msgspec.structs.replace(SHIPPED, name="by another name")
    same = store.changes("ada", SINCE, definition=(SHIPPED, renamed))
    assert same.part("definition").points == 0
    assert same.score_change == pytest.approx(
        store.changes("ada", SINCE, definition=SHIPPED).score_change, abs=1e-12
    )


def test_where_no_run_is_old_enough_one_definition_speaks(store):
    assert store.changes("ada", "2026-05-02").definition is None


def test_a_card_says_it_too(store):
    view = store.show("ada")
    assert view.run.definition_name == "replies-first"
    assert view.changes.definition is None, "thirty days earlier nothing had been scored"


def test_the_command_prints_both_and_draws_it(store, tmp_path):
    where = ["--store", store.location, "--since", "2026-05-05"]
    said = CliRunner().invoke(app, ["changes", "ada", *where])
    assert said.exit_code == 0, said.output
    assert "another definition" in said.output
    assert "Definition: renown-1 -> replies-first; weights +" in " ".join(said.output.split())
    path = tmp_path / "same.toml"
    path.write_text(OTHER.to_toml(), encoding="utf8")
    alone = CliRunner().invoke(app, ["changes", "ada", *where, "--definition-before", str(path)])
    assert alone.exit_code == 0, alone.output
    assert "Definition:" not in alone.output


def test_the_chart_has_a_row_for_it_only_where_it_moved_anything(store):
    changes = store.changes("ada", SINCE)
    drawn = ChartedChanges(
        handle="ada",
        moment_before=SINCE,
        moment_after=UNTIL,
        score_before=changes.before.score,
        score_after=changes.after.score,
        **{part.cause: part.points for part in changes.parts},
    )
    scope = Scope(networks=("meadow",), window="attention that halves in 30 days")
    assert "another definition" in chart_changes(drawn, scope=scope).description
    without = replace(drawn, definition=0.0, score_after=drawn.score_after - drawn.definition)
    assert "another definition" not in chart_changes(without, scope=scope).description


def test_trust_is_not_the_definitions(tmp_path):
    """At the first moment both definitions take the discounts that were taken then: here none."""
    town = build_town(people_count=1_000, seed=5)
    store = renown.open(tmp_path / "town")
    store.add_interactions(town.interactions)
    since, until = town.plan.start + timedelta(days=60), town.plan.start + timedelta(days=90)
    old = store.score(as_of=since, use_trust=False)
    store.trust()
    new = store.score(as_of=until, definition=OTHER)
    assert (old.trust_run_id, new.trust_run_id is None) == (None, False)
    pod_members = [row["actor_id"] for row in town.truth.to_pylist() if row["role"] == "pod"]
    changes = store.changes(pod_members[0], since)
    assert changes.part("trust").attention_change != 0
    assert changes.before.score == pytest.approx(
        next(
            past.score.score for past in store.score_history(pod_members[0]) if past.run.run_id == old.run_id
        )
    )
    undoubted = contributions(store, store.resolve(pod_members[0]).actor_key, definition=OTHER, as_of=since)
    between = 6 * log2(1 + sum(undoubted["contribution"].to_pylist()))
    assert changes.definition.score_between == pytest.approx(between, abs=1e-9)
    assert sum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-9)
