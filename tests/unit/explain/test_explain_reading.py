import json
import math
from datetime import UTC, date, datetime, timedelta

import msgspec
import pyarrow as pa
import pytest

from renown.definitions import Freshness, load_definition
from renown.errors import ActorNotFoundError, InputError, MomentError
from renown.explain import (
    Chosen,
    choose_reactions,
    compare_actors,
    explain_actor,
    explain_changes,
    explain_reactions,
)
from renown.scoring import compute_scores, score
from renown.store import TableStore

MAY = datetime(2024, 5, 1, tzinfo=UTC)
JUNE = datetime(2024, 6, 1, tzinfo=UTC)
JULY = datetime(2024, 7, 1, tzinfo=UTC)

# source, target, kind, post, days after the first of May
ACTS = [
    ("fen:ben", "fen:ada", "repost", "fen:p1", 2),
    ("fen:ben", "fen:ada", "like", "fen:p1", 2.1),
    ("fen:ben", "fen:ada", "like", "fen:p2", 2.2),
    ("fen:ben", "fen:ada", "like", "fen:p2", 2.3),
    ("fen:cy", "fen:ada", "reply", "fen:p1", 10),
    ("hill:cy", "fen:ada", "mention", None, 40),
    ("fen:dot", "fen:ada", "like", "fen:p3", 45),
    ("fen:cy", "fen:eve", "like", None, 20),
    ("fen:ben", "fen:eve", "like", None, 50),
    ("fen:ada", "fen:ada", "repost", "fen:p1", 3),
    ("fen:dot", "fen:eve", "like", None, 70),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = TableStore(str(tmp_path_factory.mktemp("store")))
    rows = pa.table(
        {
            "source": [act[0] for act in ACTS],
            "target": [act[1] for act in ACTS],
            "kind": [act[2] for act in ACTS],
            "post_id": pa.array([act[3] for act in ACTS], pa.string()),
            "time": [MAY + timedelta(days=act[4]) for act in ACTS],
        }
    )
    store.add_interactions(rows)
    store.add_actors(
        pa.table(
            {
                "actor_id": ["fen:ada", "fen:ben", "fen:ben"],
                "network": ["fen"] * 3,
                "handle": ["ada.example", "benny", "ben.example"],
                "observed_at": pa.array([MAY, MAY, JUNE], pa.timestamp("us", tz="UTC")),
            }
        )
    )
    store.add_persons(
        pa.table(
            {
                "person_id": ["cy", "cy"],
                "actor_id": ["fen:cy", "hill:cy"],
                "proof_kind": ["given", "given"],
                "proven_at": pa.array([MAY, MAY], pa.timestamp("us", tz="UTC")),
            }
        )
    )
    return store


@pytest.fixture(scope="module")
def definition():
    return load_definition("renown-1")


@pytest.fixture(scope="module")
def with_freshness(definition):
    rule = Freshness(half_life_days=20.0, usual_share=0.1, prior_people=2.0)
    return msgspec.structs.replace(definition, freshness=rule)


@pytest.mark.parametrize("which", ["definition", "with_freshness"])
def test_an_explanation_agrees_with_the_scores_of_everybody(store, which, request):
    definition = request.getfixturevalue(which)
    everybody = compute_scores(store, definition=definition, as_of=JULY)
    place = everybody.actor_key.tolist().index(store.resolve("ada.example").actor_key)
    found = explain_actor(store, "@Ada.Example", definition=definition, as_of=JULY).score

    for name in ("score", "score_low", "score_high", "earned_attention", "momentum"):
        assert getattr(found, name) == pytest.approx(getattr(everybody, name)[place], abs=1e-9), name
    assert found.people_count == everybody.people_count[place]
    assert found.interactions_count == everybody.interactions_count[place]


def test_what_freshness_does_is_said_and_added_up(store, definition, with_freshness):
    plain = explain_actor(store, "fen:ada", definition=definition, as_of=JULY)
    found = explain_actor(store, "fen:ada", definition=with_freshness, as_of=JULY)
    lasting = plain.score.earned_attention

    assert plain.freshness is None
    assert found.score.earned_attention == pytest.approx(found.freshness * lasting)
    assert found.freshness == pytest.approx((2 + fresh_by_hand(plain) / 0.1) / (2 + lasting))
    assert any(line.startswith("People reacted more lately than is usual") for line in found.sentences)
    assert "how lately people reacted" in found.basis.window
    for rows in found.ledger.parts.values():
        total = math.fsum(row.contribution for row in rows)
        assert total == pytest.approx(found.score.earned_attention, abs=1e-9)


def fresh_by_hand(explanation):
    """Attention as far as it is fresh in July, from when each person last reacted to ada."""
    last = {}
    for source, target, _, _, days in ACTS:
        person = {"fen:cy": "cy", "hill:cy": "cy"}.get(source, source)
        if target == "fen:ada" != source:
            last[person] = max(last.get(person, -math.inf), days)
    given = {row.key: row.contribution for row in explanation.ledger.parts["person"]}
    given["cy"] = given.pop("fen:cy")
    age = (JULY - MAY).total_seconds() / 86_400
    return math.fsum(given[person] * 2 ** ((days - age) / 20) for person, days in last.items())


def test_the_ledger_names_people_and_counts_them_once(store, definition):
    ledger = explain_actor(store, "fen:ada", definition=definition, as_of=JULY).ledger

    named = {row.key: (row.label, row.interactions_count) for row in ledger.parts["person"]}
    assert named == {"fen:ben": ("ben.example", 3), "fen:cy": ("cy", 2), "fen:dot": ("dot", 1)}
    assert {row.label: row.people_count for row in ledger.parts["network"]} == {"fen": 3, "hill": 1}
    assert [(entry.reason, entry.interactions_count) for entry in ledger.not_counted] == [("daily cap", 1)]
    for rows in ledger.parts.values():
        assert math.fsum(row.contribution for row in rows) == pytest.approx(ledger.earned_attention, abs=1e-9)


def test_what_the_explanation_rests_on_is_said(store, definition):
    explanation = explain_actor(store, "ada.example", definition=definition)

    assert explanation.actor.to_dict() == {"actor_id": "fen:ada", "handle": "ada.example", "network": "fen"}
    assert explanation.basis.to_dict() == {
        "as_of": "2024-07-10T00:00:00.000001Z",
        "definition_name": "renown-1",
        "definition_hash": definition.content_hash(),
        "networks": ["fen", "hill"],
        "window": "attention that halves in 90 days",
        "interval_level": 0.9,
    }
    assert json.loads(json.dumps(explanation.to_dict()))["ledger"]["people_count"] == 3


def test_ranks_come_from_a_run_that_fits_and_from_no_other(store, definition):
    run = score(store, definition=definition, as_of=JULY)
    fitting = explain_actor(store, "fen:ada", definition=definition, as_of=JULY).score
    other = explain_actor(store, "fen:ada", definition=definition, as_of=JUNE).score

    assert (fitting.run_id, fitting.percentile, fitting.rank_low) == (run.run_id, 100.0, 1)
    assert (other.run_id, other.percentile, other.rank_low, other.rank_high) == (None, None, None, None)


def test_a_run_that_no_longer_fits_the_store_gives_no_rank(tmp_path, definition):
    store = TableStore(str(tmp_path / "store"))
    columns = {"target": ["fen:ada"], "kind": ["like"], "time": [MAY]}
    store.add_interactions(pa.table({"source": ["fen:ben"], **columns}))
    score(store, definition=definition, as_of=JUNE)
    assert explain_actor(store, "fen:ada", definition=definition, as_of=JUNE).score.percentile == 100.0

    store.add_interactions(pa.table({"source": ["fen:cy"], **columns}))

    assert explain_actor(store, "fen:ada", definition=definition, as_of=JUNE).score.percentile is None


def test_changes_name_the_people_behind_each_cause(store, definition):
    changes = explain_changes(store, "fen:ada", since=JUNE, until=JULY, definition=definition)

    assert [row.key for row in changes.part("new_people").rows] == ["fen:dot"]
    assert [(row.key, row.label) for row in changes.part("returning_people").rows] == [("fen:cy", "cy")]
    assert {row.key for row in changes.part("fading").rows} == {"fen:ben", "fen:cy"}
    assert changes.part("other").rows == ()
    assert math.fsum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-9)
    assert changes.title == "One new person and one returning person responded, more than faded"
    assert changes.basis.as_of == JULY


