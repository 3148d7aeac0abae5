import pytest

from renown.cli import look


def test_an_unknown_figure_is_a_dash() -> None:
    assert look.decimal(None) == look.whole(float("nan")) == look.signed(None) == look.moment(None) == "-"


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        (0, ""),
        (-3, ""),
        (0.05, ""),
        (0.1, "▏"),
        (1, "▊"),
        (6.25, "█████"),
        (12.5, "██████████"),
        (99, "██████████"),
    ],
)
def test_bars_are_zero_based_and_never_longer_than_their_width(value: float, drawn: str) -> None:
    assert look.bar(value, full=12.5, width=10) == drawn


def test_bars_with_nothing_to_compare_to_are_empty() -> None:
    assert look.bar(1, full=0, width=10) == ""
    assert look.bar(float("nan"), full=1, width=10) == ""


def test_intervals_in_a_table_line_up() -> None:
    rows = [look.interval_in_table(9.5, 8.0, 11.0), look.interval_in_table(41.2, 38.4, 44.3)]
    assert [row.rjust(20).index("[") for row in rows] == [9, 9]


def test_a_hostile_name_cannot_move_the_cursor_or_break_the_line() -> None:
    shown = look.name("\x1b[2Jadmin\r\n\u202eevil\u2028")
    assert all(character not in shown for character in "\x1b\r\n\u202e\u2028")
    assert "admin" in shown
