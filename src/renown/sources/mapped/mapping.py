"""A mapping file: how records of any shape become rows. It is checked whole before anything is read."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

from renown.errors import MappingError
from renown.sources.mapped.fields import (
    CONDITION_SETTINGS,
    MAPPING_SETTINGS,
    RULE_SETTINGS,
    TABLE_FIELDS,
    VALUE_SETTINGS,
    Field,
)
from renown.sources.mapped.paths import Path, parse_path
from renown.store.harvest import Gathered
from renown.types import KINDS

Operator = Literal["exists", "is", "not", "contains", "starts"]
EPOCH_UNITS: Final[dict[str, int]] = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0}
LEFT_OUT_WORD: Final = "-"
LONGEST_MAPPING: Final = 100_000
MOST_RULES: Final = 64

_NETWORK: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class TimeUnit:
    """In a template: the row's own time, as a whole number of units of so many microseconds."""

    microseconds: int


@dataclass(frozen=True)
class Value:
    """Where a field comes from: paths, a constant or a template, and what is done to what is found."""

    paths: tuple[Path, ...] = ()
    constant: str | None = None
    template: tuple[str | Path | TimeUnit, ...] = ()
    split: str | None = None
    part: int = 1
    words: Mapping[str, str] | None = None
    lower: bool = False
    prefix: str = ""
    default: str | None = None
    form: str | None = None
    round_microseconds: int = 1

    def all_paths(self) -> Iterator[Path]:
        """Every path that is looked up."""
        yield from self.paths
        yield from (part for part in self.template if isinstance(part, Path))


@dataclass(frozen=True)
class Condition:
    """One thing that must be so: what is at the path, compared with texts."""

    path: Path
    operator: Operator
    texts: tuple[str, ...] = ()
    wanted: bool = True


AnyOf = tuple[tuple[Condition, ...], ...]
"""Groups of conditions: one group must hold whole. An empty tuple always holds."""


@dataclass(frozen=True)
class Rule:
    """One row (or one for each element) for each record that it applies to."""

    table: Gathered
    fields: Mapping[str, Value]
    when: AnyOf = ()
    each: Path | None = None
    when_each: AnyOf = ()
    seen: Value | None = None
    but_not: tuple[Value, ...] = ()


@dataclass(frozen=True)
class RecordMapping:
    """A checked mapping. `text` is the file that it was read from, `name` what it is called."""

    name: str
    text: str
    network: str
    rules: tuple[Rule, ...]
    leave_out: Mapping[str, AnyOf]
    format: str | None = None
    delimiter: str | None = None
    zone: str | None = None


def shipped_mappings() -> dict[str, str]:
    """The text of each mapping that comes with Renown, by name.

    Example:
        >>> sorted(shipped_mappings())
        ['jetstream', 'tweets-v1']
    """
    folder = files("renown.sources") / "mappings"
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf8")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    }


def read_mapping(place: str) -> RecordMapping:
    """The mapping in a file, or the shipped one of that name.

    Raises:   MappingError: no such file or name, or it is not valid.
    Example:
        >>> read_mapping("jetstream").network
        'bluesky'
    """
    shipped = shipped_mappings()
    if place in shipped:
        return parse_mapping(shipped[place], name=place)
    path = FilePath(place)
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        raise MappingError(f"{place} is not UTF-8 text.", hint="A mapping is a TOML file.") from None
    except (OSError, ValueError):
        raise MappingError(
            f"There is no mapping {place}.{_near(place, shipped)}",
            hint=f"Name a TOML file, or one that Renown has: {', '.join(sorted(shipped))}.",
        ) from None
    return parse_mapping(text, name=path.name)


def parse_mapping(text: str, *, name: str = "the mapping") -> RecordMapping:
    """Understand and check a mapping.

    Raises:   MappingError: what is wrong, where, and what was perhaps meant.
    Example:
        >>> mapping = parse_mapping('''
        ... network = "forum"
        ... [[rows]]
        ... table = "interactions"
        ... source = "user.id"
        ... target = "author.id"
        ... kind = { value = "like" }
        ... time = "created"
        ... ''')
        >>> mapping.rules[0].fields["source"].paths[0].steps
        ('user', 'id')
    """
    if len(text) > LONGEST_MAPPING:
        raise MappingError(f"{name} is longer than {LONGEST_MAPPING:,} characters.", hint="Is it a mapping?")
    try:
        return _mapping(tomllib.loads(text), text, name)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{name} is not valid TOML: {error}.", hint="See https://toml.io.") from None
    except MappingError as error:
        raise MappingError(f"{name}: {error.message}", hint=error.hint) from None


