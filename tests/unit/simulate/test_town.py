"""The built town: its tables, its reproducibility, and whether each character is what it is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import spearmanr

from renown.schema import TABLES, arrow_schema
from renown.simulate import TownPlan, TownRules, build_town, iter_town_interactions
from renown.types import KINDS

TABLE_NAMES = ("actors", "persons", "posts", "interactions", "interaction_truth", "follows", "truth")
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 90


def fingerprint(table):
    """Hash of the table's bytes as it would be sent over a wire."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sha256(sink.getvalue()).hexdigest()


def plain(table):
    """The table with strings in place of dictionaries."""
    kinds = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in table.schema]
    return table.cast(
        pa.schema([pa.field(f.name, kind) for f, kind in zip(table.schema, kinds, strict=True)])
    )


# ---- reproducible


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_town():
    one, same, other = (build_town(people_count=1_000, days=28, seed=seed) for seed in (5, 5, 6))
    for name in TABLE_NAMES:
        assert fingerprint(getattr(one, name)) == fingerprint(getattr(same, name)), name
        assert fingerprint(getattr(one, name)) != fingerprint(getattr(other, name)), name
    assert one.cast == same.cast != other.cast


def test_rows_and_their_order_do_not_depend_on_the_size_of_batches():
    plan = TownPlan(people_count=1_000, days=28, seed=5)
    small = list(iter_town_interactions(plan, batch_rows=997))
    assert {batch.num_rows for batch in small[:-1]} == {997}
    whole = list(iter_town_interactions(plan))
    assert len(whole) == 1
    assert plain(pa.concat_tables([plain(batch) for batch in small])).equals(plain(whole[0]))


def test_streamed_and_built_towns_have_the_same_interactions():
    plan = TownPlan(people_count=1_000, days=28, seed=5)
    streamed = plain(next(iter_town_interactions(plan)))
    built = plain(build_town(people_count=1_000, days=28, seed=5).interactions)
    order = [(name, "ascending") for name in ("occurred_at", "source_actor_id", "target_actor_id", "kind")]
    assert streamed.sort_by(order).equals(built.sort_by(order).combine_chunks())


def test_blocks_of_work_change_nothing(monkeypatch):
    from renown.simulate import intentions, reading, simulation

    plan = TownPlan(people_count=1_000, days=28, seed=5)
    usual = plain(next(iter_town_interactions(plan)))
    monkeypatch.setattr(simulation, "_BLOCK_SHOWINGS", 100_000)
    monkeypatch.setattr(reading, "_SHOWINGS_AT_ONCE", 5_000)
    monkeypatch.setattr(intentions, "_PEOPLE_AT_ONCE", 77)
    order = [(name, "ascending") for name in ("occurred_at", "source_actor_id", "target_actor_id", "kind")]
    assert plain(next(iter_town_interactions(plan))).sort_by(order).equals(usual.sort_by(order))


def test_a_start_in_the_past_and_other_days_move_everything_there():
    start = datetime(2012, 7, 1, 6, tzinfo=UTC)
    moved = build_town(people_count=1_000, days=30, seed=5, start=start)
    for column in (moved.interactions["occurred_at"], moved.posts["posted_at"]):
        assert pc.min(column).as_py() >= start
        assert pc.max(column).as_py() < start + timedelta(days=30)


# ---- tables


def test_tables_have_the_columns_of_the_store(town):
    for name in ("actors", "persons", "posts"):
        assert getattr(town, name).schema.equals(arrow_schema(TABLES[name])), name
    assert town.interactions.column_names == [
        "network",
        "source_actor_id",
        "target_actor_id",
        "kind",
        "occurred_at",
        "post_id",
        "reaction_post_id",
        "interaction_id",
    ]
    assert town.interactions.schema.field("occurred_at").type == pa.timestamp("us", tz="UTC")
    assert town.follows.column_names == [
        "network",
        "source_actor_id",
        "target_actor_id",
        "first_seen_at",
        "last_seen_at",
    ]
    assert town.interaction_truth.num_rows == town.interactions.num_rows
    assert town.truth.num_rows == town.actors.num_rows


