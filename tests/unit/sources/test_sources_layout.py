from __future__ import annotations

import pytest

from renown.errors import ColumnsError, SourceFileError
from renown.sources import ReadOptions
from renown.sources.layout import find_layout

POSITIONS = "source target time kind"


def layout(*lines: str, file="f.txt", columns=POSITIONS, **options):
    return find_layout(
        [line.encode() for line in lines], ReadOptions(network="x", columns=columns, **options), file=file
    )


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " "])
def test_the_delimiter_is_found_by_the_number_of_columns(delimiter):
    found = layout(delimiter.join(["a", "b", "1341100972", "like"]))
    assert (found.delimiter, found.width, found.has_header) == (delimiter, 4, False)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " "])
def test_the_delimiter_is_found_by_the_names(delimiter):
    found = layout(delimiter.join(["text", "from", "to", "ts", "type"]), columns="")
    assert (found.delimiter, found.has_header) == (delimiter, True)
    assert found.positions == {"source": 1, "target": 2, "time": 3, "kind": 4}


def test_one_broken_line_does_not_mislead():
    assert layout("#comment", "a,b,1341100972,like", "c,d,1341100973,like").delimiter == ","


def test_columns_within_quotes_are_one():
    found = layout('"a,b","c",1341100972,like', '"a","c",1341100972,like')
    assert (found.delimiter, found.width) == (",", 4)


def test_a_line_that_is_no_csv_is_no_crash():
    assert layout("a,b,1341100972,like", '\r",x', '"' + "y" * 200_000).delimiter == ","


def test_repeated_spaces_are_one_delimiter():
    assert layout("  a   b  1341100972 like ").width == 4


def test_a_skipped_column_counts():
    found = layout("a b zzz 1341100972 like", columns="source target - time kind")
    assert found.positions == {"source": 0, "target": 1, "time": 3, "kind": 4}


@pytest.mark.parametrize(
    "first",
    [
        "from,to,ts,type",
        '"source","target","time","kind"',
        "a,b,posted on,c",
        "source,target,time2,kind",
        "Von,An,Zeit,Art",
    ],
)
def test_a_header_is_noticed(first):
    assert layout(first, "1,2,1341100972,like").has_header


@pytest.mark.parametrize(
    "first",
    [
        "1,2,1341100972,like",
        "1,2,2012-07-01T00:00:00Z,like",
        "1,2,2012-07-01,like",
        "1,2,,like",
        "1,2,N/A,x",
        "1,2,null,x",
        "1,2,soon,like",
        "1,2,soon,RT",
        "1,2,1st of July 2012,x",
    ],
)
def test_a_row_is_not_taken_for_a_header(first):
    assert not layout(first, kinds={"RT": "repost"}).has_header


def test_what_was_said_of_the_header_holds():
    assert layout("1,2,1341100972,like", header=True).has_header
    assert not layout("source,target,time,kind", header=False).has_header


def test_names_of_the_header_win_over_the_order():
    found = layout("target,source,time,kind", "1,2,1341100972,like")
    assert (found.positions["source"], found.positions["target"]) == (1, 0)


def test_a_wrong_number_of_columns_shows_the_line_and_what_was_tried():
    with pytest.raises(SourceFileError, match=r"does not have 4 columns") as caught:
        layout("alice;bob;1341100972", "alice;bob;1341100973")
    assert "alice;bob;1341100972" in caught.value.message
    assert "3 by semicolon" in caught.value.message
    assert "- skips one" in caught.value.hint


def test_a_delimiter_that_was_given_is_not_guessed():
    with pytest.raises(SourceFileError, match="1 by comma"):
        layout("a\tb\t1341100972\tlike", delimiter=",")


@pytest.mark.parametrize("delimiter", [",", ";", " "])
def test_a_file_without_header_and_without_columns_asks_for_them(delimiter):
    with pytest.raises(ColumnsError, match="no header, so its columns must be named") as caught:
        layout(delimiter.join(["alice", "bob", "1341100972", "like"]), columns="")
    assert "--columns" in caught.value.hint


def test_a_column_missing_from_the_header_is_named():
    with pytest.raises(ColumnsError, match="no column for kind=type"):
        layout("from;to;ts;text", columns="source=from target=to time=ts kind=type")


def test_kinds_must_come_from_somewhere():
    with pytest.raises(ColumnsError, match="says the kind"):
        layout("a,b,1341100972", columns="source target time")
    assert layout("a,b,1341100972", columns="source target time", default_kind="like").width == 3


def test_a_name_ending_in_tsv_prefers_tabs():
    assert layout("a,b\tc,d\t1341100972,x\tl,m", file="f.tsv.gz", columns=POSITIONS).delimiter == "\t"