def _mapping(tree: dict[str, Any], text: str, name: str) -> RecordMapping:
    _refuse_unknown(tree, MAPPING_SETTINGS, "the top of the file")
    network = tree.get("network")
    if not isinstance(network, str) or not _NETWORK.fullmatch(network):
        raise MappingError(
            f"network is {network!r}.", hint='Say which network: network = "forum" (a-z, 0-9, - _ .).'
        )
    rows = _tables(tree.get("rows"), "rows")
    if not 0 < len(rows) <= MOST_RULES:
        raise MappingError(f"There are {len(rows)} rules.", hint=f"Write 1 to {MOST_RULES} tables [[rows]].")
    defaults = _table(tree.get("defaults", {}), "defaults")
    known = {field for fields in TABLE_FIELDS.values() for field in fields} | {"seen"}
    _refuse_unknown(defaults, known, "defaults")
    leave_out = _table(tree.get("leave_out", {}), "leave_out")
    return RecordMapping(
        name=name,
        text=text,
        network=network,
        rules=tuple(_rule(row, defaults, f"rows[{place}]") for place, row in enumerate(rows)),
        leave_out={flag: _flag(flag, said) for flag, said in leave_out.items()},
        format=_one_of(tree.get("format"), ("jsonl", "csv", "parquet"), "format"),
        delimiter=_delimiter(tree.get("delimiter")),
        zone=_zone(tree.get("zone")),
    )


def _rule(row: dict[str, Any], defaults: dict[str, Any], where: str) -> Rule:
    table = cast(Gathered, _one_of(row.get("table"), tuple(TABLE_FIELDS), f"{where}.table"))
    if table is None:
        raise MappingError(f"{where} names no table.", hint=f"table = one of {', '.join(TABLE_FIELDS)}.")
    where = f"{where} ({table})"
    known = TABLE_FIELDS[table]
    _refuse_unknown(row, {**known, **RULE_SETTINGS}, where)
    said = {field: row.get(field, defaults.get(field)) for field in known}
    fields = {
        field: _field(value, known[field], f"{where}.{field}")
        for field, value in said.items()
        if value is not None
    }
    for field, spec in known.items():
        if spec.missing and field not in fields:
            raise MappingError(f"{where} does not say `{field}`, {spec.meaning}.")
    each = row.get("each")
    seen = row.get("seen", defaults.get("seen"))
    but_not = row.get("but_not", [])
    rule = Rule(
        table=table,
        fields=fields,
        when=_conditions(row.get("when", []), f"{where}.when"),
        each=None if each is None else _each(each, f"{where}.each"),
        when_each=_conditions(row.get("when_each", []), f"{where}.when_each"),
        seen=None if seen is None else _value(seen, f"{where}.seen", is_time=True),
        but_not=tuple(
            _value(one, f"{where}.but_not") for one in (but_not if isinstance(but_not, list) else [but_not])
        ),
    )
    _check_elements(rule, where)
    _check_times(rule, where)
    return rule


def _check_times(rule: Rule, where: str) -> None:
    for name, value in rule.fields.items():
        is_timed = any(isinstance(part, TimeUnit) for part in value.template)
        if is_timed and (TABLE_FIELDS[rule.table][name].type == "time" or "time" not in rule.fields):
            raise MappingError(f"{where}.{name}: the row has no time of its own to write there.")
    others = (*rule.but_not, *([rule.seen] if rule.seen else []))
    if any(isinstance(part, TimeUnit) for value in others for part in value.template):
        raise MappingError(f"{where}: only fields of the row can hold its time.")


