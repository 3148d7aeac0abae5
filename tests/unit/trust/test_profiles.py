"""What profiles add to trust: little where they are ordinary, much where an account says that it is a bot."""

import numpy as np
import pyarrow as pa
import pytest

import renown
from renown.trust import compute_trust
from renown.trust.behaviour import Behaviour
from renown.trust.profiles import judge_profiles, merge_evidence
from tests.ties import town
from tests.unit.trust.test_trust_runs import START, frame


@pytest.fixture
def store(tmp_path):
    made = renown.open(tmp_path / "store")
    made.add_interactions(frame(town()), network="meadow")
    return made


def add_profiles(store, *ids, is_bot=True):
    columns = {
        "actor_id": list(ids),
        "network": ["meadow"] * len(ids),
        "is_declared_bot": [is_bot] * len(ids),
    }
    store.add_actors(pa.table({**columns, "observed_at": pa.array([START] * len(ids))}))


def join(store, *ids):
    proven = pa.array([START] * len(ids), pa.timestamp("us", tz="UTC"))
    columns = {"person_id": ["p"] * len(ids), "actor_id": list(ids), "proof_kind": ["given"] * len(ids)}
    store.add_persons(pa.table({**columns, "proven_at": proven}))


def test_without_profiles_nothing_is_said(store):
    assert judge_profiles(store).actor.size == 0
    add_profiles(store, "meadow:u5", is_bot=False)
    assert judge_profiles(store).actor.size == 0


def test_a_declared_bot_is_trusted_less_and_says_why(store):
    before = store.trust()
    add_profiles(store, "meadow:u5")
    run = store.trust()
    assert run.run_id != before.run_id
    (row,) = store.read_partition("trust_accounts", run.run_id).to_pylist()
    assert row["actor_key"] == store.actor_keys(["meadow:u5"])[0]
    assert row["reasons"] == ["declared_bot"]
    assert 0.5 < row["automated_probability"] < 1
    assert row["trust"] == pytest.approx(2 * (1 - row["automated_probability"]))


def test_a_granted_appeal_gives_the_trust_back(store):
    add_profiles(store, "meadow:u5")
    store.grant_appeal("meadow:u5", reason="a person answered", granted_by="ada")
    assert compute_trust(store).behaviour.actor.size == 0


def test_to_prove_an_account_never_costs_trust(store):
    add_profiles(store, "meadow:u5")
    join(store, "meadow:u5", "meadow:u6")
    assert judge_profiles(store).actor.size == 1
    add_profiles(store, "meadow:u6", is_bot=False)
    assert judge_profiles(store).actor.size == 0


def test_the_more_suspicious_evidence_counts():
    one = Behaviour(np.array([2, 5, 9]), np.array([0.6, 0.9, 0.8]), [["a"], ["b"], ["c"]])
    other = Behaviour(np.array([5, 7]), np.array([0.7, 0.5]), [["d"], ["e"]])
    found = merge_evidence(one, other, np.array([9]))
    assert found.actor.tolist() == [2, 5, 7]
    assert found.probability.tolist() == [0.6, 0.9, 0.5]
    assert found.reasons == [["a"], ["b", "d"], ["e"]]
