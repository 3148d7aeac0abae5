"""From an archive or a dump to a score that explains itself, by the installed command."""

from __future__ import annotations

import json
import zipfile

import pytest

from tests.contract.cases_of_files import cases_of_files
from tests.integration.test_command_line import renown
from tests.unit.sources.test_twitter_archive import new_layout

CASES = {case.name: case for case in cases_of_files()}


def imported(folder, name, *locations):
    done = renown("import", name, *locations, "--format", "json", folder=folder)
    return json.loads(done.stdout)[0]


@pytest.mark.parametrize("name", CASES)
def test_every_source_goes_into_a_store_once(tmp_path, name):
    case = CASES[name]
    with case.lay_out(tmp_path, [*case.good, case.unreadable, case.marked]) as request:
        said = [*request.locations, *(f"--{option}={value}" for option, value in case.options.items())]
        first = imported(tmp_path, name, *said)
        again = imported(tmp_path, name, *said)
    assert first["added_counts"]["interactions"] == len(case.rows["interactions"])
    assert sum(first["quarantined_counts"].values()) == 1
    assert {flag: count for flag, count in first["left_out_counts"].items() if count} == {case.flag: 1}
    assert not again["added_counts"].get("interactions")
    kept = json.loads(renown("import", "quarantine", "--format", "json", folder=tmp_path).stdout)
    assert [record["source_name"] for record in kept] == [name]


def test_an_archive_is_imported_and_explained(tmp_path):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as file:
        for name, text in new_layout().items():
            file.writestr(name, text)
    report = imported(tmp_path, "twitter", "archive.zip")
    assert report["added_counts"]["interactions"] == 4
    assert report["added_counts"]["follows"] == 2
    renown("score", folder=tmp_path)
    said = renown("explain", "twitter:8", folder=tmp_path).stdout
    assert "kite" in said


def test_a_cut_file_is_told_and_what_stood_before_is_kept_once(tmp_path):
    case = CASES["hackernews"]
    lines = [json.dumps(record) for record in case.good]
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(lines)[:-9])
    done = renown("import", "hackernews", path, folder=tmp_path, code=1)
    assert "cut short" in done.stderr
    assert "Traceback" not in done.stderr
    path.write_text("\n".join(lines))
    renown("import", "hackernews", path, folder=tmp_path)
    renown("score", folder=tmp_path)
    top = json.loads(renown("top", "--format", "json", folder=tmp_path).stdout)
    counts = {row["actor_id"]: row["interactions_count"] for row in top}
    assert counts == {"hackernews:ann": 1, "hackernews:bea": 1}


def test_options_reach_the_source(tmp_path):
    with CASES["stackexchange"].lay_out(tmp_path, CASES["stackexchange"].good) as request:
        renown("import", "stackexchange", *request.locations, "--site", "other.example", folder=tmp_path)
    renown("score", folder=tmp_path)
    top = json.loads(renown("top", "--format", "json", folder=tmp_path).stdout)
    assert {row["actor_id"].split("/")[0] for row in top} == {"stackexchange:other.example"}
    refused = renown("import", "github", "a/b/c", "--api", folder=tmp_path, code=1)
    assert "OWNER/REPO" in refused.stderr
