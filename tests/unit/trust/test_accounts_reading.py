"""Foreign tables as they come: any file format, any way of writing numbers, truths and dates."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from renown.errors import ColumnsError, MomentError, SourceFileError
from renown.trust import parse_account_mapping, read_accounts
from renown.trust.accounts_values import moment_of

MAPPING = parse_account_mapping(
    """
    [row]
    id = "user id"
    [columns]
    followers_count = "public.followers"
    has_default_picture = "plain"
    bio = "about"
    """
)
ROWS = [
    {"user id": "a", "public": {"followers": 10}, "plain": True, "about": "hello, you"},
    {"user id": "b", "public": {"followers": None}, "plain": None, "about": ""},
]


def write(folder, name):
    path = folder / name
    flat = [
        ["user id", "public.followers", "plain", "about"],
        ["a", "10", "yes", '"hello, you"'],
        ["b", "", "NA", ""],
    ]
    text = "\n".join(",".join(cells) for cells in flat)
    match name.split(".", 1)[1]:
        case "csv":
            path.write_text(text)
        case "csv.gz":
            path.write_bytes(gzip.compress(text.encode()))
        case "tsv":
            path.write_text(text.replace(",", "\t").replace("hello\t", "hello,"))
        case "json":
            path.write_text(json.dumps(ROWS))
        case "jsonl":
            path.write_text("\n".join(map(json.dumps, ROWS)))
        case "parquet":
            pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.tsv", "t.json", "t.jsonl", "t.parquet"])
def test_every_format_gives_the_same_accounts(tmp_path, name):
    read = read_accounts(write(tmp_path, name), MAPPING)
    assert read.ids == ["a", "b"]
    assert read.accounts.numbers["followers_count"].tolist()[0] == 10
    assert np.isnan(read.accounts.numbers["followers_count"][1])
    assert read.accounts.numbers["has_default_picture"][0] == 1
    assert np.isnan(read.accounts.numbers["has_default_picture"][1])
    assert read.accounts.texts["bio"].tolist() == ["hello, you", ""]
    assert read.unreadable == ()


def column(tmp_path, cells, rule, name="posts_count", extra=""):
    path = tmp_path / "one.csv"
    path.write_text("n,x\n" + "\n".join(f'"{cell}",1' for cell in cells))
    said = f", {rule}" if rule else ""
    return read_accounts(
        path, parse_account_mapping(f'[columns]\n{name} = {{ column = "n"{said} }}\n{extra}')
    )


@pytest.mark.parametrize(
    ("cells", "rule", "wanted"),
    [
        (["1,234", "1.2K", "3M", "12%", " 7 ", "null"], "", [1234, 1200, 3e6, 0.12, 7, np.nan]),
        (["2.5"], "scale = 1000", [2500]),
        (["2.302585092994046", "0"], 'encoding = "log"', [10, 1]),
        (["2.3978952727983707", "0"], 'encoding = "log1p"', [10, 0]),
        (["2"], 'encoding = "log10"', [100]),
        (["2"], 'encoding = "log10_1p"', [99]),
        (["3"], 'encoding = "log2"', [8]),
        (["4", "0"], "is_inverse = true", [0.25, 1e12]),
    ],
)
def test_numbers_however_written(tmp_path, cells, rule, wanted):
    read = column(tmp_path, cells, rule)
    np.testing.assert_allclose(read.accounts.numbers["posts_count"], wanted, rtol=1e-12, atol=1e-12)


def test_decimal_commas(tmp_path):
    read = column(tmp_path, ["1.234,5", "7"], "", extra='[file]\ndecimal = ","')
    assert read.accounts.numbers["posts_count"].tolist() == [1234.5, 7]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (["yes", "no", ""], ""),
        (["T", "f", "None"], ""),
        (["1", "0", "?"], ""),
        (["True", "FALSE", "n/a"], ""),
        (["ja", "nein", ""], 'yes = ["Ja"], no = ["Nein"]'),
    ],
)
def test_yes_and_no_in_many_words(tmp_path, cells, rule):
    found = column(tmp_path, cells, rule, "is_protected").accounts.numbers["is_protected"]
    np.testing.assert_array_equal(found, [1, 0, np.nan])


@pytest.mark.parametrize(
    "cell",
    [
        "2012-02-01T17:49:30Z",
        "2012-02-01 17:49:30",
        "2012-02-01T18:49:30+01:00",
        "Wed Feb 01 17:49:30 +0000 2012",
        "Wed, 01 Feb 2012 17:49:30 GMT",
        "1328118570",
        "1328118570000",
        "1328118570000L",
        1328118570000000,
        1328118570000000000,
    ],
)
def test_dates_of_any_shape(cell):
    assert moment_of(cell) == 1328118570000000


def test_a_date_without_dashes_is_no_epoch():
    assert moment_of("20160501") == moment_of("2016-05-01")


def test_a_format_of_ones_own(tmp_path):
    read = column(
        tmp_path, ["01/02/2012"], 'format = "%d/%m/%Y"', "created_at", '[row]\nobserved_at = "2012-02-11"'
    )
    assert read.accounts.numbers["created_at"][0] == moment_of("2012-02-01")


def test_cells_that_cannot_be_read_are_reported_and_not_known(tmp_path):
    read = column(tmp_path, ["5", "many", "-3", ""], "")
    np.testing.assert_array_equal(read.accounts.numbers["posts_count"], [5, np.nan, np.nan, np.nan])
    (found,) = read.unreadable
    assert (found.name, found.count, found.first_row, found.first_cell) == ("posts_count", 2, 2, "many")


def test_a_column_of_nonsense_is_an_error(tmp_path):
    with pytest.raises(ColumnsError, match="nothing in the column for posts_count"):
        column(tmp_path, ["many", "few"], "")


def test_a_missing_column_names_near_ones(tmp_path):
    path = write(tmp_path, "t.csv")
    with pytest.raises(ColumnsError, match=r"public\.followers") as caught:
        read_accounts(path, parse_account_mapping('[columns]\nfollowers_count = "public_followers"'))
    assert "public.followers" in caught.value.hint


def test_a_constant_holds_for_every_row(tmp_path):
    mapping = parse_account_mapping('[columns]\nage_days = "n"\nis_declared_bot = { constant = false }')
    path = tmp_path / "one.csv"
    path.write_text("n\n5\n6\n")
    assert read_accounts(path, mapping).accounts.numbers["is_declared_bot"].tolist() == [0, 0]


def test_tools_are_translated(tmp_path):
    rule = 'words = { 1 = "browser", 2 = "phone", iphone = "phone", IFTTT = "automation" }'
    found = column(tmp_path, ["[2;1]", "Twitter for iPhone", "ifttt", "[]", "3"], rule, "posting_tools")
    assert [
        None if text is None else set(text.split()) for text in found.accounts.texts["posting_tools"]
    ] == [
        {"browser", "phone"},
        {"phone"},
        {"automation"},
        None,
        None,
    ]


def test_without_a_moment_of_reading_the_youngest_account_is_a_month_old(tmp_path):
    read = column(tmp_path, ["2015-01-01", "2016-01-01"], "", "created_at")
    days = (read.accounts.numbers["observed_at"] - read.accounts.numbers["created_at"]) / 86_400e6
    assert days.tolist() == [395, 30]
    assert "2016-01-31" in read.observed_note


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02nothing"])
@pytest.mark.parametrize("name", ["t.parquet", "t.json", "t.csv"])
def test_a_broken_file_is_a_source_file_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises((SourceFileError, ColumnsError)):
        read_accounts(tmp_path / name, MAPPING)


def test_a_row_with_too_many_cells_is_an_error(tmp_path):
    (tmp_path / "t.csv").write_text("a,posts_count\n1,2\n1,2,3\n")
    with pytest.raises(SourceFileError, match="CSV"):
        read_accounts(tmp_path / "t.csv")


def test_latin_1_says_how_to_go_on(tmp_path):
    (tmp_path / "t.csv").write_bytes("bio,n\ngröße,1\n".encode("latin-1"))
    with pytest.raises(SourceFileError) as caught:
        read_accounts(tmp_path / "t.csv")
    assert "latin-1" in caught.value.hint
    mapping = parse_account_mapping('[columns]\nbio = "bio"\n[file]\ntext_encoding = "latin-1"')
    assert read_accounts(tmp_path / "t.csv", mapping).accounts.texts["bio"].tolist() == ["größe"]


def test_a_header_alone_is_no_accounts(tmp_path):
    (tmp_path / "t.csv").write_text("posts_count,bio\n")
    assert read_accounts(tmp_path / "t.csv").ids == []


def test_no_such_moment(tmp_path):
    with pytest.raises(MomentError, match="observed_at"):
        column(tmp_path, ["2015-01-01"], "", "created_at", '[row]\nobserved_at = "soon"')
