"""What goes into a store, goes in whole, once, and can be told apart."""

import os
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from renown.errors import ColumnsError, InputError, StoreConflictError, StoreNotFoundError, StoreVersionError
from renown.schema import TABLES, arrow_schema
from renown.store import TableStore, importing
from renown.store.formats import MIGRATIONS, write_format
from tests.unit.store.conftest import NOON, content, frame

ACTS = [
    ("ada", "bob", "like", 0),
    ("bob", "ada", "repost", 1),
    ("ada", "ada", "reply", 2),
    ("cy", "bob", "like", 0),
]


def test_a_first_import_says_what_it_did(store):
    report = store.add_interactions(frame(*ACTS), network="meadow")
    assert (report.read_count, report.added_count, report.duplicate_count) == (4, 4, 0)
    assert (report.self_count, report.new_actor_count) == (1, 3)
    assert (report.earliest_at, report.latest_at) == (NOON, datetime(2026, 3, 1, 14, tzinfo=UTC))
    assert len(content(store)) == 4


def test_the_same_import_twice_changes_nothing(store):
    store.add_interactions(frame(*ACTS), network="meadow")
    before, versions = content(store), store.versions()
    report = store.add_interactions(frame(*ACTS), network="meadow")
    assert (report.added_count, report.duplicate_count, report.new_actor_count) == (0, 4, 0)
    assert content(store) == before
    assert store.versions() == versions


def test_repeats_within_one_import_are_one(store):
    report = store.add_interactions(frame(*ACTS, *ACTS[:2]), network="meadow")
    assert (report.added_count, report.duplicate_count) == (4, 2)


@pytest.mark.parametrize("column", ["post_id", "reaction_post_id", "interaction_id"])
def test_what_differs_in_one_column_is_another_interaction(store, column):
    acts = [ACTS[0]] * 3
    report = store.add_interactions(
        frame(*acts, **{column: pa.array(["m:1", "m:2", None])}), network="meadow"
    )
    assert report.added_count == 3


def test_an_own_id_decides_even_when_time_and_post_differ(store):
    store.add_interactions(frame(ACTS[0], interaction_id=["m:x"]), network="meadow")
    later = ("ada", "bob", "like", 500)
    report = store.add_interactions(frame(later, later, interaction_id=["m:x", "m:y"]), network="meadow")
    assert (report.added_count, report.duplicate_count) == (1, 1)


def test_own_ids_are_those_of_a_network(store):
    store.add_interactions(frame(ACTS[0], interaction_id=["1"]), network="meadow")
    assert store.add_interactions(frame(ACTS[0], interaction_id=["1"]), network="harbor").added_count == 1
    both = pa.concat_tables(
        [frame((f"{network}:a", f"{network}:b", "like", 0), interaction_id=["7"]) for network in ("x", "y")]
    )
    assert store.add_interactions(both).added_count == 2


def test_many_reactions_at_one_instant_are_told_apart_quickly(store):
    count = 50_000
    posts = pa.array([f"m:{n}" for n in range(count)])
    acts = frame(*[ACTS[0]] * count, post_id=posts)
    assert store.add_interactions(acts, network="meadow").added_count == count
    assert store.add_interactions(acts, network="meadow").duplicate_count == count


def test_an_import_in_many_runs_equals_one_in_a_single_run(store, tmp_path, monkeypatch):
    random = np.random.default_rng(5)
    acts = [
        (f"u{s}", f"u{t}", kind, int(h))
        for s, t, kind, h in zip(
            random.integers(0, 40, 900),
            random.integers(0, 40, 900),
            random.choice(["like", "reply"], 900),
            random.integers(0, 50, 900),
            strict=True,
        )
    ]
    whole = frame(*acts)
    store.add_interactions(whole, network="meadow")
    monkeypatch.setattr(importing, "RUN_ROWS", 100)
    monkeypatch.setattr(importing, "RANGE_ROWS", 50)
    other = TableStore(str(tmp_path / "other"))
    other.import_interactions(
        batch for start in range(0, 900, 90) for batch in importing_batches(whole.slice(start, 90))
    )
    assert content(other) == content(store)


def importing_batches(table):
    from renown.store.frames import interaction_batches

    return interaction_batches(table, "meadow")


