"""Trust runs: written once, read back, taken by the score, opened by explanations, corrected by appeals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import renown
from renown.errors import ActorNotFoundError, InputError, RunNotFoundError, TooLittleInputError
from renown.trust import TrustRule, compute_trust, read_factors, read_trust_run, read_trust_runs
from renown.trust.runs import _first_findings
from tests.ties import DAY, town

START = datetime(2026, 1, 1, tzinfo=UTC)
BUYER = 50


def frame(rows):
    return pa.table(
        {
            "source": [f"u{s}" for s, _, _ in rows],
            "target": [f"u{t}" for _, t, _ in rows],
            "kind": ["like"] * len(rows),
            "time": pa.array(
                [START + timedelta(minutes=m) for _, _, m in rows], pa.timestamp("us", tz="UTC")
            ),
        }
    )


@pytest.fixture
def store(tmp_path):
    """A town in which one actor bought three hundred reactions."""
    made = renown.open(tmp_path / "store")
    bought = [(1000 + k, BUYER, 30 * DAY + k % 50) for k in range(300)]
    made.add_interactions(frame([*town(), *bought]), network="meadow")
    return made


def test_a_run_is_written_once(store):
    first, second = store.trust(), store.trust()
    assert first.is_new
    assert not second.is_new
    assert second.run_id == first.run_id
    assert [run.run_id for run in read_trust_runs(store)] == [first.run_id]
    assert first.counts["doubted_ties"] == 300
    assert read_trust_run(store, first.run_id[:6]).rule_hash == TrustRule().content_hash()


def test_factors_read_back_are_those_computed(store):
    run = store.trust()
    read, made = read_factors(store, run.run_id), compute_trust(store).factors()
    for one, other in zip(read, made, strict=True):
        assert np.array_equal(one, other)


def test_the_score_takes_the_latest_run_unless_told_not_to(store, tmp_path):
    plain = store.score()
    run = store.trust()
    trusting, again, without = store.score(), store.score(), store.score(use_trust=False)
    assert (plain.trust_run_id, trusting.trust_run_id) == (None, run.run_id)
    assert again.run_id == trusting.run_id
    assert without.run_id == plain.run_id

    def score(made):
        return next(r for r in store.top(400, run_id=made.run_id) if r.actor_id == f"meadow:u{BUYER}").score

    honest = renown.open(tmp_path / "honest")
    honest.add_interactions(frame(town()), network="meadow")
    end = plain.as_of
    honest.score(as_of=end)
    undone = next(r for r in honest.top(400) if r.actor_id == f"meadow:u{BUYER}").score
    assert score(plain) - undone > 15
    assert score(trusting) - undone < 0.15 * (score(plain) - undone)
    same = [r.actor_id for r in store.top(400, run_id=trusting.run_id)]
    assert sorted(same) == sorted(r.actor_id for r in store.top(400, run_id=plain.run_id))


def test_explanations_add_up_and_name_the_discount(store):
    store.trust()
    run = store.score()
    explained = store.explain(f"u{BUYER}")
    ranked = next(r for r in store.top(400, run_id=run.run_id) if r.actor_id == f"meadow:u{BUYER}")
    assert explained.ledger.earned_attention == pytest.approx(ranked.earned_attention, rel=1e-9)
    assert explained.score.rank_low == ranked.rank_low
    (discount,) = explained.discounts
    assert discount.accounts_count == 300
    assert discount.effective_people < 0.2 * discount.attention
    assert discount.sentence in explained.sentences
    assert not store.explain("u77").discounts


def test_changes_name_trust_as_a_cause(store):
    store.trust()
    store.score()
    changes = store.changes(f"u{BUYER}", START + timedelta(days=29))
    assert changes.part("new_people").points > 15
    assert changes.part("trust").points < -0.8 * changes.part("new_people").points
    assert sum(part.points for part in changes.parts) == pytest.approx(changes.score_change, abs=1e-9)


def test_findings_have_members_chance_and_examples(store):
    with pytest.raises(RunNotFoundError):
        store.trust_findings()
    store.trust()
    crowd = next(f for f in store.trust_findings() if f.kind == "unvouched crowd")
    assert crowd.members_count == len(crowd.members) == 300
    assert crowd.targets == (f"meadow:u{BUYER}",)
    assert crowd.chance < 1e-6
    assert 0 < len(crowd.examples) <= 12
    assert crowd.examples[0].target == f"meadow:u{BUYER}"
    assert "300 accounts counted as" in crowd.summary
    assert store.trust_findings(actor="u1003") == [crowd]
    assert store.trust_findings(actor="u77") == []
    assert store.trust_findings(limit=0) == []


def test_an_appeal_is_recorded_and_obeyed(store):
    first = store.trust()
    store.grant_appeal(f"u{BUYER}", reason="a television interview", granted_by="ada", scope="audience")
    second = store.trust()
    assert second.run_id != first.run_id
    assert second.counts["doubted_ties"] == 0
    (row,) = store.read("appeals").to_pylist()
    assert (row["actor_id"], row["granted_by"], row["scope"]) == (f"meadow:u{BUYER}", "ada", "audience")
    with pytest.raises(InputError):
        store.grant_appeal(f"u{BUYER}", reason=" ", granted_by="ada")
    with pytest.raises(ActorNotFoundError):
        store.grant_appeal("nobody", reason="x", granted_by="ada")


def test_seeds(store):
    chosen = store.trust(seeds=["u3", "@u4"])
    assert chosen.seeds == ("meadow:u3", "meadow:u4")
    assert chosen.run_id != store.trust().run_id
    assert chosen.iterations_count >= 1
    with pytest.raises(ActorNotFoundError):
        store.trust(seeds=["u3", "nobody"])


def test_a_moment_before_everything(store):
    with pytest.raises(TooLittleInputError):
        store.trust(as_of=START - timedelta(days=1))


def test_one_actor_who_acts_on_itself(tmp_path):
    made = renown.open(tmp_path / "alone")
    made.add_interactions(frame([(1, 1, 0)]), network="meadow")
    with pytest.raises(TooLittleInputError):
        made.trust()


def test_a_later_moment_knows_more(store):
    """What happened after the moment is not looked at."""
    early = compute_trust(store, as_of=START + timedelta(days=29))
    assert early.weighed.doubted.size < 0.01 * early.ties.source.size
    assert early.ties.source.size < compute_trust(store).ties.source.size


def test_accounts_of_one_person_are_one(tmp_path, store):
    """Two accounts of a person reciprocate with nobody but each other: no tie, no circle."""
    proven = pa.array([START] * 2, pa.timestamp("us", tz="UTC"))
    store.add_persons(
        pa.table(
            {
                "person_id": ["p", "p"],
                "actor_id": ["meadow:u1000", "meadow:u1001"],
                "proof_kind": ["given"] * 2,
                "proven_at": proven,
            }
        )
    )
    run = store.trust()
    assert run.counts["doubted_ties"] == 299
    read, made = read_factors(store, run.run_id), store.score()
    assert made.trust_run_id == run.run_id
    assert read.source.size == 299


def test_a_clock_is_trusted_less(tmp_path):
    made = renown.open(tmp_path / "clock")
    clock = [(500, k % 7, 3 * k) for k in range(2_000)]
    made.add_interactions(frame([*town(), *clock]), network="meadow")
    run = made.trust()
    assert run.counts["discounted_accounts"] == 1
    (row,) = made.read_partition("trust_accounts", run.run_id).to_pylist()
    assert row["reasons"] == ["even_gaps", "never_rests"]
    assert row["automated_probability"] > 0.9
    assert row["trust"] < 0.2


@settings(max_examples=50, deadline=None)
@given(
    doubted=st.sets(st.integers(0, 30)),
    findings=st.lists(st.sets(st.integers(0, 30), min_size=1), max_size=5),
)
def test_a_doubted_tie_names_the_first_finding_that_has_it(doubted, findings):
    places = np.array(sorted(doubted), np.int64)
    ties = [SimpleNamespace(ties=np.array(sorted(one), np.int64)) for one in findings]
    found = SimpleNamespace(weighed=SimpleNamespace(doubted=places), findings=ties)
    expected = [next((n for n, one in enumerate(findings) if tie in one), -1) for tie in places]
    assert _first_findings(found).tolist() == expected