def test_nothing_required_is_missing(town):
    for name in ("actors", "persons", "posts"):
        table = getattr(town, name)
        for column in TABLES[name].columns:
            assert column.is_nullable or table[column.name].null_count == 0, (name, column.name)
    for name in ("network", "source_actor_id", "target_actor_id", "kind", "occurred_at"):
        assert town.interactions[name].null_count == 0


def test_every_reference_leads_somewhere(town):
    actors = set(town.actors["actor_id"].to_pylist())
    posts = set(town.posts["post_id"].to_pylist())
    assert len(actors) == town.actors.num_rows
    assert len(posts) == town.posts.num_rows, "post ids are unique"
    for name in ("source_actor_id", "target_actor_id"):
        assert set(town.interactions[name].to_pylist()) <= actors
        assert set(town.follows[name].to_pylist()) <= actors
    for column in (town.interactions["post_id"], town.interactions["reaction_post_id"]):
        assert set(column.drop_null().to_pylist()) <= posts
    for name in ("reply_to_post_id", "root_post_id", "quoted_post_id"):
        assert set(town.posts[name].drop_null().to_pylist()) <= posts
    assert town.truth["actor_id"].to_pylist() == town.actors["actor_id"].to_pylist()


def test_each_act_has_one_id_where_its_network_gives_ids(town):
    table = plain(town.interactions)
    for network, has_ids in (("meadow", True), ("harbor", False)):
        ids = table.filter(pc.equal(table["network"], network))["interaction_id"]
        assert ids.null_count == (0 if has_ids else len(ids))
        assert len(set(ids.drop_null().to_pylist())) == len(ids.drop_null())


def test_no_interaction_is_there_twice_even_without_ids(town):
    table = plain(town.interactions).drop_columns(["interaction_id"])
    assert table.group_by(table.column_names).aggregate([]).num_rows == table.num_rows


def test_only_kinds_that_name_a_post_name_one(town):
    table = plain(town.interactions)
    for kind in KINDS:
        here = table.filter(pc.equal(table["kind"], kind))
        names_post = kind in ("like", "repost", "reply", "quote")
        is_post = kind in ("reply", "quote", "mention")
        assert here["post_id"].null_count == (0 if names_post else len(here)), kind
        assert here["reaction_post_id"].null_count == (0 if is_post else len(here)), kind


def test_nobody_reacts_to_themselves_nor_across_networks(town):
    table = plain(town.interactions)
    assert not pc.any(pc.equal(table["source_actor_id"], table["target_actor_id"])).as_py()
    for name in ("source_actor_id", "target_actor_id"):
        assert pc.all(pc.starts_with(table[name], "meadow:")).as_py() is False
        prefix = pc.utf8_slice_codeunits(table[name], 0, 6)
        assert pc.all(pc.equal(prefix, table["network"])).as_py()


def test_followers_on_the_page_are_the_follows(town):
    counted = plain(town.follows).group_by("target_actor_id").aggregate([("source_actor_id", "count")])
    counted = dict(zip(*(counted[name].to_pylist() for name in counted.column_names), strict=True))
    for row in town.actors.select(["actor_id", "followers_count"]).to_pylist():
        assert row["followers_count"] == counted.get(row["actor_id"], 0)


def test_names_are_readable(town):
    names = town.actors.filter(pc.invert(pc.match_substring_regex(town.actors["handle"], r"\d")))
    assert names.num_rows > 2_000
    assert pc.all(pc.match_substring_regex(names["handle"], "^[a-z]+-[a-z]+$")).as_py()
    per_network = town.actors.group_by(["network", "handle"]).aggregate([])
    assert per_network.num_rows == town.actors.num_rows, "a handle is unique on its network"


# ---- the town as a whole


