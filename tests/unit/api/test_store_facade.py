import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

import renown
from renown.api import Store
from renown.errors import (
    ActorNotFoundError,
    InputError,
    MomentError,
    RunNotFoundError,
    StoreNotFoundError,
    TooLittleInputError,
)
from tests.meadow import START, frame


def test_the_top_is_ranked_by_score_and_equal_ones_by_id(store: Store) -> None:
    top = store.top(10)
    assert [actor.actor_id for actor in top] == ["meadow:ada", "meadow:bob", "meadow:cyd", "meadow:eve"]
    assert [actor.handle for actor in top][:2] == ["Ada.Meadow", "bob"]
    assert [actor.score for actor in top] == sorted((actor.score for actor in top), reverse=True)
    assert [actor.people_count for actor in top] == [21, 8, 1, 1]


def test_a_top_of_fewer_is_the_beginning_of_the_whole(store: Store) -> None:
    whole = store.top(100)
    assert [store.top(count) for count in (1, 2, 3)] == [whole[:1], whole[:2], whole[:3]]


def test_equal_scores_at_the_edge_are_cut_by_id(tmp_path: Path) -> None:
    store = renown.open(tmp_path / "store")
    rows = frame().slice(0, 20)
    store.add_interactions(
        rows.set_column(1, "target", [[f"t{n:02d}" for n in range(19, -1, -1)]]), network="m"
    )
    store.score(as_of="2026-06-01")
    found = store.top(20)
    order = [(-actor.score, actor.actor_id) for actor in found]
    assert order == sorted(order)
    assert [actor.actor_id for actor in store.top(7)] == [actor.actor_id for actor in found[:7]]


def test_momentum_is_another_order(store: Store) -> None:
    by_momentum = store.top(4, by="momentum")
    assert [actor.momentum for actor in by_momentum] == sorted(
        (a.momentum for a in by_momentum), reverse=True
    )


def test_a_network_that_nobody_is_on_has_no_top(store: Store) -> None:
    assert store.top(5, network="meadow") == store.top(5)
    assert store.top(5, network="mead") == []


def test_the_score_is_the_formula(store: Store) -> None:
    bob = store.top(2)[1]
    assert bob.score == pytest.approx(5 * math.log2(1 + bob.earned_attention), abs=1e-12)


def test_runs_are_listed_latest_first_and_found_by_the_beginning_of_their_id(store: Store) -> None:
    latest, earlier = store.runs()
    assert latest.finished_at >= earlier.finished_at
    assert store.run() == latest
    assert store.run(earlier.run_id[:6]) == earlier
    with pytest.raises(RunNotFoundError):
        store.run("zz")


def test_the_past_knows_nothing_of_what_came_later(store: Store) -> None:
    earlier = store.runs()[1]
    assert earlier.as_of == datetime(2026, 5, 5, tzinfo=UTC)
    assert {actor.handle for actor in store.top(10, run_id=earlier.run_id)} == {
        "Ada.Meadow",
        "bob",
        store.resolve("eve").handle,
    }


def test_history_goes_from_past_to_present(store: Store) -> None:
    past = store.score_history("@ada.meadow")
    assert [entry.run.as_of for entry in past] == sorted(entry.run.as_of for entry in past)
    assert past[-1].score == store.top(1)[0]


def test_what_explains_a_run_takes_its_moment_and_definition(store: Store) -> None:
    run = store.run()
    explanation = store.explain("ada")
    assert explanation.basis.as_of == run.as_of
    assert explanation.ledger.earned_attention == pytest.approx(store.top(1)[0].earned_attention, rel=1e-12)
    assert explanation.score.run_id == run.run_id


def test_a_moment_that_is_said_holds(store: Store) -> None:
    explanation = store.explain("ada", as_of="2026-05-02")
    assert explanation.basis.as_of == datetime(2026, 5, 2, tzinfo=UTC)
    assert explanation.ledger.people_count == 17


def test_a_view_holds_the_line_of_the_run_and_says_when_it_is_stale(tmp_path: Path) -> None:
    store = renown.open(tmp_path / "store")
    store.add_interactions(frame().slice(0, 30), network="meadow")
    run = store.score(as_of="2026-05-20")
    assert not store.show("ada").is_stale
    store.add_interactions(frame().slice(30), network="meadow")
    view = store.show("ada")
    assert view.run.run_id == run.run_id
    assert view.is_stale
    assert view.to_dict()["score"] == store.top(1)[0].score


def test_somebody_nobody_responded_to_can_be_shown(store: Store) -> None:
    view = store.show("fan00")
    assert view.ranked is None
    assert view.to_dict()["score"] == 0.0
    assert not view.is_stale


def test_changes_end_at_the_latest_run_unless_said(store: Store) -> None:
    changes = store.changes("ada", "2026-05-03")
    assert changes.until == store.run().as_of
    assert sum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-9)
    assert store.changes("ada", "2026-05-03", until="2026-05-04").until == datetime(2026, 5, 4, tzinfo=UTC)


def test_two_are_compared(store: Store) -> None:
    comparison = store.compare("ada", "bob")
    assert comparison.shared_people_count == 8
    with pytest.raises(InputError):
        store.compare("ada", "@ADA")


def test_single_reactions_are_at_the_bottom_of_every_number(store: Store) -> None:
    everything = store.reactions("ada", limit=None)
    assert sum(reaction.contribution for reaction in everything) == pytest.approx(
        store.top(1)[0].earned_attention, abs=1e-9
    )
    assert len(everything) == 30


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    store = renown.open(tmp_path / "nothing")
    for look in (store.top, store.runs, store.score, lambda: store.show("ada"), lambda: store.explain("ada")):
        with pytest.raises(StoreNotFoundError):
            look()
    assert not (tmp_path / "nothing").exists()


def test_a_store_without_a_run_says_how_to_make_one(tmp_path: Path) -> None:
    store = renown.open(tmp_path / "store")
    store.add_interactions(frame(), network="meadow")
    with pytest.raises(RunNotFoundError) as caught:
        store.top()
    assert "renown score" in caught.value.hint
    assert store.explain("ada").ledger.people_count == 21


def test_moments_before_everything_and_nonsense_are_refused(store: Store) -> None:
    with pytest.raises(TooLittleInputError):
        store.score(as_of="2020-01-01")
    with pytest.raises(MomentError):
        store.score(as_of="soon")


def test_a_moment_ahead_only_fades(store: Store) -> None:
    now, later = store.explain("ada"), store.explain("ada", as_of=store.run().as_of.replace(year=2027))
    assert 0 < later.score.score < now.score.score


def test_an_unknown_name_gets_suggestions(store: Store) -> None:
    with pytest.raises(ActorNotFoundError) as caught:
        store.show("ada.meadw")
    assert "meadow:ada" in caught.value.suggestions


def test_a_report_is_written_for_those_named(store: Store, tmp_path: Path) -> None:
    path = store.report(tmp_path / "report.html", actors=["@bob"])
    text = path.read_text(encoding="utf8")
    assert "bob" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    with pytest.raises(TooLittleInputError):
        store.report(tmp_path / "other.html", actors=["fan00"])


def test_a_definition_may_be_a_name_a_file_or_an_object(store: Store, tmp_path: Path) -> None:
    shipped = renown.load_definition()
    own = tmp_path / "own.toml"
    own.write_text(shipped.to_toml(), encoding="utf8")
    shares = [
        store.explain("ada", definition=choice).ledger for choice in ("renown-1", own, str(own), shipped)
    ]
    assert shares == [shares[0]] * 4
    assert START.tzinfo is UTC
