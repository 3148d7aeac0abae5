"""Cascades as they are handed in: headers, order, and everything that cannot be one."""

from __future__ import annotations

import numpy as np
import pytest

from renown.errors import InputError
from renown.forecast import build_cascade, parse_cascade


def test_a_tideh_header_is_told_from_a_root():
    with_header = parse_cascade("3 4.25\n0 1000\n60 12\n90 40\n95 1\n")
    assert with_header.seconds.tolist() == [60, 90, 95]
    assert with_header.audiences.tolist() == [1000, 12, 40, 1]
    without = parse_cascade("0 1000\n60 12\n90 40\n95 1\n")
    assert without.seconds.tolist() == with_header.seconds.tolist()


def test_a_header_in_words_is_skipped_and_one_can_be_announced():
    assert parse_cascade("seconds followers\n0 5\n7 9\n").seconds.tolist() == [7]
    assert parse_cascade("9 9\n10 5\n17 9\n", has_header=True).seconds.tolist() == [7]
    with pytest.raises(InputError, match="before its root"):
        parse_cascade("3 4\n0 5\n7 9\n", has_header=False)


def test_moments_need_not_begin_at_zero_nor_be_in_order():
    found = parse_cascade("1000 5\n1300 7\n1100 6\n")
    assert found.seconds.tolist() == [100, 300]
    assert found.audiences.tolist() == [5, 6, 7]


def test_commas_comments_blank_lines_and_a_byte_order_mark():
    found = parse_cascade("\ufeff# of a post\n\n0,10\n\n5,20\n")
    assert found.seconds.tolist() == [5]
    assert found.audiences.tolist() == [10, 20]


@pytest.mark.parametrize("text", ["0\n5\n9\n", "0 10\n5\n9 3\n", "0 0\n5 0\n9 0\n", "0 1\n4 1\n"])
def test_followers_that_are_missing_or_all_alike_are_not_known(text):
    assert parse_cascade(text).audiences is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("0 10\n-5 3\n", "before its root"),
        ("0 10\nfive 3\n", "line 2"),
        ("0 10\n5 3 9\n", "line 2"),
        ("0 10\n5 nan\n", "line 2"),
        ("0 10\ninf 3\n", "line 2"),
        ("0 10\n5 -3\n", "follower count"),
        ("0 10\n5 1e300\n", "follower count"),
        ("0 10\n\x00 3\n", "line 2"),
        ("1a 10\n5 3\n", "line 1"),
    ],
)
def test_what_cannot_be_a_cascade_is_refused_with_its_place(text, says):
    with pytest.raises(InputError, match=says) as caught:
        parse_cascade(text, where="early.txt")
    assert "early.txt" in caught.value.message


def test_moments_and_followers_must_match():
    with pytest.raises(InputError, match="do not go with"):
        build_cascade([0, 1, 2], [5, 6])


def test_only_what_was_known_is_known():
    found = build_cascade([0, 10, 20, 30], [9, 1, 2, 3]).until(20)
    assert found.seconds.tolist() == [10, 20]
    np.testing.assert_array_equal(found.audiences, [9, 1, 2])
