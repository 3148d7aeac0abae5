"""The laboratory: it leaves the store alone, measures what it says, and gives the same report for a seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from renown.api.attack_words import method_sentences
from renown.errors import InputError, MappingError, SourceFileError, TooLittleInputError
from renown.evaluate.attacks import Assessment, LabTerms, load_prices, run_attacks
from renown.evaluate.attacks.injecting import Injected, inject
from renown.evaluate.attacks.measuring import is_found
from renown.evaluate.attacks.prices import cost_of, cost_per_point
from renown.kernels.attention import full_trust
from renown.simulate import build_town
from renown.simulate.attack_catalogue import attack_catalogue
from renown.simulate.attacks import Acts, Cast
from renown.store import TableStore
from renown.types import KINDS
from tests.unit.evaluate.worlds import random_acts, store_of

SOME = ("fresh-1-hour", "fresh-100-days", "fresh-1000-days-unknown", "pod-20", "topic-pod-20", "chat-pair")


@pytest.fixture(scope="module")
def town():
    return build_town(people_count=1_000, seed=5, days=40)


@pytest.fixture(scope="module")
def store(town, tmp_path_factory):
    store = TableStore(str(tmp_path_factory.mktemp("town") / "store"))
    store.import_interactions([town.interactions])
    store.add_actors(town.actors)
    store.add_persons(town.persons)
    return store


@pytest.fixture(scope="module")
def undefended(store):
    return run_attacks(store, LabTerms(attacks=SOME))


class KnowsEverything:
    """A defence that was told how many actors there were before: everybody after that counts for nothing."""

    name = "an oracle"

    def __init__(self, actors: int) -> None:
        self.actors = actors
        self.asked = []

    def assess(self, store, as_of):
        self.asked.append(as_of)
        trust = np.ones(store.actor_count())
        trust[self.actors :] = 0.0
        new = np.arange(self.actors, store.actor_count())
        return Assessment(full_trust()._replace(trust=trust), new, np.zeros(new.size, np.int64))


class TrustsNobody:
    """A defence that halves and more whatever anybody gives."""

    name = "a wall"

    def assess(self, store, as_of):
        return Assessment(full_trust()._replace(trust=np.full(store.actor_count(), 0.4)))


def files(store):
    return {path: path.read_bytes() for path in Path(store.location).rglob("*") if path.is_file()}


def test_the_store_is_only_read_and_a_seed_gives_one_report(store, undefended, tmp_path):
    before = files(store)
    again = run_attacks(store, LabTerms(attacks=SOME, folder=tmp_path))
    assert files(store) == before
    assert again.as_dict() == undefended.as_dict()
    assert list(tmp_path.iterdir()) == [], "copies are removed"
    other = run_attacks(store, LabTerms(attacks=SOME, seed=2))
    assert other.as_dict() != undefended.as_dict()


def test_every_attack_is_reported_in_the_order_of_the_catalogue(store):
    report = run_attacks(store)
    reported = [row.name for row in report.attacks]
    left_out = [one.name for one in report.left_out]
    assert reported == [plan.name for plan in attack_catalogue() if plan.name not in left_out]
    assert set(reported) | set(left_out) == {plan.name for plan in attack_catalogue()}
    assert report.genuine is None
    assert report.defence is None
    assert all(row.kept_points is None and row.hours_to_discount is None for row in report.attacks)
    assert all(row.gained_points > 0 for row in report.attacks)


def test_a_gain_is_what_the_formula_says_of_an_actor_nobody_knew(undefended):
    """Accounts that act once each, on one day, on somebody without attention: E is a sum of single acts."""
    row = next(row for row in undefended.attacks if row.name == "fresh-1000-days-unknown")
    assert row.score_before == 0
    effective = 2 ** (row.gained_points / 5) - 1
    # 1,000 people who reacted within the last week: each weighs 1 to 2^(1/3), and has faded by 7/90 of half
    assert 1_000 * 2 ** (-7 / 90) <= effective <= 1_000 * 2 ** (1 / 3)
    assert row.cost_per_point == pytest.approx(row.cost / row.gained_points)


def test_a_defence_that_knows_everything_leaves_nothing_and_takes_nothing(store, undefended):
    defence = KnowsEverything(store.actor_count())
    report = run_attacks(store, LabTerms(attacks=SOME, defence=defence, looks_hours=(2.0, 30.0)))
    for row, plain in zip(report.attacks, undefended.attacks, strict=True):
        assert row.gained_points == plain.gained_points
        if row.members_count:
            assert row.kept_share == pytest.approx(1)
            assert row.hours_to_discount is None
            assert row.cost_per_kept_point == pytest.approx(row.cost_per_point)
        else:
            # pods of the same round give more that day, so what they give to others weighs a trifle less
            assert row.kept_points == pytest.approx(0, abs=0.01)
            assert row.cost_per_kept_point is None
            assert row.hours_to_finding == (None if row.accounts_count == 1 else row.hours_to_discount)
            assert 0 < row.hours_to_discount < 31
    assert report.genuine.worst_points == report.genuine.p99_points == 0
    assert report.genuine.receivers_discounted_count == report.genuine.givers_discounted_count == 0
    assert max(defence.asked) == report.battlefield.as_of


def test_a_defence_that_trusts_nobody_is_seen_to_hurt_everybody(store):
    report = run_attacks(store, LabTerms(attacks=("fresh-1-hour",), defence=TrustsNobody()))
    genuine = report.genuine
    # 0.4 of the attention: -5 log2(0.4) = 6.6 points, less where there is little to lose
    assert 3 < genuine.median_points < genuine.worst_points < 6.61
    assert genuine.receivers_discounted_share == genuine.givers_discounted_share == 1


def test_who_is_known_not_to_be_genuine_is_no_loss(store, town):
    ids = town.truth["actor_id"].to_pylist()
    report = run_attacks(
        store, LabTerms(attacks=("fresh-1-hour",), defence=TrustsNobody(), not_genuine=ids[: len(ids) // 2])
    )
    everybody = run_attacks(store, LabTerms(attacks=("fresh-1-hour",), defence=TrustsNobody()))
    assert report.genuine.receivers_count < everybody.genuine.receivers_count
    assert report.genuine.givers_count < everybody.genuine.givers_count


def test_attackers_get_profiles_where_there_are_any_and_only_fresh_ones_look_young(store, tmp_path):
    from renown.evaluate.attacks.background import Casting, read_field
    from renown.scoring import compute_scores
    from renown.simulate.attacks import build_attack
    from renown.store.copying import copy_store

    definition = compute_scores(store).definition
    field = read_field(store, compute_scores(store), definition)
    plans = [plan for plan in attack_catalogue() if plan.name in ("fresh-100-days", "aged-100")]
    casting = Casting(field, np.random.default_rng(1))
    casts = [casting.cast(plan) for plan in plans]
    attacks = [
        (plan, cast, build_attack(plan, cast, field.background, seed=1))
        for plan, cast in zip(plans, casts, strict=True)
    ]
    copy = copy_store(store, tmp_path / "copy")
    injected = {one.plan.family: one for one in inject(copy, field, attacks)}
    assert copy.actor_count() == store.actor_count() + 200
    profiles = {row["actor_id"]: row for row in copy.read("actors").to_pylist()}
    begin = injected["fresh"].begin / 1e6
    ages = {
        family: [
            (begin - profiles[name]["created_at"].timestamp()) / 86_400
            for name in copy.actor_ids(one.accomplices).to_pylist()
        ]
        for family, one in injected.items()
    }
    assert max(ages["fresh"]) <= 20
    assert min(ages["fresh"]) >= 0
    assert np.median(ages["aged"]) > 60
    rows = copy.read("interactions").num_rows - store.read("interactions").num_rows
    assert rows == sum(acts.source.size for _, _, acts in attacks)


def test_a_ring_of_follows_stands_among_the_follows_where_there_are_any(town, store, tmp_path):
    from renown.evaluate.attacks.background import Casting, read_field
    from renown.scoring import compute_scores
    from renown.simulate.attacks import build_attack
    from renown.store.copying import copy_store
    from renown.trust import compute_trust

    field = read_field(store, compute_scores(store), compute_scores(store).definition)
    (plan,) = (plan for plan in attack_catalogue() if plan.family == "follow-ring")
    cast = Casting(field, np.random.default_rng(1)).cast(plan)
    attack = (plan, cast, build_attack(plan, cast, field.background, seed=1))
    without = copy_store(store, tmp_path / "without")
    inject(without, field, [attack])
    assert without.read("follows").num_rows == 0
    known = copy_store(store, tmp_path / "known")
    seen = town.follows["first_seen_at"]
    follows = town.follows.append_column("occurred_at", seen)
    known.import_follows([follows.append_column("kind", pa.repeat("follow", len(follows)))])
    injected = inject(known, field, [attack])[0]
    rings = [one for one in compute_trust(known).findings if one.kind == "follow ring"]
    assert any(set(injected.accomplices.tolist()) <= set(one.members.tolist()) for one in rings)


def test_large_attacks_are_alone_and_small_ones_share_a_copy(store):
    small = run_attacks(store, LabTerms(attacks=("fresh-1-hour", "fresh-1-days"), most_targets=4))
    large = run_attacks(store, LabTerms(attacks=("fresh-1000-hour", "fresh-1000-days"), most_targets=4))
    assert (small.rounds_count, large.rounds_count) == (1, 2)
    assert [row.targets_count for row in small.attacks] == [4, 4]
    assert [row.targets_count for row in large.attacks] == [1, 1]


def test_what_the_background_cannot_bear_is_left_out_with_a_reason(tmp_path):
    store = store_of(tmp_path / "small", random_acts(1))
    report = run_attacks(store, LabTerms(attacks=("pod", "fresh-10-hour")))
    assert [one.name for one in report.left_out] == ["pod-20", "pod-50", "pod-200"]
    assert "too few" in report.left_out[0].reason
    assert [row.name for row in report.attacks] == ["fresh-10-hour"]


def test_too_little_to_attack_and_unknown_attacks_are_errors(tmp_path):
    tiny = store_of(tmp_path / "tiny", random_acts(1, count=30, actors=8))
    with pytest.raises(TooLittleInputError, match="20 are needed"):
        run_attacks(tiny)
    with pytest.raises(InputError, match="no attack nonsense") as caught:
        run_attacks(tiny, LabTerms(attacks=("nonsense",)))
    assert "fresh-1-hour" in caught.value.hint


def test_costs_are_accounts_and_acts_at_their_prices():
    prices = load_prices()
    plan = next(plan for plan in attack_catalogue() if plan.name == "fresh-10-hour")
    nobody, some = np.empty(0, np.int64), -1 - np.arange(10)
    kinds = np.array([KINDS.index("like")] * 7 + [KINDS.index("reply")] * 3)
    acts = Acts(some, np.zeros(10, np.int64), kinds, np.zeros(10, np.int64))
    fresh = cost_of(plan, Cast(target=0, accounts=some, members=nobody), acts, prices)
    assert fresh == pytest.approx(10 * 0.05 + 7 * 0.005 + 3 * 0.03)
    aged = cost_of(replace(plan, family="aged"), Cast(target=0, accounts=some, members=nobody), acts, prices)
    assert aged - fresh == pytest.approx(10 * 0.45)
    pod = cost_of(plan, Cast(target=0, accounts=nobody, members=np.arange(10)), acts, prices)
    assert pod == pytest.approx(10 * 0.014)
    assert cost_per_point(1.0, 0.04) is None
    assert cost_per_point(1.0, None) is None
    assert cost_per_point(1.0, 0.5) == 2.0


SHIPPED = (
    Path(__file__).parents[3] / "src" / "renown" / "evaluate" / "attacks" / "shipped" / "prices.toml"
).read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency = ", "Invalid value"),
        ("currency = 'EUR'\nsource = 'x'", "account"),
        (SHIPPED.replace("aged = 0.50", ""), "lacks aged"),
        (SHIPPED.replace("quote = 0.03", "quoth = 0.03"), "lacks quote"),
        (SHIPPED + "\nbite = 1.0", "does not know bite"),
        (SHIPPED.replace("quote = 0.03", "quote = -1"), "below 0"),
    ],
)
def test_prices_that_are_none_are_refused_with_what_is_needed(text, said, tmp_path):
    (tmp_path / "prices.toml").write_text(text, encoding="utf8")
    with pytest.raises(MappingError, match=said) as caught:
        load_prices(tmp_path / "prices.toml")
    assert "every kind and member" in caught.value.hint
    with pytest.raises(SourceFileError):
        load_prices(tmp_path / "nothing.toml")


def test_prices_of_ones_own_change_the_costs_and_nothing_else(store, undefended, tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(SHIPPED.replace("fresh = 0.05", "fresh = 5").replace("EUR", "USD", 1), encoding="utf8")
    report = run_attacks(store, LabTerms(attacks=SOME, prices=load_prices(path)))
    for row, plain in zip(report.attacks, undefended.attacks, strict=True):
        assert row.gained_points == plain.gained_points
        assert row.cost - plain.cost == pytest.approx(row.accounts_count * 4.95)


@pytest.mark.parametrize(
    ("named", "is_found_then"),
    [
        ([[-1]], False),
        ([[100, 101]], True),
        ([[100, 101, 1, 2]], True),
        ([[100, 101, 1, 2, 3]], False),
        ([[1, 2, 3], [100, 101, 102, 103, 104, *range(40)]], True),
        ([[100, 1, 2], [101, 1, 2]], False),
    ],
)
def test_a_finding_is_about_an_attack_if_half_of_either_is_the_other(named, is_found_then):
    """Ten accomplices, 100 to 109, who have all acted."""
    accomplices = np.arange(100, 110)
    acts = Acts(accomplices, np.zeros(10, np.int64), np.zeros(10, np.int64), np.arange(10))
    plan = next(plan for plan in attack_catalogue() if plan.name == "fresh-10-hour")
    cast = Cast(target=0, accounts=accomplices, members=np.empty(0, np.int64))
    injected = Injected(
        plan=plan, cast=cast, acts=acts, beneficiaries=np.zeros(1, np.int64), accomplices=accomplices
    )
    member = np.concatenate([np.array(one, np.int64) for one in named])
    finding = np.repeat(np.arange(len(named)), [len(one) for one in named])
    assert is_found(injected, Assessment(full_trust(), member, finding), 99) == is_found_then
    assert not is_found(injected, Assessment(full_trust(), member, finding), 0)
    assert not is_found(injected, Assessment(full_trust()), 99)


def test_ordinary_targets_are_where_they_are_asked_for(store):
    seen = []
    for percentile in (20.0, 50.0, 90.0):
        terms = LabTerms(attacks=["fresh-10-hour", "fresh-1000-days-top"], percentile=percentile)
        report = run_attacks(store, terms)
        assert report.percentile == percentile
        ordinary, top = report.attacks
        seen.append(ordinary.score_before)
        assert top.score_before > ordinary.score_before
    assert seen == sorted(seen)
    assert seen[2] > seen[0] + 5
    said = " ".join(method_sentences(report))
    assert "Ordinary targets are those around 90 of 100 scores" in said


def test_a_percentile_that_is_none(store):
    with pytest.raises(InputError, match="101 is no percentile"):
        run_attacks(store, LabTerms(percentile=101.0))