def test_a_batch_that_fails_leaves_the_store_as_it_was(store):
    store.add_interactions(frame(ACTS[0]), network="meadow")
    before, versions = content(store), store.versions()

    def batches():
        yield from importing_batches(frame(*ACTS))
        raise InputError("the file breaks off here")

    with pytest.raises(InputError, match="breaks off"):
        store.import_interactions(batches())
    assert content(store) == before
    assert store.versions() == versions
    assert not os.path.exists(f"{store.location}/_staging")


def test_a_first_import_that_fails_leaves_no_store_behind(store):
    def batches():
        raise InputError("nothing to read")
        yield

    with pytest.raises(InputError):
        store.import_interactions(batches())
    assert not os.path.exists(store.location)
    with pytest.raises(StoreNotFoundError, match="There is no store"):
        store.interactions()


def test_a_writer_that_lost_the_race_for_keys_renames_its_own(store):
    """Between encoding and publishing, somebody else publishes other ids, and the same ones otherwise."""
    rival = TableStore(store.location)
    store.add_interactions(frame(ACTS[0]), network="meadow")

    def batches():
        yield from importing_batches(frame(("dora", "ada", "like", 3), ("eve", "dora", "like", 4)))
        rival.add_interactions(frame(("eve", "fay", "like", 5), ("gil", "dora", "like", 6)), network="meadow")

    store.import_interactions(batches())
    pairs = {(row[0], row[1]) for row in content(store)}
    assert pairs == {
        ("meadow:ada", "meadow:bob"),
        ("meadow:dora", "meadow:ada"),
        ("meadow:eve", "meadow:dora"),
        ("meadow:eve", "meadow:fay"),
        ("meadow:gil", "meadow:dora"),
    }
    assert sorted(store.read("actor_keys")["actor_key"].to_pylist()) == list(range(store.actor_count()))
    assert all(finding.severity == "fine" for finding in store.doctor() if finding.table == "actor_keys")


def test_two_writers_of_the_same_rows_store_them_once(store, monkeypatch):
    rival = TableStore(store.location)
    rival.add_interactions(frame(("zoe", "bob", "like", 9)), network="meadow")
    original = importing._write_merged
    raced = []

    def racing(*arguments):
        result = original(*arguments)
        if not raced:
            raced.append(True)
            rival.add_interactions(frame(*ACTS), network="meadow")
        return result

    monkeypatch.setattr(importing, "_write_merged", racing)
    report = store.add_interactions(frame(*ACTS), network="meadow")
    assert (report.added_count, report.duplicate_count) == (0, 4)
    assert len(content(store)) == 5


def test_a_writer_that_never_wins_says_so_and_leaves_nothing(store, monkeypatch):
    store.add_interactions(frame(ACTS[0]), network="meadow")
    files = set(os.listdir(f"{store.location}/interactions"))

    def always_late(*arguments, **options):
        raise StoreConflictError("late")

    monkeypatch.setattr(importing, "_ATTEMPTS", 3)
    monkeypatch.setattr(store.delta, "commit", always_late)
    with pytest.raises(StoreConflictError, match="Too many others"):
        store.import_interactions(importing_batches(frame(("ada", "bob", "like", 77))))
    assert set(os.listdir(f"{store.location}/interactions")) == files


@pytest.mark.parametrize(
    "convert", [lambda t: t, lambda t: t.to_pandas(), pl.from_arrow, lambda t: t.to_reader()]
)
def test_any_frame_is_welcome(store, convert):
    assert store.add_interactions(convert(frame(*ACTS)), network="meadow").added_count == 4


@pytest.mark.parametrize(
    ("spoiled", "error", "message"),
    [
        (lambda t: t.drop_columns(["kind"]), ColumnsError, "lack kind"),
        (lambda t: t.set_column(2, "kind", pa.array(["poke"] * 4)), InputError, "Unknown kinds: 'poke'"),
        (lambda t: t.set_column(3, "time", pa.array([5] * 4)), InputError, "not a timestamp"),
        (
            lambda t: t.set_column(3, "time", pa.array([datetime(2026, 1, 1)] * 4)),  # noqa: DTZ001
            InputError,
            "no time zone",
        ),
        (
            lambda t: t.set_column(3, "time", pa.array([datetime(1990, 1, 1, tzinfo=UTC)] * 4)),
            InputError,
            "before the year 2000",
        ),
        (
            lambda t: t.set_column(0, "source", pa.array([None] * 4, pa.string())),
            ColumnsError,
            "have no source",
        ),
        (lambda t: "a string", InputError, "is not a dataframe"),
    ],
)
def test_a_frame_that_cannot_be_read_is_refused_in_words(store, spoiled, error, message):
    with pytest.raises(error, match=message):
        store.add_interactions(spoiled(frame(*ACTS)), network="meadow")
    assert not os.path.exists(store.location)


