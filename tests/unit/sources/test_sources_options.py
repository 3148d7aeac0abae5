from __future__ import annotations

import pytest

from renown.errors import ColumnsError, InputError
from renown.sources import ReadOptions, parse_kinds


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": "twit:ter"},
        {"network": ""},
        {"kinds": {"RT": "retweet"}},
        {"default_kind": "-"},
        {"delimiter": ",,"},
        {"delimiter": '"'},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError):
        ReadOptions(**wrong)


@pytest.mark.parametrize("columns", ["", "source=a target=b time=c"])
def test_without_header_names_say_nothing(columns):
    with pytest.raises(ColumnsError):
        ReadOptions(header=False, columns=columns)


@pytest.mark.parametrize(("said", "meant"), [("tab", "\t"), ("\\t", "\t"), ("Space", " "), ("|", "|")])
def test_delimiters_have_names(said, meant):
    assert ReadOptions(delimiter=said).delimiter == meant


def test_kinds_are_translated():
    assert parse_kinds("RT=repost, a=b=reply,") == {"RT": "repost", "a=b": "reply"}


@pytest.mark.parametrize("text", ["RT", "=repost", "RT="])
def test_what_is_no_translation_is_refused(text):
    with pytest.raises(InputError):
        parse_kinds(text)
