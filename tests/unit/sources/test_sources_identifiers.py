from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from renown.sources.identifiers import NO_NETWORK, read_identifiers
from renown.sources.reasons import REASON_NAMES


def read(values, kind=None, *, network="x", missing="missing_source"):
    column = values if isinstance(values, pa.Array) else pa.array(values, kind)
    found = read_identifiers(column, network=network, missing=missing)
    texts = found.taken(None).to_pylist()
    return [REASON_NAMES[reason] or text for text, reason in zip(texts, found.reasons.tolist(), strict=True)]


def test_ids_get_their_network_once():
    assert read(["5", "x:5", "y:5", "did:plc:a"]) == ["x:5", "x:5", "x:y:5", "x:did:plc:a"]


def test_ids_may_bring_their_own_network():
    assert read(["x:5", "5", ":5", "y:", ""], network=None) == [
        "x:5",
        "missing_network",
        "missing_network",
        "missing_source",
        "missing_source",
    ]


def test_ids_stay_as_they_are_written():
    assert read(["007", "7", "7.0", "é", "'; drop table", "=1+1"]) == [
        "x:007",
        "x:7",
        "x:7.0",
        "x:é",
        "x:'; drop table",
        "x:=1+1",
    ]


def test_white_space_around_an_id_is_no_part_of_it():
    found = read_identifiers(pa.array(["a", " a", "a\t", " "]), network="x", missing="missing_source")
    assert found.taken(None).to_pylist() == ["x:a", "x:a", "x:a", None]
    assert found.values.to_pylist().count("x:a") == 1
    assert read([" "]) == ["missing_source"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.uint64(), pa.int32()])
def test_whole_numbers_are_plain_decimals(kind):
    assert read([7, None, 100], kind) == ["x:7", "missing_source", "x:100"]


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("count", [5, 40, 300])
@pytest.mark.parametrize("is_at_the_top", [True, False])
def test_numbers_close_together_and_far_apart(bits, is_signed, count, is_at_the_top):
    kind = getattr(pa, f"{'' if is_signed else 'u'}int{bits}")()
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
    first = most - 120 if is_at_the_top else least
    close = [first + offset * 7 % 120 for offset in range(count)]
    far = [least, most] * count
    assert read(close, kind) == [f"x:{number}" for number in close]
    assert read(far, kind) == [f"x:{number}" for number in far]


def test_large_numbers_keep_every_digit():
    assert read([2**63 - 1, 1234567890123456789]) == ["x:9223372036854775807", "x:1234567890123456789"]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()]
)
def test_every_kind_of_text_is_read(kind):
    assert read(pa.array([b"a", b"\xc3\xa9", None]).cast(kind)) == ["x:a", "x:é", "missing_source"]


def test_dictionaries_are_read_repeated_unused_and_null_values_included():
    indices = pa.array([0, 1, 2, 3, None, 0], pa.int8())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["a", "a", None, "b", "unused"]))
    assert read(column) == ["x:a", "x:a", "missing_source", "x:b", "missing_source", "x:a"]
    found = read_identifiers(column, network="x", missing="missing_source")
    assert sorted(found.taken(found.reasons == 0).dictionary.to_pylist()) == ["x:a", "x:b"]


def test_an_id_may_have_512_bytes_its_network_not_counted():
    assert read(["é" * 256, "é" * 256 + "a", "x:" + "a" * 512]) == [
        "x:" + "é" * 256,
        "id_too_long",
        "x:" + "a" * 512,
    ]


def test_bytes_that_are_no_text_are_refused():
    assert read([b"a\0b", b"\xff\xfe", b"ok"], pa.binary()) == ["nul_byte", "invalid_utf8", "x:ok"]


def test_some_ids_may_be_missing():
    found = read_identifiers(pa.array(["a", None, ""]), network="x", missing=None)
    assert found.taken(None).to_pylist() == ["x:a", None, None]
    assert not found.reasons.any()


def test_only_the_texts_in_use_are_kept():
    found = read_identifiers(pa.array(["a", "b", "c", "a"]), network=NO_NETWORK, missing=None)
    kept = found.taken(np.array([True, False, True, True]))
    assert kept.to_pylist() == ["a", "c", "a"]
    assert kept.dictionary.to_pylist() == ["a", "c"]


def test_no_ids():
    found = read_identifiers(pa.array([], pa.string()), network="x", missing="missing_source")
    assert found.taken(None).to_pylist() == []
    nothing = read_identifiers(pa.array([None, None], pa.string()), network="x", missing=None)
    assert nothing.taken(None).to_pylist() == [None, None]
