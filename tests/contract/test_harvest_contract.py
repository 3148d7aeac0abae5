"""What every source of harvests keeps to, so that a store can take in what it yields without looking twice.

A new source joins by adding a Case (harvest_case.py) to CASES: made-up records, how to lay them out so that
the source can read them (a file, a folder, a server on loopback), and what must come of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from renown.errors import InputError, SourceError
from renown.sources import sources
from renown.sources.registry import ENTRY_POINT_GROUP, Request, find_source
from renown.store.harvest import LONGEST_POSITION, Gather, Harvest, UnreadableRecord, harvest_schema
from renown.types import KINDS, no_progress
from tests.contract.case_of_bluesky import case_of_bluesky
from tests.contract.cases_of_files import cases_of_files
from tests.contract.cases_of_servers import case_of_fediverse, case_of_web
from tests.contract.harvest_case import Case

Rows = dict[str, list[dict[str, Any]]]


def read(request: Request, case: Case, *, progress: Any = no_progress) -> list[Harvest]:
    source = find_source(case.name)
    assert source.harvest is not None
    if request.options is None and source.options is not None:
        request = replace(request, options=source.options(**case.options))
    return list(source.harvest(request, progress=progress))


def rows_of(harvests: Sequence[Harvest]) -> Rows:
    found: Rows = {}
    for harvest in harvests:
        for name, table in harvest.rows.items():
            found.setdefault(name, []).extend(table.to_pylist())
    return found


def without_time_of_reading(rows: Rows) -> Rows:
    """Figures and ties that do not say of when they are carry the time at which they were written or read."""
    read_at = ("observed_at", "first_seen_at", "last_seen_at")
    return {
        name: [{key: value for key, value in row.items() if key not in read_at} for row in table]
        for name, table in rows.items()
    }


def assert_rows(found: Rows, expected: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    assert set(found) == set(expected)
    for name, wanted in expected.items():
        columns = {key for row in wanted for key in row}
        narrowed = [{key: row[key] for key in columns} for row in found[name]]
        padded = [{**dict.fromkeys(columns), **row} for row in wanted]
        assert sorted(map(repr, map(_sorted_items, narrowed))) == sorted(
            map(repr, map(_sorted_items, padded))
        )


def _sorted_items(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A row that compares by what it says: the same moment in another object of the zone UTC is the same."""
    return sorted((k, v.isoformat() if isinstance(v, datetime) else v) for k, v in row.items())


CASES = [case_of_bluesky(), case_of_fediverse(), case_of_web(), *cases_of_files()]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


def test_it_is_registered(case):
    from importlib.metadata import entry_points

    assert sources()[case.name].name == case.name
    assert case.name in {entry_point.name for entry_point in entry_points(group=ENTRY_POINT_GROUP)}
    assert sources()[case.name].replay is not None
    assert len(sources()[case.name].reads) < 90


def test_its_options_have_defaults_and_cannot_change(case):
    options = sources()[case.name].options
    assert options is not None
    assert options().__struct_config__.frozen
    assert options.__doc__


