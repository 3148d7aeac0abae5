import sys
import time

import pytest

from renown.cli import progress
from renown.cli.progress import ProgressBars


class Terminal:
    """A stderr that says it is a terminal and keeps what is drawn."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.drawn = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.drawn += text
        return len(text)

    def flush(self) -> None:
        pass


def put_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Called in the test itself: pytest puts its own stderr in place after fixtures have run."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    return screen


def test_quick_work_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = put_terminal(monkeypatch)
    with ProgressBars(is_shown=True) as report:
        report("reading", 1, 2)
    assert terminal.drawn == ""


def test_work_that_lasts_is_shown_even_when_it_reports_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = put_terminal(monkeypatch)
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", 0.01)
    with ProgressBars(is_shown=True) as report:
        report("reading", 1, 2)
        deadline = time.monotonic() + 10
        while "reading" not in terminal.drawn and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "reading" in terminal.drawn
    assert "50%" in terminal.drawn


@pytest.mark.parametrize("is_shown", [True, False])
def test_nothing_is_drawn_where_nobody_watches(
    is_shown: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", 0.0)
    with ProgressBars(is_shown=is_shown) as report:
        report("reading", 1, None)
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_a_long_path_leaves_room_for_the_bar() -> None:
    shown = progress._short("reading /a/very/long/path/that/never/ends/activity.txt.gz")
    assert len(shown) == 34
    assert shown.startswith("reading …")
    assert shown.endswith("/activity.txt.gz")
    assert progress._short("scoring") == "scoring"
