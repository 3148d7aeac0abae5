from __future__ import annotations

import pytest

import renown.sources.blocks
import renown.sources.delimited
from renown.errors import RejectedRowsError, SourceFileError

MOMENT = 1341100972
GOOD = f"a,b,{MOMENT},like"
ROW = ("x:a", "x:b", MOMENT, "like")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("header", ["", "from to ts type"])
def test_any_delimiter_with_and_without_header(file, read, delimiter, end, header):
    lines = ([header] if header else []) + [f"a b {MOMENT} like", f"007 d {MOMENT + 1} reply"]
    content = end.join(line.replace(" ", delimiter) for line in lines) + end
    outcome = read(file("f.txt", content))
    assert outcome.rows == [ROW, ("x:007", "x:d", MOMENT + 1, "reply")]
    assert outcome.rejects.count == 0


def test_a_file_without_last_newline_is_read_to_its_end(file, read):
    assert read(file("f.csv", f"{GOOD}\n{GOOD}")).rows == [ROW, ROW]


def test_a_byte_order_mark_is_passed_over(file, read):
    assert read(file("f.csv", "\ufeff" + GOOD)).rows == [ROW]
    assert read(file("g.csv", "\ufefffrom,to,ts,type\n" + GOOD), columns="").rows == [ROW]


def test_blank_lines_are_no_rejects_but_count(file, read):
    outcome = read(file("f.csv", f"\n{GOOD}\n\n   \n{GOOD},x\n\n{GOOD}\n"))
    assert outcome.rows == [ROW, ROW]
    assert outcome.refused == [(5, "wrong_column_count")]


def test_columns_by_name_and_others_passed_over(file, read):
    content = f'id,text,type,ts,to,from\n1,"x, ""y""",like,{MOMENT},b,a\n'
    outcome = read(file("f.csv", content), columns="source=from target=to time=ts kind=type id=id")
    assert outcome.rows == [ROW]
    assert outcome.table["interaction_id"].to_pylist() == ["1"]


def test_posts_get_their_network_too(file, read):
    outcome = read(
        file("f.csv", f"a,b,{MOMENT},like,9,\na,b,{MOMENT},reply,9,10\n"),
        columns="source target time kind post reaction_post",
    )
    assert outcome.table["post_id"].to_pylist() == ["x:9", "x:9"]
    assert outcome.table["reaction_post_id"].to_pylist() == [None, "x:10"]


def test_every_reason_a_row_of_text_can_be_refused_for(file, read):
    long_id = "i" * 10_000
    lines = [
        GOOD.encode(),
        f",b,{MOMENT},like".encode(),
        f"a,,{MOMENT},like".encode(),
        b"a,b,,like",
        b"a,b,soon,like",
        b"a,b,2012-07-01T00:00:00,like",
        b"a,b,0,like",
        b"a,b,99999999999,like",
        f"a,b,{MOMENT}000,like".encode(),
        f"a,b,{MOMENT},".encode(),
        f"a,b,{MOMENT},bookmark".encode(),
        f"{long_id},b,{MOMENT},like".encode(),
        b"a,b",
        f"a,b,{MOMENT},like,1".encode(),
        f"a\0,b,{MOMENT},like".encode(),
        f"\xe9,b,{MOMENT},like".encode("latin-1"),
        f"a\r,b,{MOMENT},like".encode(),
        f'"a,b,{MOMENT},like'.encode(),
        f",,{MOMENT},".encode(),
        GOOD.encode(),
    ]
    outcome = read(file("f.csv", b"\n".join(lines)))
    assert outcome.rows == [ROW, ROW]
    assert outcome.refused == [
        (2, "missing_source"),
        (3, "missing_target"),
        (4, "missing_time"),
        (5, "unreadable_time"),
        (6, "time_without_zone"),
        (7, "time_before_2000"),
        (8, "time_in_future"),
        (9, "mixed_time_unit"),
        (10, "missing_kind"),
        (11, "unknown_kind"),
        (12, "id_too_long"),
        (13, "wrong_column_count"),
        (14, "wrong_column_count"),
        (15, "nul_byte"),
        (16, "invalid_utf8"),
        (17, "stray_carriage_return"),
        (18, "broken_quotes"),
        (19, "missing_source"),
    ]
    by_line = {record["line"]: record for record in outcome.records}
    assert by_line[11]["message"].endswith(": bookmark")
    assert by_line[14]["message"] == "4 columns expected, 5 found"
    assert len(by_line[12]["text"]) == 2_000
    assert by_line[16]["text"] == f"\\xe9,b,{MOMENT},like"
    assert outcome.rejects.counts["wrong_column_count"] == 2