def test_it_yields_canonical_tables_that_say_what_was_there(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        harvests = read(request, case)
    for harvest in harvests:
        for name, table in harvest.rows.items():
            assert table.schema.equals(harvest_schema(name))
            assert 0 < table.num_rows <= 100_000
            table.validate(full=True)
    assert_rows(rows_of(harvests), case.rows)
    assert not [record for harvest in harvests for record in harvest.quarantined]


def test_what_must_be_there_is_there(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        rows = rows_of(read(request, case))
    for row in rows.get("interactions", []):
        needed = ("network", "source_actor_id", "target_actor_id", "kind", "occurred_at")
        assert all(row[name] is not None for name in needed)
        assert row["kind"] in KINDS
    for row in rows.get("actors", []):
        assert row["observed_at"] is not None
    for row in rows.get("posts", []):
        assert row["author_actor_id"] is not None


def test_ids_begin_with_the_network(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        rows = rows_of(read(request, case))
    for table in rows.values():
        for row in table:
            assert row.get("network", case.network) == case.network
            ids = {key: value for key, value in row.items() if key.endswith(("actor_id", "post_id"))}
            assert all(v is None or v.startswith(f"{case.network}:") for v in ids.values()), ids
            assert all(v is None or not v.startswith(f"{case.network}:{case.network}:") for v in ids.values())


def test_nothing_is_older_than_networks_or_from_the_future(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        rows = rows_of(read(request, case))
    latest = datetime.now(UTC) + timedelta(minutes=6)
    for table in rows.values():
        for row in table:
            for name, value in row.items():
                if name.endswith("_at") and value is not None:
                    assert datetime(2000, 1, 1, tzinfo=UTC) <= value <= latest, (name, value)


def test_acts_have_ids_of_their_own_or_differ(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        acts = rows_of(read(request, case)).get("interactions", [])
    own = Counter(act["interaction_id"] for act in acts if act["interaction_id"])
    assert not [name for name, count in own.items() if count > 1]
    others = Counter(repr(_sorted_items(act)) for act in acts if not act["interaction_id"])
    assert not [act for act, count in others.items() if count > 1]


def test_the_same_twice_is_the_same(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        first, second = rows_of(read(request, case)), rows_of(read(request, case))
    assert without_time_of_reading(first) == without_time_of_reading(second)


def test_what_is_not_understood_is_quarantined_once_and_takes_nothing_with_it(case, tmp_path):
    with case.lay_out(tmp_path, [*case.good, case.unreadable]) as request:
        harvests = read(request, case)
    (record,) = [record for harvest in harvests for record in harvest.quarantined]
    assert record.source_name == case.name
    assert record.reason
    assert record.message
    assert record.scope
    assert_tables_hold(rows_of(harvests), case.rows)


def assert_tables_hold(found: Rows, expected: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for name, wanted in expected.items():
        for row in wanted:
            assert any(all(one[key] == value for key, value in row.items()) for one in found[name]), row


def test_what_is_quarantined_is_not_understood_by_itself_either(case, tmp_path):
    with case.lay_out(tmp_path, [*case.good, case.unreadable]) as request:
        (record,) = [record for harvest in read(request, case) for record in harvest.quarantined]
    with pytest.raises(UnreadableRecord):
        find_source(case.name).replay(record.payload, Gather(case.name, network=case.network))


def test_a_record_that_is_understood_later_gives_its_rows(case):
    payload, expected = case.replayed
    gather = Gather(case.name, network=case.network)
    find_source(case.name).replay(payload, gather)
    assert_rows(rows_of([gather.harvest()]), expected)


def test_replay_refuses_what_is_no_record(case):
    for payload in ("", "{", "[]", "null", "\0", '"text"', "<a>", "{}"):
        gather = Gather(case.name, network=case.network)
        with pytest.raises(UnreadableRecord):
            find_source(case.name).replay(payload, gather)


def test_what_is_marked_as_not_for_this_is_left_out_and_counted(case, tmp_path):
    with case.lay_out(tmp_path, [*case.good, case.marked]) as request:
        harvests = read(request, case)
    left_out = sum((Counter(harvest.left_out_counts) for harvest in harvests), Counter())
    assert left_out[case.flag] >= 1
    assert set(left_out) == {case.flag}
    rows = rows_of(harvests)
    assert case.hidden not in repr(rows)
    assert_rows(rows, case.rows)
    assert not [record for harvest in harvests for record in harvest.quarantined]


def test_what_breaks_off_is_an_error(case, tmp_path):
    with case.break_off(tmp_path) as request, pytest.raises((SourceError, InputError)) as caught:
        read(request, case)
    assert caught.value.message
    assert caught.value.hint


def test_progress_is_told(case, tmp_path):
    calls = []
    with case.lay_out(tmp_path, case.good) as request:
        read(request, case, progress=lambda *call: calls.append(call))
    assert calls
    assert all(stage and done >= 0 and (total is None or done <= total) for stage, done, total in calls)


def test_cursors_are_bounded_and_versioned(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        cursors = [cursor for harvest in read(request, case) for cursor in harvest.cursors]
    for cursor in cursors:
        assert cursor.source_name == case.name
        assert cursor.version >= 1
        assert 0 < len(cursor.position) <= LONGEST_POSITION
        assert len(cursor.scope) <= LONGEST_POSITION


def test_records_are_counted(case, tmp_path):
    with case.lay_out(tmp_path, case.good) as request:
        assert sum(harvest.records_count for harvest in read(request, case)) >= 1


def test_every_registered_source_of_harvests_has_a_case():
    registered = {name for name, source in sources().items() if source.harvest is not None}
    assert registered == {case.name for case in CASES}
