"""Whatever stands in a record, it is read, left out or said not to be understood; nothing crashes."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown.sources.registry import find_source
from renown.store.harvest import Gather, harvest_schema
from tests.contract.cases_of_files import cases_of_files

CASES = {case.name: case for case in cases_of_files()}
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "[deleted]", "-1", "9" * 40, "2026-05-05T10:00:00Z", "0001-01-01T00:00:00Z", "/y"]),
    st.lists(st.integers(0, 3) | st.text(max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(["id", "kind", "login", "user", "name"]), st.integers(0, 9), max_size=2),
)


def places(value, path=()):
    """Paths of everything inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key)
        yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def payloads(case):
    """Records by themselves, as they stand in the quarantine."""
    if case.name == "stackexchange":
        site = "kites.example"
        return [{"table": table.lower(), "site": site, "row": row} for table, row in case.good]
    return [*case.good, json.loads(case.replayed[0]), case.marked]


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(draw=st.data())
def test_no_record_crashes(name, draw):
    case = CASES[name]
    record = draw.draw(st.sampled_from(payloads(case)))
    for _ in range(draw.draw(st.integers(1, 3))):
        path = draw.draw(st.sampled_from(list(places(record))))
        record = replaced(record, path, draw.draw(STRANGE))
    gather = Gather(name, network=case.network)
    payload = json.dumps(record)
    with gather.reading(payload):
        find_source(name).replay(payload, gather)
    harvest = gather.harvest()
    for table, rows in harvest.rows.items():
        assert rows.schema.equals(harvest_schema(table))
        rows.validate(full=True)
        for row in rows.to_pylist():
            ids = [value for key, value in row.items() if key.endswith(("actor_id", "post_id"))]
            assert f"{case.network}:" not in ids
    assert all(record.reason for record in harvest.quarantined)