def test_ids_without_a_network_are_refused(store):
    with pytest.raises(ColumnsError, match="do not say their network"):
        store.add_interactions(frame(*ACTS))


@pytest.mark.parametrize(
    "hostile", ["'; drop table actors; --", "=1+1", "007", "🦉", "a b", "x" * 500, "%s{}\\"]
)
def test_ids_of_any_look_come_back_as_they_were(store, hostile):
    store.add_interactions(frame((hostile, "bob", "like", 0)), network="meadow")
    assert content(store)[0][0] == f"meadow:{hostile}"
    assert store.resolve(hostile).actor_id == f"meadow:{hostile}"


def test_a_store_of_a_newer_renown_is_refused(store):
    store.add_interactions(frame(*ACTS), network="meadow")
    write_format(store.delta, 99)
    with pytest.raises(StoreVersionError, match=r"layout 99.*knows layouts up to 2"):
        TableStore(store.location)


def test_an_older_store_is_migrated_step_by_step(store, monkeypatch):
    store.add_interactions(frame(*ACTS), network="meadow")
    done = []
    monkeypatch.setattr("renown.store.formats.FORMAT_VERSION", 4)
    monkeypatch.setitem(MIGRATIONS, 2, lambda delta: done.append(2))
    monkeypatch.setitem(MIGRATIONS, 3, lambda delta: done.append(3))
    assert TableStore(store.location).format_version == 4
    assert done == [2, 3]
    assert TableStore(store.location).format_version == 4
    assert done == [2, 3]


def test_posts_of_layout_1_are_read_and_written_as_before(tmp_path):
    """A store of before posts said when they were observed, as that Renown made it."""
    from deltalake import write_deltalake

    location = str(tmp_path / "old")
    since = pa.array([NOON], pa.timestamp("us", tz="UTC"))
    formats = pa.table({"format_version": [1], "renown_version": ["0.1.0"], "since": since})
    write_deltalake(f"{location}/formats", formats)
    schema = arrow_schema(TABLES["posts"])
    old = pa.schema([field for field in schema if field.name != "observed_at"])
    post = {"network": "meadow", "author_actor_id": "meadow:ada", "text": "hello", "hashtags": ["x"]}
    for number in range(2):
        rows = pa.Table.from_pylist([{"post_id": f"meadow:p{number}", **post}], schema=old)
        write_deltalake(f"{location}/posts", rows, mode="append")
    store = TableStore(location)
    assert store.format_version == 2
    rows = store.read("posts").sort_by("post_id").to_pylist()
    assert [(row["post_id"], row["text"], row["observed_at"]) for row in rows] == [
        ("meadow:p0", "hello", None),
        ("meadow:p1", "hello", None),
    ]
    assert {finding.severity for finding in store.doctor() if finding.table == "posts"} == {"notice"}
    said = {"post_id": "meadow:p0", **post, "text": "edited", "observed_at": NOON}
    assert store.add_posts(pa.Table.from_pylist([said])) == 0
    assert sorted(TableStore(location).read("posts")["text"].to_pylist()) == ["edited", "hello"]


def test_profiles_posts_and_proofs_are_added_once(store):
    store.add_interactions(frame(*ACTS), network="meadow")
    actors = pd.DataFrame(
        {"actor_id": ["meadow:ada"], "network": ["meadow"], "handle": ["Ada.B"], "observed_at": [NOON]}
    )
    assert store.add_actors(actors) == 1
    assert store.add_actors(actors) == 0
    posts = pl.DataFrame({"post_id": ["meadow:p"], "network": ["meadow"], "author_actor_id": ["meadow:ada"]})
    assert (store.add_posts(posts), store.add_posts(posts)) == (1, 0)
    proof = {"person_id": ["p1"], "actor_id": ["meadow:ada"], "proof_kind": ["given"], "proven_at": [NOON]}
    assert (store.add_persons(pa.table(proof)), store.add_persons(pa.table(proof))) == (1, 0)
    with pytest.raises(ColumnsError, match="lack person_id"):
        store.add_persons(pa.table({"actor_id": ["x"]}))