def _check_elements(rule: Rule, where: str) -> None:
    if rule.but_not and "target" not in rule.fields:
        raise MappingError(f"{where}.but_not: a row of {rule.table} has no target.")
    if any(condition.path.is_element for group in rule.when for condition in group):
        raise MappingError(f"{where}.when: it names an element (@).", hint="Say it in `when_each`.")
    if any(not condition.path.is_element for group in rule.when_each for condition in group):
        raise MappingError(f"{where}.when_each: it names no element.", hint="Begin its paths with @.")
    if rule.each is None:
        values = (*rule.fields.values(), *rule.but_not)
        if rule.when_each or any(path.is_element for value in values for path in value.all_paths()):
            raise MappingError(f"{where}: a path begins with @, but there is no `each`.")
    if rule.seen and any(path.is_element for path in rule.seen.all_paths()):
        raise MappingError(f"{where}.seen: it is said of the record, not of an element.")


def _each(text: object, where: str) -> Path:
    path = parse_path(text, where, can_repeat=True)
    if path.is_element or not path.steps or path.steps[-1] is not None:
        raise MappingError(f"{where}: {text!r} is no list.", hint="End the path with []: mentions[].")
    return path


def _field(said: Any, field: Field, where: str) -> Value:
    value = _value(said, where, is_time=field.type == "time")
    if field.type == "kind":
        named = [value.constant, value.default, *(value.words or {}).values()]
        for word in named:
            if word not in (None, LEFT_OUT_WORD):
                _one_of(word, KINDS, where)
    return value


def _value(said: Any, where: str, *, is_time: bool = False) -> Value:
    if isinstance(said, str):
        return Value(paths=(parse_path(said, where),))
    settings = _table(said, where)
    _refuse_unknown(settings, VALUE_SETTINGS, where)
    if sum(name in settings for name in ("from", "value", "template")) != 1:
        raise MappingError(f"{where} must say one of from, value and template.")
    if ("split" in settings) != ("part" in settings):
        raise MappingError(f"{where}: split and part belong together.")
    for name in ("form", "round"):
        if name in settings and not is_time:
            raise MappingError(f"{where}.{name}: only times have one.")
    paths = settings.get("from", [])
    words = settings.get("words")
    part = settings.get("part", 1)
    if isinstance(part, bool) or not isinstance(part, int) or not 1 <= part <= 1000:
        raise MappingError(f"{where}.part is {part!r}.", hint="Parts are counted from 1.")
    return Value(
        paths=tuple(
            parse_path(one, f"{where}.from") for one in (paths if isinstance(paths, list) else [paths])
        ),
        constant=_constant(settings.get("value"), f"{where}.value"),
        template=_template(settings.get("template"), f"{where}.template"),
        split=_constant(settings.get("split"), f"{where}.split"),
        part=part,
        words=None
        if words is None
        else {key: str(_constant(word, f"{where}.words")) for key, word in _table(words, where).items()},
        lower=_boolean(settings.get("lower", False), f"{where}.lower"),
        prefix=_constant(settings.get("prefix"), f"{where}.prefix") or "",
        default=_constant(settings.get("default"), f"{where}.default"),
        form=_form(settings.get("form"), f"{where}.form"),
        round_microseconds=EPOCH_UNITS[_one_of(settings.get("round"), ("s", "ms"), f"{where}.round") or "us"],
    )


def _template(said: object, where: str) -> tuple[str | Path | TimeUnit, ...]:
    if said is None:
        return ()
    text = _constant(said, where) or ""
    pieces = _BRACES.split(text)
    parts = [
        _braced(one, where) if place % 2 else one for place, one in enumerate(pieces) if one or place % 2
    ]
    if not any(isinstance(part, Path) for part in parts) or any(
        letter in part for part in parts if isinstance(part, str) for letter in "{}"
    ):
        raise MappingError(f"{where}: {said!r} names no path.", hint="Put paths in braces: {user.id}.")
    return tuple(parts)


def _braced(text: str, where: str) -> Path | TimeUnit:
    name, _, unit = text.partition(":")
    if name == "time" and unit in ("s", "ms", "us"):
        return TimeUnit(EPOCH_UNITS[unit])
    return parse_path(text, where)


def _form(said: object, where: str) -> str | None:
    if said is None:
        return None
    if not isinstance(said, str) or (said not in ("iso", *EPOCH_UNITS) and "%" not in said):
        raise MappingError(f"{where} is {said!r}.", hint=f"{VALUE_SETTINGS['form'].capitalize()}.")
    return said


