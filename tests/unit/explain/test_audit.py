"""An audit: shares with honest intervals, sources, bursts, groups, and no word more than is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from renown.errors import ActorNotFoundError, InputError, TooLittleInputError
from renown.explain import AuditTerms, NamedGroup, TrustEvidence, audit_actor
from renown.explain.audit import (
    STANDINGS,
    Seen,
    build_days,
    build_shares,
    share_interval,
    standing_of,
)
from renown.kernels.attention import full_trust
from renown.store import TableStore

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAYS = 120


def day(number):
    return START + timedelta(days=number)


def make_store(folder, *, follows=()):
    """Ada has three regulars who react to others too, forty who came once, and one who fell silent."""
    rows = [("early", "ada", "like", day(0)), ("early", "bob", "like", day(1))]
    for name in ("ben", "cat", "dan"):
        rows += [
            (name, "bob", "like", day(2)),
            (name, "ada", "repost", day(10)),
            (name, "ada", "like", day(DAYS - 3)),
        ]
    rows += [(f"crowd{n}", "ada", "like", day(60)) for n in range(40)]
    rows += [("ada", "ada", "like", day(3)), ("bob", "cat", "like", day(DAYS))]
    source, target, kind, time = zip(*rows, strict=True)
    store = TableStore(str(folder / "store"))
    store.add_interactions(
        pa.table(
            {
                "source": source,
                "target": target,
                "kind": kind,
                "time": pa.array(time, pa.timestamp("us", tz="UTC")),
            }
        ),
        network="meadow",
    )
    if follows:
        keys = store.actor_keys([f"meadow:{name}" for name in follows])
        seen = pa.array([START] * len(keys), pa.timestamp("us", tz="UTC"))
        columns = {
            "network": ["meadow"] * len(keys),
            "source_actor_key": pa.array(keys),
            "target_actor_key": pa.array(np.full(len(keys), store.resolve("ada").actor_key)),
            "first_seen_at": seen,
            "last_seen_at": seen,
        }
        store.append("follows", pa.table(columns))
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_store(tmp_path_factory.mktemp("audit"))


def share(audit, standing):
    return next(row for row in audit.shares if row.standing == standing)


@given(st.integers(0, 300), st.integers(1, 300))
def test_intervals_are_wilsons_where_the_audience_is_endless(count, sample):
    count = min(count, sample)
    witness = binomtest(count, sample).proportion_ci(0.95, "wilson")
    found = share_interval(count, sample, 10**12)
    assert found == pytest.approx((witness.low, witness.high), abs=1e-6)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 500))
def test_intervals_hold_the_share_and_narrow_as_the_sample_becomes_everybody(count, sample, others):
    count = min(count, sample)
    low, high = share_interval(count, sample, sample + others)
    assert low <= count / sample + 1e-12
    assert high >= count / sample - 1e-12
    wider = share_interval(count, sample, sample + others + 50)
    assert high - low <= wider[1] - wider[0] + 1e-12


def test_intervals_cover_what_they_claim(record_property):
    chance = np.random.default_rng(7)
    population = np.zeros(1_000, bool)
    population[:130] = True
    hits = 0
    for _ in range(2_000):
        low, high = share_interval(int(chance.choice(population, 200, replace=False).sum()), 200, 1_000)
        hits += low <= 0.13 <= high
    record_property("measured", f"Wilson with finite population: covers {hits / 20:.1f} of 100 (claims 95)")
    assert 0.93 <= hits / 2_000 <= 0.975


def test_shares_add_up_and_every_standing_is_named():
    rows = build_shares(["genuine", "genuine", "inactive", "doubted"], 100)
    assert [row.standing for row in rows] == list(STANDINGS)
    assert sum(row.share for row in rows) == 1
    assert {row.standing: row.count for row in rows}["automated"] == 0


@pytest.mark.parametrize(
    ("seen", "standing"),
    [
        (Seen(0.9, 2, is_active=False, acts_elsewhere=False), "automated"),
        (Seen(0.9, 0, is_active=True, acts_elsewhere=True), "genuine"),
        (Seen(0.1, 2, is_active=False, acts_elsewhere=True), "inactive"),
        (Seen(0.1, 2, is_active=None, acts_elsewhere=True), "genuine"),
        (Seen(0.1, 2, is_active=True, acts_elsewhere=False), "unknown"),
        (Seen(0.1, 2, is_active=True, acts_elsewhere=True, counted_share=0.1), "doubted"),
        (Seen(0.1, 2, is_active=False, acts_elsewhere=False, counted_share=0.1), "doubted"),
    ],
)
def test_standings(seen, standing):
    assert standing_of(seen) == standing


def test_an_audit_of_everybody_counts_as_one_would_by_hand(store):
    audit = audit_actor(store, "ada")
    assert (audit.audience, audit.audience_count, audit.sample_count) == ("reactors", 44, 44)
    # ben, cat and dan act elsewhere and lately; the crowd acted within 90 days, but nowhere else
    assert share(audit, "genuine").count == 3
    assert share(audit, "unknown").count == 40
    assert share(audit, "inactive").count == 1
    assert all(row.low == row.share == row.high for row in audit.shares)
    company = {part.key: part for part in audit.sources if part.part == "company"}
    assert (
        company["alone"].people_count,
        company["seasoned"].people_count,
        company["later"].people_count,
    ) == (40, 3, 1)
    assert company["seasoned"].interactions_count == 6
    assert sum(part.people_count for part in audit.sources if part.part == "network") == 44
    assert audit.first_time_share == 0
    assert "too little known" in audit.title
    assert "44 reactors" in audit.sentences[0]
    assert any("`renown trust` has not been run" in one for one in audit.sentences)


def test_the_burst_is_found_on_its_day_and_only_there(store):
    audit = audit_actor(store, "ada")
    (burst,) = [one for one in audit.days if one.is_burst]
    assert (str(burst.day), burst.count, burst.alone_count, burst.expected) == ("2026-03-02", 40, 40, 0)
    assert sum(one.count for one in audit.days) == 44
    assert str(audit.days[-1].day) == "2026-05-01"


def test_a_sample_is_of_the_size_asked_for_and_the_same_for_a_seed(store):
    audit = audit_actor(store, "ada", AuditTerms(sample=20, seed=3))
    assert audit.sample_count == sum(row.count for row in audit.shares) == 20
    assert audit.audience_count == 44
    unknown = share(audit, "unknown")
    assert unknown.low < 40 / 44 < unknown.high
    assert audit == audit_actor(store, "ada", AuditTerms(sample=20, seed=3))


def test_only_what_happened_before_the_moment_counts(store):
    audit = audit_actor(store, "ada", AuditTerms(as_of=day(50)))
    assert audit.audience_count == 4
    assert not any(one.is_burst for one in audit.days)
    assert share(audit, "inactive").count == 0
    assert any("cannot be told" in one for one in audit.sentences)


def test_followers_come_before_reactors_where_any_are_known(tmp_path):
    store = make_store(tmp_path, follows=("ben", "crowd1", "bob"))
    audit = audit_actor(store, "ada")
    assert (audit.audience, audit.audience_count) == ("followers", 3)
    assert share(audit, "genuine").count == 2
    assert "followers" in audit.title


def test_what_trust_doubts_is_doubted_and_named_as_a_group(store):
    keys = np.sort(store.actor_keys([f"meadow:crowd{n}" for n in range(40)]))
    ada = store.resolve("ada").actor_key
    factors = full_trust()._replace(source=keys, target=np.full(40, ada), independence=np.full(40, 0.05))
    group = NamedGroup("lockstep", "40 accounts counted as 2.0 people: same target", keys, 1e-9)
    audit = audit_actor(store, "ada", AuditTerms(trust=TrustEvidence(factors, [group])))
    assert share(audit, "doubted").count == 40
    assert audit.title == "91 of 100 reactors came in crowds or groups that are doubted"
    (ring,) = audit.rings
    assert (ring.members_count, len(ring.members), ring.chance) == (40, 41, 1e-9)
    assert [member.is_actor for member in ring.members].index(True) == 0
    assert ring.ties == tuple((number, 0) for number in range(1, 41))
    assert {one.counted_share for one in audit.accounts} == {0.05}
    assert any("40 accounts counted as 2.0 people" in one for one in audit.sentences)


@pytest.mark.parametrize(("is_named", "doubted"), [(False, 0), (True, 44)])
def test_of_a_small_audience_in_which_nobody_counts_wholly_none_is_doubted_for_it(store, is_named, doubted):
    """All count for a tenth, the most that anybody does; a finding that names them is another thing."""
    ada = store.resolve("ada").actor_key
    keys = np.arange(store.actor_count())
    factors = full_trust()._replace(
        source=keys, target=np.full(keys.size, ada), independence=np.full(keys.size, 0.1)
    )
    groups = [NamedGroup("unvouched crowd", "a crowd", keys, 1e-9)] if is_named else []
    audit = audit_actor(store, "ada", AuditTerms(trust=TrustEvidence(factors, groups)))
    assert share(audit, "doubted").count == doubted


def test_nobody_is_called_fake(store):
    audit = audit_actor(store, "ada")
    text = str(audit.to_dict()).lower()
    assert not [word for word in ("fake", "fraud", "cheat", "bot ") if word in text]


def test_an_audience_of_nobody_and_names_of_nobody_are_errors(store):
    with pytest.raises(TooLittleInputError, match="Nobody is known to follow crowd1"):
        audit_actor(store, "crowd1")
    with pytest.raises(ActorNotFoundError):
        audit_actor(store, "zoe")
    with pytest.raises(InputError, match="A sample of 0"):
        audit_actor(store, "ada", AuditTerms(sample=0))


def test_a_steady_stream_has_no_burst_and_a_jump_in_it_has():
    chance = np.random.default_rng(1)
    counts = chance.poisson(20, 100)
    first = np.repeat(np.arange(100), counts)
    alone = np.zeros(first.size, bool)
    assert not any(one.is_burst for one in build_days(first, alone, (0, 99)))
    jump = np.concatenate([first, np.full(80, 50)])
    bursts = [one for one in build_days(jump, np.zeros(jump.size, bool), (0, 99)) if one.is_burst]
    assert [one.count for one in bursts] == [counts[50] + 80]


def test_the_first_days_of_a_store_are_no_bursts_since_everybody_is_new():
    first = np.concatenate([np.zeros(500, np.int64), np.arange(100)])
    assert not any(one.is_burst for one in build_days(first, np.zeros(first.size, bool), (0, 99)))


def test_a_single_day_tells_nothing_and_no_reactor_no_day():
    days = build_days(np.array([7, 7, 7, 7, 7, 7]), np.zeros(6, bool), (7, 7))
    assert [(one.count, one.is_burst) for one in days] == [(6, False)]
    assert build_days(np.empty(0, np.int64), np.empty(0, bool), (0, 9)) == ()
