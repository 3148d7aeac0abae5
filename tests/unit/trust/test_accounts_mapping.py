"""A mapping is checked before anything is read, and says what is wrong and what was perhaps meant."""

from __future__ import annotations

import pytest

from renown.errors import ColumnsError, InputError
from renown.trust import load_account_mapping, parse_account_mapping
from renown.trust.accounts_mapping import mapping_of_names


def test_a_name_alone_is_the_column():
    mapping = parse_account_mapping('[row]\nid = "who"\n[columns]\nposts_count = "n posts"\n')
    assert mapping.columns["posts_count"].column == "n posts"
    assert mapping.row.id == "who"


@pytest.mark.parametrize(
    ("toml", "error", "says"),
    [
        ('[columns]\nfollower_count = "f"', ColumnsError, "followers_count"),
        ("[columns]\n", InputError, "names no column"),
        ("columns = 3", InputError, "columns"),
        ("[columns", InputError, "mapping"),
        ('[columns]\nposts_count = "p"\n[rows]\nid = "x"', InputError, "rows"),
        ("[columns]\nposts_count = { scale = 2 }", InputError, "either column or constant"),
        ('[columns]\nposts_count = { column = "p", constant = 1 }', InputError, "either column or constant"),
        ('[columns]\nposts_count = { column = "p", scale = 0 }', InputError, "above 0"),
        (
            '[columns]\nposts_count = { column = "p", yes = ["y"] }',
            InputError,
            "cannot be said of posts_count",
        ),
        ('[columns]\nbio = { column = "p", scale = 2 }', InputError, "cannot be said of bio"),
        ('[columns]\nposts_count = { column = "p", encoding = "log3" }', InputError, "encoding"),
        (
            '[columns]\nis_protected = { column = "p", yes = ["T"], no = ["t"] }',
            InputError,
            "both yes and no",
        ),
        ('[columns]\nposting_tools = { column = "p", words = { a = "toaster" } }', InputError, "toaster"),
        ('[columns]\nbio = "b"\n[file]\ndelimiter = "::"', InputError, "not one character"),
        ('[columns]\nbio = "b"\n[file]\ntext_encoding = "klingon"', InputError, "klingon"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(toml, error, says):
    with pytest.raises(error) as caught:
        parse_account_mapping(toml)
    assert says in str(caught.value)
    assert caught.value.hint


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no mapping"):
        load_account_mapping(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes('[columns]\nbio = "größe"'.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        load_account_mapping(tmp_path / "latin.toml")


def test_canonical_names_need_no_mapping():
    assert set(mapping_of_names(["id", "posts_count", "colour"]).columns) == {"posts_count"}
    with pytest.raises(ColumnsError, match="canonical name"):
        mapping_of_names(["colour"])
