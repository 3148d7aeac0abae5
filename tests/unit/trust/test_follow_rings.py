"""Follow-back rings: found where few follow back, not where everybody does, and never a discount."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

import renown
from renown.trust import TrustRule, compute_trust
from renown.trust.company import mutual_ties
from renown.trust.follow_rings import _binomial_tail, find_follow_rings, follow_back_rate, read_follows
from tests.ties import tie_table, town

RULE = TrustRule()
START = datetime(2026, 1, 1, tzinfo=UTC)


def random_follows(count=5_000, people=500, seed=1):
    """Distinct follows, one in five of them returned."""
    chance = np.random.default_rng(seed)
    pairs = {(int(s), int(t)) for s, t in chance.integers(0, people, (count, 2)) if s != t}
    pairs |= {(t, s) for s, t in sorted(pairs) if chance.random() < 0.2}
    return pairs


def rings(pairs, actors=None):
    follows = tie_table([(s, t, 0) for s, t in pairs], actors)
    return find_follow_rings(follows, tie_table([], follows.actors_count), RULE)


def test_a_planted_ring_is_found_and_nobody_else():
    members = range(20, 40)
    (ring,) = rings(random_follows() | set(itertools.permutations(members, 2)))
    assert ring.members.tolist() == list(members)
    assert ring.statistic == 1.0
    assert ring.chance < 1e-6
    assert {*ring.source.tolist(), *ring.target.tolist()} == set(members)


def test_a_sparse_ring_round_one_account_is_found():
    """A hundred accounts that follow one, and ten others each, all of it returned."""
    pairs = random_follows(people=2_000)
    for k in range(100):
        others = [3_000 + (k + step) % 100 for step in range(1, 11)]
        pairs |= {p for other in (7, *others) for p in ((3_000 + k, other), (other, 3_000 + k))}
    (ring,) = rings(pairs)
    assert ring.members.tolist() == [7, *range(3_000, 3_100)]


def test_random_follows_are_no_ring():
    assert not any(rings(random_follows(seed=seed)) for seed in range(5))


def test_where_everybody_follows_back_there_is_no_ring():
    pairs = random_follows() | set(itertools.permutations(range(20, 40), 2))
    assert rings(pairs | {(t, s) for s, t in pairs}) == []


@pytest.mark.parametrize(
    "pairs",
    [[], [(0, 1)], [(0, 1), (1, 0)], [(k, 0) for k in range(1, 3_000)]],
    ids=["nobody", "one follow", "two people", "a hub"],
)
def test_small_and_lopsided(pairs):
    assert rings(pairs, actors=3_000) == []


def test_a_hub_followed_by_all_who_follow_each_other_little():
    assert rings(random_follows() | {(k, 0) for k in range(1, 500)}) == []


def test_the_rate_is_of_pairs_and_popular_actors_stay_apart():
    pairs = [(0, 1), (1, 0), (2, 3), (4, 5), (6, 7)]
    alone = tie_table([(s, t, 0) for s, t in pairs], 500)
    hub = tie_table([(s, t, 0) for s, t in [*pairs, *((k, 400) for k in range(10, 300))]], 500)
    for table in (alone, hub):
        assert follow_back_rate(table, mutual_ties(table), RULE) == pytest.approx((1 + 1) / (4 + 1))


def test_the_binomial_tail_is_scipys():
    for least, tries, rate in [(0, 5, 0.2), (3, 5, 0.2), (5, 5, 0.2), (40, 100, 0.24), (900, 1000, 0.5)]:
        assert _binomial_tail(least, tries, rate) == pytest.approx(binom.sf(least - 1, tries, rate), rel=1e-9)


def frame(rows, kind):
    return pa.table(
        {
            "network": ["meadow"] * len(rows),
            "source_actor_id": [f"meadow:u{s}" for s, _, _ in rows],
            "target_actor_id": [f"meadow:u{t}" for _, t, _ in rows],
            "kind": [kind] * len(rows),
            "occurred_at": pa.array(
                [START + timedelta(minutes=m) for _, _, m in rows], pa.timestamp("us", tz="UTC")
            ),
        }
    )


@pytest.fixture
def store(tmp_path):
    """A town, without follows."""
    made = renown.open(tmp_path / "store")
    made.import_interactions([frame(town(), "like")])
    return made


def with_ring(store, minute=0):
    pairs = {(s, t) for s, t in random_follows(people=300)} | set(itertools.permutations(range(20, 40), 2))
    store.import_follows([frame([(s, t, minute) for s, t in sorted(pairs)], "follow")])


def test_without_follows_nothing_is_read_of_them(store):
    run = store.trust()
    assert "follows" not in run.input_version
    assert read_follows(store, compute_trust(store).ties, None) is None


def test_a_ring_is_a_finding_and_discounts_nobody(store):
    before = compute_trust(store)
    with_ring(store)
    after = compute_trust(store)
    for one, other in zip(before.factors(), after.factors(), strict=True):
        assert np.array_equal(one, other)
    store.trust()
    (ring,) = [view for view in store.trust_findings() if view.kind == "follow ring"]
    assert set(ring.members) == {f"meadow:u{k}" for k in range(20, 40)}
    assert ring.summary == "20 accounts: 100 % of their pairs follow each other; nothing is discounted for it"
    assert ring.attention == pytest.approx(ring.effective_people)
    assert all({one.source, one.target} <= set(ring.members) for one in ring.examples)
    assert ring.first_at == ring.last_at == START
    assert store.trust_findings(actor="u25")[0].kind == "follow ring"


def test_follows_seen_later_count_only_as_of_now(store):
    with_ring(store, minute=100 * 1440)
    assert [f.kind for f in compute_trust(store).findings] == ["follow ring"]
    assert compute_trust(store, as_of=START + timedelta(days=50)).findings == []


def test_two_accounts_of_a_person_are_one(store):
    """Of twenty accounts that follow each other fourteen are one person: seven people are no ring."""
    with_ring(store)
    twins = [f"meadow:u{k}" for k in range(20, 34)]
    store.add_persons(
        pa.table(
            {
                "person_id": ["p"] * len(twins),
                "actor_id": twins,
                "network": ["meadow"] * len(twins),
                "proof_kind": ["given"] * len(twins),
                "proven_at": pa.array([START] * len(twins), pa.timestamp("us", tz="UTC")),
            }
        )
    )
    assert [f for f in compute_trust(store).findings if f.kind == "follow ring"] == []