def test_a_refused_id_is_in_no_dictionary(file, read):
    outcome = read(file("f.csv", f"{GOOD}\nghost,b,0,like\n"))
    assert outcome.table["source_actor_id"].chunk(0).dictionary.to_pylist() == ["x:a"]


@pytest.mark.parametrize("hostile", ["'; drop table", "=HYPERLINK(1)", "$(rm -rf)", "<b>", "é\u202e", "a'b"])
def test_ids_are_only_ever_text(file, read, hostile):
    assert read(file("f.csv", f"{hostile},b,{MOMENT},like\n")).rows[0][0] == f"x:{hostile}"


def test_quoted_fields_hold_delimiters_quotes_and_newlines(file, read):
    content = f'"a,1","b ""2""",{MOMENT},like\n"a\n3",b,{MOMENT},like\n{GOOD},x\n"c",d,{MOMENT},like\n'
    outcome = read(file("f.csv", content))
    assert [row[:2] for row in outcome.rows] == [("x:a,1", 'x:b "2"'), ("x:a\n3", "x:b"), ("x:c", "x:d")]
    assert outcome.refused == [(4, "wrong_column_count")]


def test_a_stray_quote_costs_one_line(file, read):
    lines = [GOOD] * 500
    lines[100] = f'"a,b,{MOMENT},like'
    lines[300] = f'a,"b,{MOMENT},like'
    lines[400] = f'a"a,b"b,{MOMENT},like'
    outcome = read(file("f.csv", "\n".join(lines)))
    assert len(outcome.rows) == 498
    assert outcome.refused == [(101, "broken_quotes"), (301, "broken_quotes")]
    assert ('x:a"a', 'x:b"b', MOMENT, "like") in outcome.rows


def test_text_after_a_closing_quote_is_read_the_same_wherever_it_stands(file, read):
    odd = f'"a"z,b,{MOMENT},like'
    alone = read(file("f.csv", f"{odd}\n{GOOD}\n")).rows
    beside_broken = read(file("g.csv", f'{odd}\n{GOOD}\n"\n')).rows
    assert alone == beside_broken == [("x:az", "x:b", MOMENT, "like"), ROW]


def test_repeated_spaces_and_tabs_are_one_delimiter(file, read):
    content = f"  a   b\t{MOMENT}  like  \na b {MOMENT} like\n\n \t \na b \r\n   a b {MOMENT}    like   \r\n"
    outcome = read(file("f.txt", content), delimiter="space")
    assert outcome.rows == [ROW, ROW, ROW]
    assert outcome.refused == [(5, "wrong_column_count")]
    assert outcome.records[0]["text"] == "a b "


def test_quotes_among_spaces(file, read):
    outcome = read(file("f.txt", f'"a  1"   b {MOMENT} like\n a\tb {MOMENT} like \n'), delimiter=" ")
    assert outcome.rows == [("x:a  1", "x:b", MOMENT, "like"), ROW]


def test_a_10_mb_line_of_rubbish_is_one_reject(file, read):
    rubbish = "y" * 10_000_000
    outcome = read(file("f.csv", f"{GOOD}\n{rubbish}\n{GOOD}\na,{rubbish},{MOMENT},like\n{GOOD}\n"))
    assert outcome.rows == [ROW] * 3
    assert outcome.refused == [(2, "wrong_column_count"), (4, "id_too_long")]
    assert all(len(record["text"]) == 2_000 for record in outcome.records)


