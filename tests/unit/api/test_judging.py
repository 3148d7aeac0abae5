"""Judgements in a store: asked, kept, gone on with, fitted, compared, and taken out on request."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import renown
from renown.api import Store
from renown.api.judging import Sitting, next_question
from renown.errors import ActorNotFoundError, InputError, StoreNotFoundError, TooLittleInputError
from renown.store.harvest import Withdrawal

START = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Twelve actors with 1, 2, 3, ... fans; n10 is protected, n11 does not want to be found."""
    found = renown.open(tmp_path / "store")
    acts = [
        (f"fan{fan}", f"n{place:02d}", "mention", START + timedelta(hours=fan))
        for place in range(12)
        for fan in range(place + 1)
    ]
    names = ("source", "target", "kind", "time")
    found.add_interactions(pa.table(dict(zip(names, zip(*acts, strict=True), strict=True))), network="x")
    ids = [f"x:n{place:02d}" for place in range(12)]
    found.add_actors(
        pa.table(
            {
                "actor_id": ids,
                "network": ["x"] * 12,
                "handle": [f"handle{place:02d}" for place in range(12)],
                "display_name": [f"Name {place:02d}" for place in range(12)],
                "followers_count": [10 * place for place in range(12)],
                "listed_count": list(range(12)),
                "is_protected": [place == 10 for place in range(12)],
                "is_discoverable": [None if place != 11 else False for place in range(12)],
                "observed_at": [START] * 12,
            }
        )
    )
    found.add_posts(
        pa.table(
            {
                "post_id": [f"x:p{place}" for place in range(12)],
                "network": ["x"] * 12,
                "author_actor_id": ids,
                "posted_at": [START] * 12,
                "text": [f"I, HANDLE{p:02d} (Name {p:02d}), wrote https://me.example/{p}" for p in range(12)],
            }
        )
    )
    found.score()
    return found


def answer(store: Store, judge: str, count: int) -> None:
    for _ in range(count):
        question = store.judge_next(judge)
        is_a = question.a.actor_id > question.b.actor_id
        store.add_judgement(question, "a" if is_a else "b", seconds=2.5)


def test_a_question_shows_no_score_no_name_and_no_link(store: Store) -> None:
    question = store.judge_next("kim")
    for side in (question.a, question.b):
        assert side.name is None
        assert side.posts == ("I, [name] ([name]), wrote [link]",)
    assert not {"score", "rank", "people"} & set(question.a.__dataclass_fields__)


def test_names_are_shown_on_request(store: Store) -> None:
    question = store.judge_next("kim", is_blind=False)
    assert question.a.name is not None
    assert question.a.name.upper() in question.a.posts[0]


def test_whoever_is_protected_or_does_not_want_to_be_found_is_not_shown(store: Store) -> None:
    answer(store, "kim", 20)
    shown = {side for one in store.judgements() for side in (one.a_actor_id, one.b_actor_id)}
    assert not shown & {"x:n10", "x:n11"}
    assert len(shown) == 10


def test_a_judge_goes_on_where_they_stopped_and_in_the_same_run(store: Store) -> None:
    first = store.judge_next("kim")
    assert store.judge_next("kim") == first
    answer(store, "kim", 3)
    store.add_interactions(
        pa.table({"source": ["z"], "target": ["n00"], "kind": ["like"], "time": [START + timedelta(days=9)]}),
        network="x",
    )
    assert store.score().run_id != first.run_id
    again = renown.open(store.location).judge_next("kim")
    assert (again.question_number, again.run_id) == (4, first.run_id)
    assert renown.open(store.location).judge_next("sam").run_id != first.run_id


def test_topics_are_sittings_of_their_own(store: Store) -> None:
    answer(store, "kim", 2)
    assert store.judge_next("kim", topic="gardens").question_number == 1
    assert store.judgements(topic="gardens") == []


def test_an_answer_is_kept_once(store: Store) -> None:
    question = store.judge_next("kim")
    kept = store.add_judgement(question, "unsure")
    assert store.judgements() == [kept]
    with pytest.raises(InputError, match="answered already"):
        store.add_judgement(question, "a")
    assert len(store.judgements()) == 1


def test_what_is_no_answer_is_refused(store: Store) -> None:
    question = store.judge_next("kim")
    with pytest.raises(InputError, match="no choice"):
        store.add_judgement(question, "both")  # type: ignore[arg-type]
    stranger = replace(question, a=replace(question.a, actor_id="x:nobody"))
    with pytest.raises(ActorNotFoundError):
        store.add_judgement(stranger, "a")
    with pytest.raises(InputError, match="needs a name"):
        store.judge_next(" ")
    assert store.judgements() == []


def test_too_few_actors_and_no_store_are_said(tmp_path: Path, store: Store) -> None:
    with pytest.raises(TooLittleInputError, match="3 actors"):
        next_question(store, Sitting("kim", actors=3))
    with pytest.raises(StoreNotFoundError):
        renown.open(tmp_path / "nothing").judge_next("kim")


def test_strengths_and_scores_agree_where_judges_see_what_the_score_sees(store: Store) -> None:
    answer(store, "kim", 30)
    found = store.judgement_strengths()
    best, worst = found.strengths[0], found.strengths[-1]
    assert best.actor_id > worst.actor_id
    assert found.repeats_count == found.same_again_count == 3
    agreed = store.evaluate_judgements()
    by_name = {one.measure: one for one in agreed.measures}
    assert by_name["score"].auc == by_name["followers_count"].auc == 1.0
    assert by_name["mentions_received"].accuracy == 1.0
    assert agreed.pairs_count == 27


def test_nothing_judged_cannot_be_evaluated(store: Store) -> None:
    for ask in (store.evaluate_judgements, store.judgement_strengths):
        with pytest.raises(TooLittleInputError, match="no judgement"):
            ask()


def test_an_actor_who_leaves_takes_the_judgements_along(store: Store) -> None:
    answer(store, "kim", 10)
    about = [one for one in store.judgements() if "x:n05" in (one.a_actor_id, one.b_actor_id)]
    assert about
    removed = store.withdraw([Withdrawal("actor", "x:n05", "x", reason="asked")])
    assert removed["judgements"] == len(about)
    assert len(store.judgements()) == 10 - len(about)
    for _ in itertools.repeat(None, 12):
        answer(store, "kim", 1)
    assert "x:n05" not in {s for one in store.judgements() for s in (one.a_actor_id, one.b_actor_id)}
