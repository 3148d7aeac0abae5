import csv
import json
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from renown.api import Store
from renown.api.export import LEDGER_COLUMNS
from renown.errors import InputError, RunNotFoundError
from renown.schema import TABLES
from tests.meadow import HOSTILE

SCORE_COLUMNS = ["run_id", "actor_id", "handle", *TABLES["scores"].column_names()[2:]]


def read(path: Path) -> list[dict]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf8") as lines:
            return list(csv.DictReader(lines))
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf8"))
    return pq.read_table(path).to_pylist()


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
def test_scores_have_every_column_and_the_order_of_the_top(store: Store, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"scores{ending}"
    assert store.export("scores", path) == 4
    rows = read(path)
    assert list(rows[0]) == SCORE_COLUMNS
    assert [row["actor_id"] for row in rows] == [actor.actor_id for actor in store.top(10)]
    assert float(rows[0]["score"]) == store.top(1)[0].score
    assert {row["run_id"] for row in rows} == {store.run().run_id}


def test_numbers_survive_every_format_to_the_last_digit(store: Store, tmp_path: Path) -> None:
    found = []
    for ending in (".csv", ".json", ".parquet"):
        store.export("scores", tmp_path / f"s{ending}")
        rows = read(tmp_path / f"s{ending}")
        found.append(
            [(float(row["score_low"]), float(row["momentum"]), int(row["rank_high"])) for row in rows]
        )
    assert found[0] == found[1] == found[2]


def test_the_same_export_has_the_same_bytes(store: Store, tmp_path: Path) -> None:
    for what in ("scores", "ledger", "runs"):
        for ending in (".csv", ".json", ".parquet"):
            one, other = tmp_path / f"1{ending}", tmp_path / f"2{ending}"
            store.export(what, one)
            store.export(what, other)
            assert one.read_bytes() == other.read_bytes()


def test_a_formula_is_disarmed_in_csv_and_untouched_elsewhere(store: Store, tmp_path: Path) -> None:
    handles = {}
    for ending in (".csv", ".json", ".parquet"):
        store.export("scores", tmp_path / f"s{ending}", actor="meadow:eve")
        [row] = read(tmp_path / f"s{ending}")
        handles[ending] = row["handle"]
    assert handles == {".csv": f"'{HOSTILE}", ".json": HOSTILE, ".parquet": HOSTILE}


def test_the_ledger_of_all_adds_up_to_each_score(store: Store, tmp_path: Path) -> None:
    store.export("ledger", tmp_path / "ledger.parquet")
    rows = read(tmp_path / "ledger.parquet")
    assert tuple(rows[0]) == LEDGER_COLUMNS
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        sums[row["actor_id"]] += row["contribution"]
    for actor in store.top(10):
        assert sums[actor.actor_id] == pytest.approx(actor.earned_attention, abs=1e-9)
    assert all(row["actor_id"] != row["source_actor_id"] for row in rows)


def test_the_ledger_of_one_is_a_part_of_it(store: Store, tmp_path: Path) -> None:
    store.export("ledger", tmp_path / "all.json")
    store.export("ledger", tmp_path / "one.json", actor="@ada.meadow")
    every, one = read(tmp_path / "all.json"), read(tmp_path / "one.json")
    key = ("source_actor_id", "occurred_at", "is_counted")
    of_ada = [[row[name] for name in key] for row in every if row["actor_id"] == "meadow:ada"]
    assert [[row[name] for name in key] for row in one] == of_ada
    assert len(one) == 30


def test_runs_are_exported_with_their_definition(store: Store, tmp_path: Path) -> None:
    store.export("runs", tmp_path / "runs.json")
    rows = read(tmp_path / "runs.json")
    assert list(rows[0]) == list(TABLES["runs"].column_names())
    assert [row["run_id"] for row in rows] == [run.run_id for run in store.runs()]
    assert rows[0]["as_of"].endswith("Z")


def test_an_older_run_can_be_exported(store: Store, tmp_path: Path) -> None:
    earlier = store.runs()[1]
    store.export("scores", tmp_path / "s.json", run_id=earlier.run_id)
    assert len(read(tmp_path / "s.json")) == 3
    with pytest.raises(RunNotFoundError):
        store.export("scores", tmp_path / "s.json", run_id="nothing")


@pytest.mark.parametrize("name", ["scores.xlsx", "scores", "missing/scores.csv", "folder.csv"])
def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    store: Store, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError):
        store.export("scores", tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]
