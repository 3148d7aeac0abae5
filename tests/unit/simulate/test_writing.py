from __future__ import annotations

import gzip
import json

import pyarrow.parquet as pq

from renown.simulate import TownPlan, build_town, stream_town, write_town

NAMES = ("actors", "persons", "posts", "interactions", "interaction_truth", "follows", "truth")


def test_written_tables_read_back(tmp_path, town):
    paths = write_town(town, tmp_path / "a" / "town", with_csv=True)
    assert set(paths) == {*NAMES, "cast", "interactions_csv"}
    for name in NAMES:
        assert pq.read_table(paths[name]).num_rows == getattr(town, name).num_rows
    assert json.loads(paths["cast"].read_text(encoding="utf8")) == town.cast
    with gzip.open(paths["interactions_csv"], "rt", encoding="utf8") as lines:
        header = next(lines)
        assert header.replace('"', "").strip().split(",") == town.interactions.column_names
        assert sum(1 for _ in lines) == town.interactions.num_rows


def test_writing_again_replaces_the_files(tmp_path):
    first = build_town(people_count=1_000, days=28, seed=1)
    second = build_town(people_count=1_000, days=28, seed=2)
    write_town(first, tmp_path)
    paths = write_town(second, tmp_path)
    assert pq.read_table(paths["truth"]).equals(second.truth)


def test_a_streamed_town_has_the_rows_of_a_built_one(tmp_path):
    plan = TownPlan(people_count=1_000, days=28, seed=4)
    streamed = stream_town(plan, tmp_path / "streamed")
    written = write_town(build_town(people_count=1_000, days=28, seed=4), tmp_path / "written")
    assert set(streamed) == set(written)
    for name in NAMES:
        one, other = pq.read_table(streamed[name]), pq.read_table(written[name])
        assert one.schema.equals(other.schema), name
        keys = [column for column in one.column_names if column not in ("hashtags", "links", "topics")]
        order = [(column, "ascending") for column in keys]
        assert one.select(keys).sort_by(order).equals(other.select(keys).sort_by(order)), name
    assert streamed["cast"].read_text(encoding="utf8") == written["cast"].read_text(encoding="utf8")
