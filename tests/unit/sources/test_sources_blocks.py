from __future__ import annotations

import io

import pytest

from renown.sources.blocks import LineBlocks
from renown.sources.bytestream import CountedBytes, TextBytes


def line_blocks(content: bytes, block_bytes: int) -> LineBlocks:
    return LineBlocks(TextBytes(CountedBytes(io.BytesIO(content), None, None), "f"), block_bytes=block_bytes)


def all_blocks(blocks: LineBlocks):
    found = []
    while block := blocks.next_block():
        found.append(block)
        assert len(found) < 1000
    return found


@pytest.mark.parametrize("block_bytes", [7, 8, 9, 20, 1000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_every_line_keeps_its_number(block_bytes, end):
    lines = [b"line%d" % number if number % 3 else b"" for number in range(1, 40)]
    lines[-1] = b"last"
    blocks = all_blocks(line_blocks(b"\n".join(lines) + end, block_bytes))
    numbered = {block.first_line + i: line for block in blocks for i, line in enumerate(block.lines)}
    assert numbered == dict(enumerate(lines, 1))
    assert sum(block.line_count for block in blocks) == len(lines)


@pytest.mark.parametrize("excess", [0, 1, 9, 10, 11, 200])
def test_a_line_longer_than_a_block_is_passed_over(excess):
    blocks = line_blocks(b"a\n" + b"x" * (10 + excess) + b"\nb\n", 10)
    found = {}
    while block := blocks.next_block():
        found.update(enumerate(block.lines, block.first_line))
    assert found == {1: b"a", 3: b"b"}
    assert [(reject.line, reject.reason) for reject in blocks.take_rejects()] == [(2, "line_too_long")]


def test_a_line_of_just_a_block_is_read():
    assert [block.content for block in all_blocks(line_blocks(b"x" * 9 + b"\n" + b"y" * 9, 10))] == [
        b"x" * 9 + b"\n",
        b"y" * 9,
    ]


def test_a_long_last_line_is_passed_over():
    blocks = line_blocks(b"x" * 100, 10)
    assert blocks.next_block() is None
    assert [reject.line for reject in blocks.take_rejects()] == [1]
    assert blocks.take_rejects() == []


def test_lines_given_back_come_again_with_what_follows():
    blocks = line_blocks(b"a\nb\nc\nd\n", 6)
    first = blocks.next_block()
    assert first.lines == [b"a", b"b", b"c"]
    blocks.give_back(first, 2)
    rest = all_blocks(blocks)
    assert [line for block in rest for line in block.lines] == [b"b", b"c", b"d"]
    assert rest[0].first_line == 2


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    (block,) = all_blocks(line_blocks(b"\xef\xbb\xbfa\r\nb", 100))
    assert block.lines == [b"a", b"b"]
    assert block.text_of_line(2) == b"b"