def _flag(flag: str, said: Any) -> AnyOf:
    """`private = true` is short for `private = { private = true }`."""
    where = f"leave_out.{flag}"
    if isinstance(said, dict | list) and not (
        isinstance(said, dict) and said.keys() <= CONDITION_SETTINGS.keys()
    ):
        groups = _conditions(said, where)
    else:
        groups = _conditions({flag: said}, where)
    if any(condition.path.is_element for group in groups for condition in group) or not groups:
        raise MappingError(f"{where}: it is said of whole records.")
    return groups


def _conditions(said: Any, where: str) -> AnyOf:
    groups = said if isinstance(said, list) else [said]
    return tuple(_group(group, where) for group in groups)


def _group(said: Any, where: str) -> tuple[Condition, ...]:
    group = _table(said, where)
    if not group:
        raise MappingError(f"{where} says nothing.", hint='Say what must be so: when = { verb = "liked" }.')
    return tuple(
        condition for text, wanted in group.items() for condition in _of_path(text, wanted, f"{where}.{text}")
    )


def _of_path(text: str, wanted: Any, where: str) -> Iterator[Condition]:
    path = parse_path(text, where, can_repeat=True)
    if not isinstance(wanted, dict):
        yield Condition(path, "is", _texts(wanted, where))
        return
    if None in path.steps and (path.is_element or not wanted.keys() <= {"is", "not"}):
        raise MappingError(f"{where}: of a list it can only be said what is in it.", hint="Use is or not.")
    _refuse_unknown(wanted, CONDITION_SETTINGS, where)
    for operator, operand in wanted.items():
        if operator == "exists":
            yield Condition(path, "exists", wanted=_boolean(operand, where))
        else:
            yield Condition(path, cast(Operator, operator), _texts(operand, where))


def _texts(said: Any, where: str) -> tuple[str, ...]:
    texts = tuple(_constant(one, where) for one in (said if isinstance(said, list) else [said]))
    if not texts or any(text is None or text == "" or text[0] in "{[" for text in texts):
        raise MappingError(
            f"{where}: {said!r} cannot be compared with.", hint="Use text, whole numbers, true or false."
        )
    return cast(tuple[str, ...], texts)


def _constant(said: object, where: str) -> str | None:
    if said is None:
        return None
    if isinstance(said, bool):
        return "true" if said else "false"
    if not isinstance(said, str | int) or said == "" or "\0" in str(said):
        raise MappingError(f"{where} is {said!r}.", hint="Use text, a whole number, true or false.")
    return str(said)


def _boolean(said: object, where: str) -> bool:
    if not isinstance(said, bool):
        raise MappingError(f"{where} is {said!r}.", hint="Say true or false.")
    return said


def _delimiter(said: object) -> str | None:
    if said is not None and (not isinstance(said, str) or len(said) != 1 or said in '"\r\n'):
        raise MappingError(f"delimiter is {said!r}.", hint="It is one character.")
    return said


def _zone(said: object) -> str | None:
    if said is None:
        return None
    try:
        return ZoneInfo(str(said)).key
    except (KeyError, ValueError, OSError):
        raise MappingError(f"There is no time zone {said!r}.", hint="Say UTC or Europe/Berlin.") from None


def _table(said: Any, where: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise MappingError(f"{where} is {said!r}, which is no table.", hint="Write { name = value }.")
    return said


def _tables(said: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(said, list):
        raise MappingError(f"{where} is no list of tables.", hint=f"Begin each rule with [[{where}]].")
    return [_table(one, where) for one in said]


def _one_of(said: Any, known: Collection[str], where: str) -> str | None:
    if said is None or (isinstance(said, str) and said in known):
        return said
    raise MappingError(
        f"{where} is {said!r}.{_near(str(said), known)}", hint=f"It is one of {', '.join(known)}."
    )


def _refuse_unknown(found: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for name in found:
        if name not in known:
            raise MappingError(
                f"{where} says {name!r}, which means nothing there.{_near(name, known)}",
                hint=f"It may say {', '.join(known)}.",
            )


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f" Did you mean {near[0]}?" if near else ""
