"""What a mapping makes of one record, in Python: the definition that the SQL form agrees with.

The SQL form (compiled.py) maps what is plain; a record with anything odd in it, and every record that is read
again from the quarantine, comes here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from renown.sources.identifiers import LONGEST_ID_BYTES
from renown.sources.mapped.fields import ID_TYPES, TABLE_FIELDS, Field
from renown.sources.mapped.mapping import (
    LEFT_OUT_WORD,
    AnyOf,
    Condition,
    RecordMapping,
    Rule,
    TimeUnit,
    Value,
)
from renown.sources.mapped.moments import as_datetime, settled, to_microseconds
from renown.sources.mapped.paths import Path, look_up
from renown.store.harvest import Gather, UnreadableRecord
from renown.types import KINDS, Kind

NO_RULE: Final = "no-rule-applies"
"""Under this name records are counted that no rule takes."""

BLANK: Final = " \t\r\n\v\f"
MOST_COUNT: Final = 2**63 - 1


class _LeftOut(Exception):  # noqa: N818 - never seen outside this module
    """The row is not wanted."""


def decode_record(line: bytes) -> dict[str, Any]:
    """The record on a line. Of a name that comes twice the first holds, as in DuckDB.

    Raises:   UnreadableRecord: not UTF-8, not JSON, or no object.
    """
    try:
        record = json.loads(line.decode(), object_pairs_hook=_first_holds)
    except UnicodeDecodeError as error:
        raise UnreadableRecord("invalid_utf8", f"It is not valid UTF-8: {error.reason}.") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableRecord("not_json", f"It is not JSON: {error}"[:200]) from None
    if not isinstance(record, dict):
        raise UnreadableRecord("not_an_object", "It is JSON, but no object with named fields.")
    return record


def _first_holds(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def map_record(mapping: RecordMapping, record: dict[str, Any], gather: Gather, *, now: int) -> None:
    """Add what a record says.

    Args:     now: UTC microseconds; what lies after it (by more than five minutes) did not happen.
    Raises:   UnreadableRecord: a row lacks something that it needs, or something in it cannot be read.
    """
    for flag, groups in mapping.leave_out.items():
        if _holds(groups, record, None):
            gather.leave_out(flag)
            return
    rules = [rule for rule in mapping.rules if _holds(rule.when, record, None)]
    if not rules:
        gather.leave_out(NO_RULE)
    for rule in rules:
        elements = [None] if rule.each is None else look_up(record, rule.each.steps)
        for element in elements:
            if _holds(rule.when_each, record, element):
                _add_row(_RowReader(mapping, rule, record, element, now), gather)


def _holds(groups: AnyOf, record: Any, element: Any) -> bool:
    return not groups or any(all(_is_so(one, record, element) for one in group) for group in groups)


def _is_so(condition: Condition, record: Any, element: Any) -> bool:
    found = _found(condition.path, record, element)
    if condition.operator == "exists":
        return (found is not None) == condition.wanted
    if None in condition.path.steps:
        has = any(_condition_text(one) in condition.texts for one in found or ())
        return has == (condition.operator == "is")
    text = _condition_text(found)
    if condition.operator == "not":
        return text not in condition.texts
    if text is None:
        return False
    if condition.operator == "is":
        return text in condition.texts
    if condition.operator == "contains":
        return any(one in text for one in condition.texts)
    return text.startswith(condition.texts)


def _condition_text(found: Any) -> str | None:
    return None if isinstance(found, dict | list) else _plain_text(found)


def _found(path: Path, record: Any, element: Any) -> Any:
    return look_up(element if path.is_element else record, path.steps)


def _plain_text(found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    try:
        return str(found)
    except ValueError:  # a number of thousands of digits
        return "a number"


class _RowReader:
    """Reads the fields of one row."""

    def __init__(self, mapping: RecordMapping, rule: Rule, record: Any, element: Any, now: int) -> None:
        self.mapping, self.rule, self.record, self.element, self.now = mapping, rule, record, element, now
        self.moment = 0

    def row(self) -> dict[str, Any]:
        """Every field that the rule names, by name."""
        known = TABLE_FIELDS[self.rule.table]
        # The time first: templates may hold it.
        names = sorted(self.rule.fields, key=lambda name: name != "time")
        row = {name: self._field(name, known[name], self.rule.fields[name]) for name in names}
        if self.rule.but_not and row.get("target") in [self._text(value) for value in self.rule.but_not]:
            raise _LeftOut
        return row

    def _field(self, name: str, field: Field, value: Value) -> Any:
        found: Any = None
        if field.type == "time":
            found = self._time(value, is_first=name == "time")
        elif field.type in ID_TYPES:
            found = self._identifier(value)
        elif field.type == "kind":
            found = self._kind(value)
        else:
            found = self._text(value)
            if found is not None and field.type != "text":
                found = _count(found) if field.type == "count" else _flag(found)
        if found is None and field.missing:
            raise UnreadableRecord(field.missing, f"There is no {name} ({field.meaning}).")
        return found

    def _text(self, value: Value, *, is_id: bool = False) -> str | None:
        text = self._raw_text(value, is_id=is_id)
        if text is not None and value.split is not None:
            parts = text.split(value.split)
            text = (parts[value.part - 1] if value.part <= len(parts) else "") or None
        if text is not None and value.words is not None:
            text = value.words.get(text, text)
        if text is not None and value.lower:
            text = text.lower()
        if text is not None:
            text = value.prefix + text
        return value.default if text is None else text

    def _raw_text(self, value: Value, *, is_id: bool) -> str | None:
        if value.constant is not None:
            return value.constant
        if value.template:
            parts = [self._template_part(part, is_id) for part in value.template]
            return None if None in parts else "".join(cast(list[str], parts))
        return next((text for path in value.paths if (text := self._part(path, is_id)) is not None), None)

    def _template_part(self, part: str | Path | TimeUnit, is_id: bool) -> str | None:
        if isinstance(part, TimeUnit):
            return str(self.moment // part.microseconds)
        return self._part(part, is_id) if isinstance(part, Path) else part

    def _part(self, path: Path, is_id: bool) -> str | None:
        found = _found(path, self.record, self.element)
        if isinstance(found, dict | list):
            raise UnreadableRecord("unreadable_value", f"{path.text} holds no text but an object or a list.")
        if is_id and isinstance(found, bool | float):
            raise UnreadableRecord(
                "unreadable_id", f"{path.text} is neither text nor a whole number: {found}"
            )
        text = _plain_text(found)
        if text is not None:
            _refuse_unwritable(text, path)
        return text

    def _identifier(self, value: Value) -> str | None:
        text = self._text(value, is_id=True)
        if text is None or not text.strip(BLANK):
            return None
        if len(text.encode()) > LONGEST_ID_BYTES:
            raise UnreadableRecord("id_too_long", f"An id has {len(text)} characters: {text[:100]}")
        return text

    def _kind(self, value: Value) -> str | None:
        kind = self._text(value)
        if kind == LEFT_OUT_WORD:
            raise _LeftOut
        if kind is not None and kind not in KINDS:
            raise UnreadableRecord("unknown_kind", f"This is no kind, and was not translated: {kind}"[:200])
        return kind

    def _time(self, value: Value, *, is_first: bool) -> Any:
        """The field `time` gives way to `seen`; other times stand for themselves, or are missing."""
        seen = self.rule.seen if is_first else None
        seen_at = None if seen is None else self._moment(seen)
        if isinstance(seen_at, UnreadableRecord):
            seen_at = None
        claimed = self._moment(value)
        if claimed is None and seen_at is None:
            return None
        missing = UnreadableRecord("missing_time", "It does not say when.")
        moment = settled(missing if claimed is None else claimed, seen_at, self.now)
        moment -= moment % value.round_microseconds
        self.moment = moment if is_first else self.moment
        return as_datetime(moment)

    def _moment(self, value: Value) -> int | UnreadableRecord | None:
        text = self._text(value)
        if not text:
            return None
        try:
            return to_microseconds(text, value.form, self.mapping.zone)
        except UnreadableRecord as error:
            return error


def _refuse_unwritable(text: str, path: Path) -> None:
    if "\0" in text:
        raise UnreadableRecord("nul_byte", f"{path.text} holds a NUL.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnreadableRecord("invalid_utf8", f"{path.text} holds half a character.") from None


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= MOST_COUNT:
        raise UnreadableRecord("unreadable_number", f"This is no count: {text}"[:200])
    return number


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise UnreadableRecord("unreadable_flag", f"This is neither true nor false: {text}"[:200])
    return text == "true"


def _add_row(reader: _RowReader, gather: Gather) -> None:
    try:
        row = reader.row()
    except _LeftOut:
        return
    table = reader.rule.table
    if table == "interactions":
        _add_interaction(row, gather)
    elif table == "follows":
        gather.follow(row["source"], row["target"], seen_at=row["time"])
    elif table == "list_members":
        name = row.get("name")
        gather.list_member(
            row["list"], owner=row["owner"], member=row["member"], name=name, seen_at=row["time"]
        )
    elif table == "actors":
        gather.actor(row.pop("actor"), observed_at=row.pop("time"), **row)
    else:
        gather.post(row.pop("post"), author=row.pop("author"), **_post_columns(row))


def _add_interaction(row: Mapping[str, Any], gather: Gather) -> None:
    gather.interaction(
        row["source"],
        row["target"],
        cast(Kind, row["kind"]),
        occurred_at=row["time"],
        ids=(row.get("post"), row.get("reaction_post"), row.get("id")),
    )


def _post_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = TABLE_FIELDS["posts"]
    return {columns[name].columns[0]: value for name, value in row.items()}
