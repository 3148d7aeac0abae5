"""Paths into nested records: `user.id`, `entities.urls[0].url`, `"a.b".c`, `mentions[]`, `@.did`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from renown.errors import MappingError

ELEMENT: Final = "@"
EACH: Final = None
"""The step of `[]`: every element."""

Step = str | int | None

_STEP: Final = re.compile(r'"((?:[^"\\]|\\.)+)"|([^\s.\[\]"{}@][^.\[\]"{}@]*)')
_INDEX: Final = re.compile(r"\[(\d{0,6})\]")


@dataclass(frozen=True)
class Path:
    """Steps from the record (or, `is_element`, from the element of `each`) to a value."""

    steps: tuple[Step, ...]
    is_element: bool
    text: str


def parse_path(text: object, where: str, *, can_repeat: bool = False) -> Path:
    """Understand a path.

    Args:     can_repeat: whether it may say `[]`, as `each` does.
    Raises:   MappingError: it is no path, or says `[]` where one value is wanted.
    Example:
        >>> parse_path("entities.urls[0].url", "rows[0].post").steps
        ('entities', 'urls', 0, 'url')
    """
    if not isinstance(text, str) or not text:
        raise MappingError(f"{where}: {text!r} is no path.", hint="A path is text such as user.id.")
    is_element = text.startswith(ELEMENT)
    steps = _steps(text[1:] if is_element else text, is_element)
    if steps is None:
        raise MappingError(
            f"{where}: {text!r} is no path.",
            hint='Write names with dots between (user.id), [0] for an element, "quotes" round odd names.',
        )
    if EACH in steps and not can_repeat:
        raise MappingError(
            f"{where}: {text!r} leads to many values where one is wanted.",
            hint="Name the list in `each`, and its element by a leading @.",
        )
    return Path(tuple(steps), is_element, text)


def _steps(rest: str, is_element: bool) -> list[Step] | None:
    steps: list[Step] = []
    position = 0
    wants_name = not is_element
    while position < len(rest) or wants_name:
        if wants_name:
            match = _STEP.match(rest, position)
            if match is None:
                return None
            quoted, plain = match.groups()
            steps.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
            wants_name = False
        elif rest[position] == ".":
            wants_name, position = True, position + 1
            continue
        else:
            match = _INDEX.match(rest, position)
            if match is None:
                return None
            steps.append(int(match[1]) if match[1] else EACH)
        position = match.end()
    return steps


def look_up(record: Any, steps: tuple[Step, ...]) -> Any:
    """The value at the end of a path; None where it leads nowhere. `[]` makes a flat list."""
    for place, step in enumerate(steps):
        if step is EACH:
            elements = record if isinstance(record, list) else []
            rest = steps[place + 1 :]
            if EACH not in rest:
                return [look_up(element, rest) for element in elements]
            return [one for element in elements for one in look_up(element, rest) or ()]
        if isinstance(step, str):
            record = record.get(step) if isinstance(record, dict) else None
        else:
            record = record[step] if isinstance(record, list) and step < len(record) else None
        if record is None:
            return [] if EACH in steps[place + 1 :] else None
    return record