def test_a_line_longer_than_a_block_is_one_reject(file, read):
    content = f"{GOOD}\n".encode() + b"y" * (17 << 20) + f"\n{GOOD}\n".encode()
    outcome = read(file("f.csv", content))
    assert outcome.rows == [ROW, ROW]
    assert outcome.refused == [(2, "line_too_long")]


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks so small that every row meets their borders."""

    def set_size(size):
        monkeypatch.setattr(renown.sources.blocks, "FIRST_BLOCK_BYTES", size)
        monkeypatch.setattr(
            renown.sources.blocks.LineBlocks.__init__, "__kwdefaults__", {"block_bytes": size}
        )

    return set_size


@pytest.mark.parametrize("size", [64, 65, 66, 67, 70, 80, 100, 150, 1000])
def test_rows_that_span_lines_and_blocks_keep_their_numbers(file, read, small_blocks, size):
    small_blocks(size)
    lines = []
    for number in range(60):
        if number % 7 == 3:
            lines += [f'"a{number}', f'x",b,{MOMENT},like']
        elif number % 11 == 5:
            lines += [f"bad{number}"]
        else:
            lines += [f"a{number},b,{MOMENT},like"]
    outcome = read(file("f.csv", "\n".join(lines)))
    assert outcome.refused == [
        (line, "wrong_column_count") for line, text in enumerate(lines, 1) if text.startswith("bad")
    ]
    whole = [text.split(",")[0] for text in lines if text.startswith("a")]
    spanning = [f"{text[1:]}\nx" for text in lines if text.startswith('"')]
    assert sorted(row[0] for row in outcome.rows) == sorted(f"x:{name}" for name in whole + spanning)


@pytest.mark.parametrize("size", [40, 64, 200])
def test_stray_quotes_across_blocks_come_to_an_end(file, read, small_blocks, size):
    small_blocks(size)
    lines = [f'"a{number},b,{MOMENT},like' if number % 5 == 0 else GOOD for number in range(50)]
    outcome = read(file("f.csv", "\n".join([GOOD, *lines])))
    assert [line for line, reason in outcome.refused if reason == "broken_quotes"] == list(range(2, 52, 5))
    assert len(outcome.rows) == 41


def test_strict_refuses_on_the_first_bad_line(file, read):
    path = file("f.csv", f"{GOOD}\n{GOOD}\nx,y,0,like\nx,y\n{GOOD}")
    with pytest.raises(RejectedRowsError, match=r"f\.csv line 3: time_before_2000") as caught:
        read(path, strict=True)
    assert "x,y,0,like" in caught.value.hint


def test_strict_reads_what_has_no_fault(file, read):
    assert read(file("f.csv", f"{GOOD}\n\n"), strict=True).rows == [ROW]


def test_a_file_that_is_read_in_the_wrong_way_is_an_error_not_a_million_rejects(file, read):
    path = file("f.csv", f"a,b,{MOMENT},RT\n" * 2_000)
    with pytest.raises(SourceFileError, match=r"2,000 rows .*line 1.*: RT") as caught:
        read(path)
    assert "--kinds RT=repost" in caught.value.hint


def test_a_thousand_bad_rows_before_a_good_one_are_rejects(file, read):
    outcome = read(file("f.csv", "a,b,0,like\n" * 1_500 + GOOD))
    assert outcome.rows == [ROW]
    assert outcome.rejects.counts == {"time_before_2000": 1_500}


def test_few_rows_with_unknown_kinds_only_are_rejects(file, read):
    outcome = read(file("f.csv", f"a,b,{MOMENT},bookmark\n"))
    assert outcome.rows == []
    assert outcome.rejects.counts == {"unknown_kind": 1}


def test_few_rows_of_a_wrong_shape_only_are_an_error(file, read):
    with pytest.raises(SourceFileError, match="its only row would be refused"):
        read(file("f.csv", "from,to,ts,type\na,b\n"))


def test_a_header_without_rows_is_no_error(file, read):
    assert read(file("f.csv", "source,target,time,kind\n")).rows == []


def test_kinds_are_translated_and_left_out(file, read):
    content = "".join(f"a,b,{MOMENT},{kind}\n" for kind in ("RT", "Like", "BM", "RETWEET", "", "BM"))
    kinds = {"RT": "repost", "RETWEET": "repost", "BM": "-"}
    outcome = read(file("f.csv", content), kinds=kinds, default_kind="mention")
    assert [row[3] for row in outcome.rows] == ["repost", "like", "repost", "mention"]
    assert outcome.rejects.left_out_count == 2
    assert outcome.rejects.count == 0


def test_a_file_may_have_one_kind_only(file, read):
    outcome = read(file("f.txt", f"a b {MOMENT}\n"), columns="source target time", default_kind="follow")
    assert outcome.rows == [("x:a", "x:b", MOMENT, "follow")]


def test_times_with_zone_and_without(file, read):
    content = "a,b,2012-07-01T00:02:52Z,like\na,b,2012-07-01 02:02:52,like\n"
    outcome = read(file("f.csv", content))
    assert outcome.refused == [(2, "time_without_zone")]
    assert read(file("f.csv", content), time_zone="Europe/Berlin").rows == [ROW, ROW]


def test_a_file_of_two_networks(file, read):
    outcome = read(
        file("f.csv", f"m:a,m:b,{MOMENT},like\nb:a,m:b,{MOMENT},like\na,m:b,{MOMENT},like"), network=None
    )
    assert outcome.table["network"].to_pylist() == ["m", "b"]
    assert outcome.refused == [(3, "missing_network")]