def test_changes_end_at_the_newest_moment_unless_told_otherwise(store, definition):
    changes = explain_changes(store, "fen:eve", since=JUNE, definition=definition)

    assert changes.until == MAY + timedelta(days=70, microseconds=1)


def test_moments_in_the_wrong_order_are_refused(store):
    with pytest.raises(MomentError):
        explain_changes(store, "fen:ada", since=JULY, until=JUNE)


def test_actors_side_by_side(store, definition):
    comparison = compare_actors(store, ["ada.example", "fen:eve"], definition=definition, as_of=JULY)
    pair = comparison.pairs[0]

    assert [entry.actor.actor_id for entry in comparison.actors] == ["fen:ada", "fen:eve"]
    assert (pair.first, pair.second, pair.shared_people_count) == ("fen:ada", "fen:eve", 2)
    assert pair.score_difference == comparison.actors[0].score.score - comparison.actors[1].score.score
    assert pair.second_shared_share == pytest.approx(1.0)
    assert [row.label for row in comparison.actors[1].kinds] == ["like"]
    assert comparison.title == "ada.example and eve are too close to tell apart; two people gave to both"
    assert json.loads(json.dumps(comparison.to_dict()))["basis"]["networks"] == ["fen"]


def test_a_comparison_needs_different_actors(store):
    with pytest.raises(InputError, match="different actors"):
        compare_actors(store, ["fen:ada", "ada.example"])
    with pytest.raises(InputError):
        compare_actors(store, ["fen:ada"])


def test_a_person_opens_to_reactions_of_all_their_accounts(store, definition):
    chosen = choose_reactions(store, person="hill:cy")
    reactions = explain_reactions(store, "fen:ada", chosen, definition=definition, as_of=JULY)

    assert {(reaction.source, reaction.person, reaction.kind) for reaction in reactions} == {
        ("fen:cy", "fen:cy", "reply"),
        ("hill:cy", "fen:cy", "mention"),
    }


def test_a_post_opens_to_its_reactions_those_over_the_cap_too(store):
    reactions = explain_reactions(store, "fen:ada", Chosen(post_id="fen:p2"), as_of=JULY)

    assert [(reaction.label, reaction.is_counted) for reaction in reactions].count(("ben.example", True)) >= 1
    assert len(reactions) == 2
    assert choose_reactions(store, day=date(2024, 5, 3)) == Chosen(day=date(2024, 5, 3))


def test_nobody_has_responded(store):
    explanation = explain_actor(store, "fen:dot", as_of=JULY)

    assert explanation.title == "Nobody has responded yet"
    assert explanation.sentences == ()
    assert (explanation.score.score, explanation.basis.networks) == (0.0, ("fen",))


def test_an_unknown_name_is_refused(store):
    with pytest.raises(ActorNotFoundError):
        explain_actor(store, "nobody-at-all")
