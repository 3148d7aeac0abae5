from __future__ import annotations

from importlib.metadata import EntryPoint

import pyarrow as pa
import pytest

import renown.sources.registry
from renown.errors import InputError
from renown.sources import ReadOptions, RejectLog, Source, find_source, read_interactions, sources

BATCH = pa.table({"network": ["x"]})
SOURCE = Source("smoke", "signals", lambda location, *, options, rejects, progress: iter([BATCH]))
IMPOSTOR = Source("csv", "something else", SOURCE.read)


@pytest.fixture
def installed(monkeypatch):
    """A package that adds two sources, one under a name that is taken."""
    added = [
        EntryPoint(name, f"{__name__}:{value}", "renown.sources")
        for name, value in (("smoke", "SOURCE"), ("csv", "IMPOSTOR"))
    ]
    monkeypatch.setattr(renown.sources.registry, "entry_points", lambda group: added)


def test_files_are_sources():
    assert {"csv", "jsonl", "parquet"} <= sources().keys()
    assert all(source.reads for source in sources().values())


def test_a_package_may_add_a_source(installed):
    assert find_source("smoke") is SOURCE
    options = ReadOptions(network="x", source="smoke")
    assert list(read_interactions("anywhere", options=options, rejects=RejectLog())) == [BATCH]


def test_no_package_replaces_a_source_of_ours(installed):
    assert find_source("csv") is not IMPOSTOR


def test_an_unknown_source_is_told():
    with pytest.raises(InputError, match="no source called 'parket'"):
        find_source("parket")
