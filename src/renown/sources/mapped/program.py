"""A mapping as numbers for kernels/json_rows.py: what to look up, and the steps that make rows of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from renown.sources.identifiers import LONGEST_ID_BYTES
from renown.sources.mapped.fields import ID_TYPES, PREFIXED_TYPES, TABLE_FIELDS, Field
from renown.sources.mapped.mapping import (
    EPOCH_UNITS,
    LEFT_OUT_WORD,
    AnyOf,
    Condition,
    RecordMapping,
    Rule,
    TimeUnit,
    Value,
)
from renown.sources.mapped.moments import SKEW_MICROSECONDS
from renown.sources.mapped.paths import EACH, Path
from renown.sources.mapped.wanted import NotInKernel, WantedPaths
from renown.store.harvest import Gathered
from renown.types import EARLIEST_MICROSECONDS, KINDS

COLUMNS: Final = 12
DIGITS_ROOM: Final = 32
_MOST_UNITS: Final = 4
_MOST_PARTS: Final = 28
_OPERATORS: Final = {"exists": 0, "is": 1, "not": 2, "contains": 3, "starts": 4}
_WHATS: Final = {"kind": 2, "time": 3, "text": 4, "count": 5, "flag": 6}
_BUT_NOT: Final = 7
_PATHS, _TEMPLATE = 1, 2
_LITERAL, _PATH, _UNIT = 0, 1, 2
_DAYS: Final = "Mon Tue Wed Thu Fri Sat Sun"
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_WIDTHS: Final = {"Y": 4, "m": 2, "b": 3, "a": 3, "d": 2, "H": 2, "M": 2, "S": 2, "z": 5}
_PATTERN_STEP: Final = re.compile(r"%(.)|(.)", re.DOTALL)


@dataclass
class OutputTable:
    """The columns of a table: of each its place among those of texts, or among those of numbers."""

    name: Gathered
    texts: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """What the kernel needs; `constants` are the bytes that stand behind the lines."""

    wanted: Any
    steps: Any
    constants: bytes
    tables: tuple[OutputTable, ...]
    flags: tuple[str, ...]
    slots_count: int
    scopes_count: int
    texts_count: int
    numbers_count: int
    answers_count: int


def compile_program(mapping: RecordMapping, *, now: int) -> Program | None:
    """The kernel's form of a mapping; None where it says something that has none.

    Args:     now: UTC microseconds; what lies more than five minutes after it is not sure.
    """
    try:
        return _Compiler(mapping).program(now)
    except NotInKernel:
        return None


class _Compiler:
    def __init__(self, mapping: RecordMapping) -> None:
        self.mapping = mapping
        self.paths = WantedPaths()
        self.constants = bytearray(_MOST_UNITS * DIGITS_ROOM)
        self.steps: list[list[int]] = [[], []]
        self.answers: dict[Condition, int] = {}
        self.tables = self._tables()
        for groups in (*mapping.leave_out.values(), *(rule.when for rule in mapping.rules)):
            self._want_conditions(groups, None)
        for rule in mapping.rules:
            if rule.each is not None:
                self.paths.add_list(rule.each)
            self._want_conditions(rule.when_each, rule.each)
            for value in (*rule.fields.values(), *rule.but_not):
                for path in value.all_paths():
                    self.paths.add(path, rule.each)
        self.paths.number()

    def _want_conditions(self, groups: AnyOf, each: Path | None) -> None:
        for condition in (one for group in groups for one in group):
            self.paths.add(condition.path, each)

    def _tables(self) -> dict[Gathered, OutputTable]:
        texts_count = numbers_count = 0
        tables = {rule.table: OutputTable(rule.table) for rule in self.mapping.rules}
        for name, table in tables.items():
            used = {one for rule in self.mapping.rules if rule.table == name for one in rule.fields}
            for known in (known for one, known in TABLE_FIELDS[name].items() if one in used):
                for column in known.columns:
                    if known.type in ("time", "count", "flag"):
                        table.numbers[column] = numbers_count
                        numbers_count += 1
                    else:
                        table.texts[column] = texts_count
                        texts_count += 1
        self.columns_counts = texts_count, numbers_count
        return tables

    def program(self, now: int) -> Program:
        """The mapping as numbers that the kernel runs; `now` in microseconds bounds times."""
        mapping = self.mapping
        prefix = f"{mapping.network}:".encode()
        kinds = [self._text(kind) for kind in (*KINDS, LEFT_OUT_WORD)]
        span = [self.constant(prefix), len(prefix), LONGEST_ID_BYTES]
        times = [EARLIEST_MICROSECONDS, now + SKEW_MICROSECONDS]
        words = [self.constant(b"true"), self.constant(b"false"), self.put(kinds), len(kinds)]
        self.steps[0] = [*span, *times, *words]
        self.table_rows = {
            name: self.put([self._table(table, n)]) for n, (name, table) in enumerate(self.tables.items())
        }
        flags = [self._groups(groups, None) for groups in mapping.leave_out.values()]
        rules = [self._rule(rule) for rule in mapping.rules]
        self.steps[1] = [self.put(rules), len(rules), self.put(flags), len(flags)]
        wanted = np.array(self.paths.rows(self.constant), np.int64)
        return Program(
            wanted=wanted,
            steps=np.array([row + [0] * (COLUMNS - len(row)) for row in self.steps], np.int64),
            constants=bytes(self.constants),
            tables=tuple(self.tables.values()),
            flags=tuple(mapping.leave_out),
            slots_count=self.paths.slots_count,
            scopes_count=len(self.paths.scopes),
            texts_count=self.columns_counts[0],
            numbers_count=self.columns_counts[1],
            answers_count=len(self.answers),
        )

    def put(self, rows: list[list[int]]) -> int:
        """Rows side by side: where the first stands."""
        self.steps += rows
        return len(self.steps) - len(rows)

    def constant(self, text: bytes) -> int:
        """Where these bytes stand among the constants."""
        place = self.constants.find(text, _MOST_UNITS * DIGITS_ROOM) if text else 0
        if place < 0:
            place = len(self.constants)
            self.constants += text
        return place

    def _text(self, text: str) -> list[int]:
        return [self.constant(text.encode()), len(text.encode())]

    def _table(self, table: OutputTable, number: int) -> list[int]:
        texts, numbers = list(table.texts.values()), list(table.numbers.values())
        return [min(texts, default=0), len(texts), min(numbers, default=0), len(numbers), number]

    def _groups(self, groups: AnyOf, each: Path | None) -> list[int]:
        rows = []
        for group in groups:
            conditions = [self._condition(one, each) for one in group]
            rows.append([self.put(conditions), len(conditions)])
        return [self.put(rows), len(rows)]

    def _condition(self, condition: Condition, each: Path | None) -> list[int]:
        path, scope = condition.path, -1
        if EACH in path.steps:
            if condition.operator not in ("is", "not"):
                raise NotInKernel
            scope = self.paths.scope(path.steps)
        texts = [self._text(text) for text in condition.texts]
        asked = [_OPERATORS[condition.operator], self.put(texts), len(texts), int(condition.wanted)]
        answer = self.answers.setdefault(condition, len(self.answers))
        return [self.paths.slot(path, each), *asked, scope, int(path.is_element), answer]

    def _rule(self, rule: Rule) -> list[int]:
        known = TABLE_FIELDS[rule.table]
        names = sorted(rule.fields, key=lambda name: name != "time")
        fields = [self._field(rule, name, known[name], rule.fields[name]) for name in names]
        for value in rule.but_not:
            fields.append([_BUT_NOT, self.put([self._value(value, rule.each, is_id=False)])])
        return [
            self.table_rows[rule.table],
            self.put([self._groups(rule.when, None)]),
            -1 if rule.each is None else self.paths.scope(rule.each.steps),
            self.put([self._groups(rule.when_each, rule.each)]),
            self.put(fields),
            len(fields),
            self.tables[rule.table].texts.get("target_actor_id", -1),
        ]

    def _field(self, rule: Rule, name: str, known: Field, value: Value) -> list[int]:
        is_id = known.type in ID_TYPES
        what = int(known.type in PREFIXED_TYPES) if is_id else _WHATS[known.type]
        table = self.tables[rule.table]
        columns = [(table.numbers if what in (3, 5, 6) else table.texts)[column] for column in known.columns]
        is_first = name == "time"
        form = 0
        if known.type in ("time", "count", "flag") and (value.template or value.prefix):
            raise NotInKernel
        if known.type == "time":
            form = self._form(value)
        is_needed = bool(known.missing) or (is_first and rule.seen is not None)
        second = columns[1] if len(columns) > 1 else -1
        row = self.put([self._value(value, rule.each, is_id=is_id)])
        return [what, row, columns[0], second, int(is_first), form, value.round_microseconds, int(is_needed)]

    def _value(self, value: Value, each: Path | None, *, is_id: bool) -> list[int]:
        """A row: see `_spans_of` in kernels/json_rows.py."""
        if value.lower or (value.constant is not None and (value.split or value.words or value.prefix)):
            raise NotInKernel
        if value.template and (value.split or value.words):
            raise NotInKernel
        parts = self._parts(value, each)
        letter = -1
        if value.split is not None:
            if len(value.split.encode()) != 1:
                raise NotInKernel
            letter = ord(value.split)
        words = [[*self._text(a), *self._text(b)] for a, b in (value.words or {}).items()]
        default = [-1, 0] if value.default is None else self._text(value.default)
        made_of = [_TEMPLATE if value.template else _PATHS, self.put(parts), len(parts)]
        changed = [letter, value.part, self.put(words), len(words), *self._text(value.prefix)]
        return [*made_of, *changed, *default, int(is_id)]

    def _parts(self, value: Value, each: Path | None) -> list[list[int]]:
        found: tuple[str | Path | TimeUnit, ...] = value.template or value.paths
        if value.constant is not None:
            found = (value.constant,)
        units = [part for part in found if isinstance(part, TimeUnit)]
        if len(units) > _MOST_UNITS or len(found) > _MOST_PARTS:
            raise NotInKernel
        rows = []
        room = 0
        for part in found:
            if isinstance(part, TimeUnit):
                rows.append([_UNIT, part.microseconds, room])
                room += DIGITS_ROOM
            elif isinstance(part, Path):
                rows.append([_PATH, self.paths.slot(part, each), int(part.is_element)])
            else:
                rows.append([_LITERAL, *self._text(part)])
        return rows

    def _form(self, value: Value) -> int:
        """The row that says how a time is written: see kernels/json_moments.py."""
        is_utc = int(self.mapping.zone == "UTC")
        if value.form in (None, "iso"):
            return self.put([[2 if value.form is None else 1, is_utc]])
        if value.form in EPOCH_UNITS:
            return self.put([[0, EPOCH_UNITS[str(value.form)]]])
        steps = _pattern_steps(str(value.form))
        letters = [chr(letter) for letter, _ in steps if letter > 0]
        is_whole = {"Y", "d"} <= set(letters) and len({"m", "b"} & set(letters)) == 1
        if len(set(letters)) < len(letters) or not is_whole or ("z" not in letters and not is_utc):
            raise NotInKernel
        words = self.put([[int.from_bytes(w.encode(), "big")] for w in f"{_DAYS} {_MONTHS}".split()])
        first = self.put(steps)
        return self.put([[3, first, len(steps), sum(width for _, width in steps), words]])


def _pattern_steps(form: str) -> list[list[int]]:
    steps = []
    for letter, plain in _PATTERN_STEP.findall(form):
        if plain:
            if not plain.isascii():
                raise NotInKernel
            steps.append([-ord(plain), 1])
        elif letter in _WIDTHS:
            steps.append([ord(letter), _WIDTHS[letter]])
        else:
            raise NotInKernel
    return steps
