"""What the laboratory and the audit leave on disk, through the front door."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pytest

import renown
from renown.api.attack_lab import attack_bar, hours_words, money, not_genuine_ids
from renown.api.audit import audit_charts, write_audit
from renown.errors import ColumnsError, InputError, RenownError
from renown.simulate import build_town


@pytest.fixture(scope="module")
def town():
    return build_town(people_count=1_000, seed=11, days=40)


@pytest.fixture(scope="module")
def store(town, tmp_path_factory):
    store = renown.open(tmp_path_factory.mktemp("town") / "store")
    store.import_interactions([town.interactions])
    store.add_actors(town.actors)
    return store


@pytest.fixture(scope="module")
def report(store, town, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    chosen = ["fresh-10-hour", "fresh-100-hour", "pod-20", "plus-k"]
    return folder, store.attack_lab(folder, attacks=chosen, not_genuine=town.truth)


def test_every_file_is_there_and_tells_the_same(report):
    folder, found = report
    assert {path.name for path in folder.iterdir()} == {
        "attacks.json",
        "attacks.csv",
        "attacks.svg",
        "report.md",
        "report.html",
    }
    as_json = json.loads((folder / "attacks.json").read_text(encoding="utf8"))
    assert as_json == json.loads(json.dumps(found.as_dict()))
    as_csv = list(csv.DictReader((folder / "attacks.csv").read_text(encoding="utf8").splitlines()))
    assert [row["name"] for row in as_csv] == [row["name"] for row in as_json["attacks"]]
    assert [float(row["gained_points"]) for row in as_csv] == [row.gained_points for row in found.attacks]
    page = (folder / "report.md").read_text(encoding="utf8")
    assert all(f"| {row.label} |" in page for row in found.attacks)
    assert "(attacks.svg)" in page
    assert found.prices_source.strip() in page
    assert "assumption" in page


def test_the_report_is_by_trust_and_names_nobody(report, town):
    folder, found = report
    assert found.defence.startswith("trust by the rule ")
    assert found.genuine is not None
    text = (folder / "report.html").read_text(encoding="utf8") + (folder / "attacks.json").read_text(
        encoding="utf8"
    )
    names = [row["actor_id"] for row in town.actors.to_pylist()] + town.actors["handle"].to_pylist()
    assert not [name for name in names if name and name in text]


def test_trust_can_be_left_out(store, tmp_path):
    found = store.attack_lab(attacks=["fresh-1-hour"], trust=False)
    assert (found.defence, found.genuine, found.attacks[0].kept_points) == (None, None, None)
    assert attack_bar(found.attacks[0], found).cost_per_kept_point == ""


def test_a_folder_that_cannot_be_made_is_said_before_any_work(store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RenownError, match="cannot be written"):
        store.attack_lab(tmp_path / "file" / "out")
    with pytest.raises(InputError, match="no attack storm"):
        store.attack_lab(attacks=["storm"])


def test_of_a_truth_only_those_who_are_paid_are_not_genuine(town):
    roles = {row["actor_id"]: row["role"] for row in town.truth.to_pylist()}
    found = not_genuine_ids(town.truth)
    assert {roles[name] for name in found} == {"pod", "bot", "buyer", "bought"}
    assert not_genuine_ids(None) == []
    with pytest.raises(ColumnsError, match="no column actor_id"):
        not_genuine_ids(pa.table({"who": ["x:1"]}))


def test_money_and_hours_read_as_people_say_them():
    assert [money(amount, "EUR") for amount in (0.0123, 17.24, 1_239_000.0, None)] == [
        "EUR 0.0123",
        "EUR 17.2",
        "EUR 1,240,000",
        "not for sale",
    ]
    assert [hours_words(hours) for hours in (1, 1.5, 46.2, 48, 360)] == [
        "1 hour",
        "2 hours",
        "47 hours",
        "2 days",
        "15 days",
    ]


def test_an_audit_takes_in_the_latest_trust_run(store, town, tmp_path):
    buyer = town.cast["buyer"]
    before = store.audit(buyer)
    store.trust()
    after = store.audit(buyer)
    counts = [{row.standing: row.count for row in audit.shares}["doubted"] for audit in (before, after)]
    assert counts[0] == 0
    assert counts[1] > 0.5 * after.sample_count
    assert after.rings
    page = write_audit(after, tmp_path / "audit.html").read_text(encoding="utf8")
    charts = audit_charts(after)
    assert [chart.name for chart in charts] == ["audience", "arrivals", *["ring"] * (len(charts) - 2)]
    assert all(chart.title in page for chart in charts)
    assert "for nobody else" in page