def test_a_town_of_two_thousand_has_the_size_and_shape_it_should(town):
    table = plain(town.interactions)
    assert 60_000 < table.num_rows < 200_000
    received = table.group_by("target_actor_id").aggregate([("source_actor_id", "count_distinct")])
    reactors = np.sort(received["source_actor_id_count_distinct"].to_numpy())
    assert reactors[-len(reactors) // 100 :].min() > 8 * np.median(reactors), "a heavy tail"
    pairs = table.group_by(["source_actor_id", "target_actor_id"]).aggregate([("kind", "count")])
    assert pairs["kind_count"].to_numpy().mean() > 2, "fans come back"
    there = set(zip(pairs["source_actor_id"].to_pylist(), pairs["target_actor_id"].to_pylist(), strict=True))
    mutual = np.mean([(target, source) in there for source, target in there])
    assert 0.05 < mutual < 0.5, "some attention is returned"


def test_half_of_the_reactions_come_within_about_an_hour(town):
    posted = dict(zip(town.posts["post_id"].to_pylist(), town.posts["posted_at"].to_numpy(), strict=True))
    likes = plain(town.interactions)
    likes = likes.filter(pc.is_in(likes["kind"], pa.array(["like", "reply"])))
    since = likes["occurred_at"].to_numpy() - np.array(
        [posted[post] for post in likes["post_id"].to_pylist()]
    )
    minutes = since.astype("timedelta64[s]").astype(float) / 60
    assert minutes.min() >= 0
    assert 15 < np.median(minutes) < 75
    assert 3 * 60 < np.quantile(minutes, 0.9) < 14 * 60


def test_people_live_by_the_hours_of_the_day(town):
    hours = np.bincount(pc.hour(town.interactions["occurred_at"]).to_numpy(), minlength=24)
    assert hours.max() > 2 * hours.min(), "the town's zones leave it a night"


def test_some_read_less_at_weekends_and_others_more(town):
    table = plain(town.interactions)
    is_weekend = pc.greater_equal(pc.day_of_week(table["occurred_at"]), 5)
    table = table.append_column("is_weekend", is_weekend.cast("int64"))
    people = table.group_by("source_actor_id").aggregate([("is_weekend", "sum"), ("is_weekend", "count")])
    count = people["is_weekend_count"].to_numpy()
    share = (people["is_weekend_sum"].to_numpy() / count)[count > 100]
    by_chance = np.sqrt(2 / 7 * 5 / 7 / count[count > 100].mean())
    assert share.std() > 1.5 * by_chance


def test_causes_are_as_many_as_their_truth_says(town, town_truth):
    for cause, column in (("moved", "caused_count"), ("deal", "mechanical_count")):
        here = pc.and_(
            pc.equal(town.interaction_truth["cause"].cast("string"), cause),
            pc.equal(town.interaction_truth["stance"].cast("string"), "supporting"),
        )
        rows = plain(town.interactions).filter(here)
        people = rows.group_by("target_actor_id").aggregate([("source_actor_id", "count_distinct")])
        for target, count in zip(
            people["target_actor_id"].to_pylist(),
            people["source_actor_id_count_distinct"].to_pylist(),
            strict=True,
        ):
            assert town_truth[target][column] == count


def test_many_would_have_acted_anyway_so_a_naive_reading_is_biased(town, record_property):
    caused = pc.sum(town.truth["caused_count"]).as_py()
    anyway = pc.sum(town.truth["anyway_count"]).as_py()
    record_property(
        "measured", f"town of 2,000: {anyway / caused:.2f} people reacted anyway for each one moved"
    )
    assert 0.2 < anyway / caused < 1.0


def test_nobody_acts_anyway_in_a_town_without_intentions():
    town = build_town(people_count=1_000, days=28, rules=TownRules(intention_per_day=0.0))
    assert pc.sum(town.truth["anyway_count"]).as_py() == 0
    assert "anyway" not in set(plain(town.interaction_truth)["cause"].to_pylist())


# ---- the characters


def test_the_bot_posts_every_minute_and_hardly_anyone_answers(town, town_truth, received):
    bot = town.cast["bot"]
    posts = town.posts.filter(pc.equal(town.posts["author_actor_id"], bot))
    gaps = np.diff(posts["posted_at"].to_numpy())
    assert posts.num_rows == DAYS * 1_440
    assert (gaps == np.timedelta64(60, "s")).all()
    assert len(set(received(bot)["source_actor_id"])) < 10
    assert town_truth[bot]["true_influence"] < 5
    assert bot not in set(plain(town.interactions)["source_actor_id"].to_pylist())


def test_the_one_on_holiday_is_silent_for_two_weeks_and_then_back(town, town_truth, received):
    actor = town.cast["holiday"]
    leaves, returns = town_truth[actor]["on_holiday_from"], town_truth[actor]["on_holiday_until"]
    assert returns - leaves == timedelta(days=14)
    posts = town.posts.filter(pc.equal(town.posts["author_actor_id"], actor))["posted_at"].to_pylist()
    table = plain(town.interactions)
    own = table.filter(pc.equal(table["source_actor_id"], actor))["occurred_at"].to_pylist()
    assert not [moment for moment in posts + own if leaves <= moment < returns]
    assert len([moment for moment in posts if moment < leaves]) > 40
    assert len([moment for moment in posts if moment >= returns]) > 15
    moments = received(actor)["occurred_at"]
    a_day_on = leaves + timedelta(days=2)
    assert sum(a_day_on <= moment < returns for moment in moments) == 0
    assert sum(moment >= returns for moment in moments) > 20


def test_lurkers_see_and_never_react(town, town_truth):
    lurkers = {actor for actor, row in town_truth.items() if row["role"] == "lurker"}
    assert len(lurkers) > 600
    assert not lurkers & set(plain(town.interactions)["source_actor_id"].to_pylist())
    assert not lurkers & set(town.posts["author_actor_id"].to_pylist())
    assert all(town_truth[actor]["true_influence"] == 0 for actor in lurkers)
    assert lurkers & set(plain(town.follows)["source_actor_id"].to_pylist()), "they do follow"


def test_the_pod_reciprocates_almost_everything(town, town_truth):
    members = {actor for actor, row in town_truth.items() if row["role"] == "pod"}
    assert len(members) == 12
    table = plain(town.interactions)
    inside = table.filter(
        pc.and_(
            pc.is_in(table["source_actor_id"], pa.array(sorted(members))),
            pc.is_in(table["target_actor_id"], pa.array(sorted(members))),
        )
    )
    pairs = set(
        zip(inside["source_actor_id"].to_pylist(), inside["target_actor_id"].to_pylist(), strict=True)
    )
    assert len(pairs) == 12 * 11
    posts = town.posts.filter(pc.is_in(town.posts["author_actor_id"], pa.array(sorted(members))))
    posts = posts.filter(pc.is_valid(posts["hashtags"]))
    assert 0.75 < inside.num_rows / (11 * posts.num_rows) < 0.85
    for member in members:
        assert town_truth[member]["mechanical_count"] == 11
        assert town_truth[member]["true_influence"] < 20


def test_the_bought_follow_in_a_burst_and_never_react(town, town_truth, received):
    bought = {actor for actor, row in town_truth.items() if row["role"] == "bought"}
    table = plain(town.interactions)
    by_bought = table.filter(pc.is_in(table["source_actor_id"], pa.array(sorted(bought))))
    assert by_bought.num_rows == len(bought) == 300
    assert set(by_bought["kind"].to_pylist()) == {"follow"}
    assert set(by_bought["target_actor_id"].to_pylist()) == {town.cast["buyer"]}
    burst = pc.max(by_bought["occurred_at"]).as_py() - pc.min(by_bought["occurred_at"]).as_py()
    assert burst <= timedelta(hours=36)
    buyer = town_truth[town.cast["buyer"]]
    assert buyer["mechanical_count"] == 300
    assert buyer["true_influence"] < 20


def test_many_argue_with_the_troll_and_few_agree(town, town_truth, received):
    troll = town.cast["troll"]
    rows = received(troll)
    opposing = rows["stance"] == "opposing"
    assert opposing.mean() > 0.7
    assert set(rows["kind"][opposing]) <= {"reply", "quote", "mention"}
    assert len(set(rows["source_actor_id"][opposing])) == town_truth[troll]["opposed_count"] > 50
    assert town_truth[troll]["true_influence"] < 0.1 * town_truth[troll]["opposed_influence"]
    most = max(town.truth["opposed_count"].to_pylist())
    assert most == town_truth[troll]["opposed_count"]


def test_people_on_both_networks_have_an_account_and_a_proof_on_each(town, town_truth):
    rows = town.persons.to_pylist()
    people: dict[str, list[str]] = {}
    for row in rows:
        people.setdefault(row["person_id"], []).append(row["actor_id"])
        assert row["proven_at"] < START
    assert len(people) > 150
    for accounts in people.values():
        assert sorted(actor.split(":")[0] for actor in accounts) == ["harbor", "meadow"]
    for person, accounts in people.items():
        assert {town_truth[actor]["person_id"] for actor in accounts} == {person}
    one, other = town.cast["two_networks"], town.cast["two_networks_second"]
    assert town_truth[one]["person_id"] == town_truth[other]["person_id"] is not None
    handle = dict(zip(town.actors["actor_id"].to_pylist(), town.actors["handle"].to_pylist(), strict=True))
    assert handle[one] == handle[other]
    active = set(plain(town.interactions)["source_actor_id"].to_pylist())
    assert any(set(accounts) <= active for accounts in people.values()), "some react on both"


def test_the_celebrity_is_known_and_the_experts_are_trusted(town, town_truth):
    followers = dict(
        zip(town.actors["actor_id"].to_pylist(), town.actors["followers_count"].to_pylist(), strict=True)
    )
    celebrity, expert = town.cast["celebrity"], town.cast["expert"]
    assert followers[celebrity] == max(followers.values())
    moved = {actor: town_truth[actor]["true_influence"] / followers[actor] for actor in (celebrity, expert)}
    assert moved[expert] > 1.5 * moved[celebrity]


# ---- what fools whom


@pytest.fixture(scope="module")
def measures(town):
    """Distinct reactors, raw counts, followers and own posts of each account, in the order of the truth."""
    table = plain(town.interactions)
    actors = town.truth["actor_id"].to_pylist()
    received = table.group_by("target_actor_id").aggregate(
        [("source_actor_id", "count_distinct"), ("source_actor_id", "count")]
    )
    by_actor = {row["target_actor_id"]: row for row in received.to_pylist()}
    return {
        "distinct reactors": [by_actor.get(a, {}).get("source_actor_id_count_distinct", 0) for a in actors],
        "raw counts": [by_actor.get(a, {}).get("source_actor_id_count", 0) for a in actors],
        "followers": town.actors["followers_count"].to_pylist(),
        "own posts": town.truth["posts_count"].to_pylist(),
    }


def test_distinct_reactors_rank_true_influence_well_but_not_perfectly(town, measures, record_property):
    truth = town.truth["true_influence"].to_numpy()
    active = town.truth["posts_count"].to_numpy() > 0
    found = {}
    for name, values in measures.items():
        values = np.array(values)
        top = np.argsort(-truth)[: len(truth) // 100]
        found[name] = [
            spearmanr(values, truth).statistic,
            spearmanr(values[active], truth[active]).statistic,
            spearmanr(values[top], truth[top]).statistic,
        ]
        record_property(
            "measured",
            f"town of 2,000: Spearman of {name} with true influence "
            "{:.2f} of all, {:.2f} of those who post, {:.2f} of the top 1 %".format(*found[name]),
        )
    everybody, posting, _ = found["distinct reactors"]
    assert 0.9 < everybody < 0.99
    assert 0.8 < posting < 0.95
    assert found["followers"][1] < posting - 0.1
    assert found["own posts"][1] < posting - 0.25
    assert found["distinct reactors"][2] > max(
        found[name][2] for name in measures if name != "distinct reactors"
    )


@pytest.mark.parametrize(
    ("measure", "role"),
    [("own posts", "bot"), ("raw counts", "pod"), ("raw counts", "troll"), ("followers", "buyer")],
)
def test_cheap_measures_rank_the_characters_far_above_their_true_place(town, measures, measure, role):
    actors = town.truth["actor_id"].to_pylist()
    here = actors.index(town.cast[role])
    truth = town.truth["true_influence"].to_numpy()
    values = np.array(measures[measure])
    rank, true_rank = 1 + (values > values[here]).sum(), 1 + (truth > truth[here]).sum()
    assert rank <= 0.02 * len(actors)
    assert true_rank > 5 * rank


def test_posts_are_in_the_language_of_their_authors():
    town = build_town(people_count=1_000, rules=TownRules(second_language_share=0.3))
    languages = {}
    for author, language in zip(
        town.posts["author_actor_id"].to_pylist(), town.posts["language"].to_pylist(), strict=True
    ):
        languages.setdefault(author, set()).add(language)
    assert all(len(spoken) == 1 for spoken in languages.values())
    assert {language for spoken in languages.values() for language in spoken} == {"en", "cy"}
