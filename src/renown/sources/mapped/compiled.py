"""A mapping as SQL for DuckDB: one statement that reads the lines of a block, and one for each rule.

The SQL maps what is plain, and says for each row whether it is sure: ids that are text or whole numbers,
times in the usual forms, everything there that has to be. The record of a row that is not sure is mapped in
Python (record.py) instead, which knows why. So nothing here has to explain itself, and both forms agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
from renown.sources.mapped.moments import SKEW_MICROSECONDS, SMALLEST_BY_UNIT
from renown.sources.mapped.paths import Path
from renown.sources.mapped.structure import Node, NotInSql, add_path, from_json, list_sql, literal, reach_sql
from renown.types import EARLIEST_MICROSECONDS, KINDS

_ISO: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)"
_ISO_IN_UTC: Final = _ISO + "?"


@dataclass(frozen=True)
class CompiledRule:
    """The statement that gives a rule's rows: n of the record, whether the row is sure, the columns."""

    rule: Rule
    statement: str


@dataclass(frozen=True)
class CompiledMapping:
    """Statements over the tables `lines` (n, line) and `records`, which the first of them makes.

    Fields:
        records: reads the lines: the looked-up values of each, which flag leaves it out, which rules apply.
        careful_records: the same, for lines of which some are no JSON.
        odd: numbers of the lines that have to be mapped in Python whatever the rules say.
        counts: how many records there are, how many each flag leaves out, how many no rule takes.
    """

    records: str
    careful_records: str
    odd: str
    counts: str
    rules: tuple[CompiledRule, ...]


def compile_mapping(mapping: RecordMapping, *, now: int) -> CompiledMapping | None:
    """The SQL form of a mapping; None where it has none, and every record is mapped in Python.

    Args:     now: UTC microseconds; what lies more than five minutes after it is not sure.
    """
    try:
        return _Compiler(mapping, now).compiled()
    except NotInSql:
        return None


class _Compiler:
    def __init__(self, mapping: RecordMapping, now: int) -> None:
        self.mapping = mapping
        self.now = now
        self.root = Node()
        self.columns: dict[str, str] = {}
        self.tests: dict[str, str] = {}
        for groups in (*mapping.leave_out.values(), *(rule.when for rule in mapping.rules)):
            self._plan_conditions(groups, None)
        for rule in mapping.rules:
            if rule.each is not None:
                self.root.reach(rule.each.steps)
            self._plan_conditions(rule.when_each, rule.each)
            for value in (*rule.fields.values(), *rule.but_not):
                for path in value.all_paths():
                    add_path(self.root, path, rule.each).is_text = True

    def _plan_conditions(self, groups: AnyOf, each: Path | None) -> None:
        for condition in (one for group in groups for one in group):
            # What only has to be there, too: text where a list is read would seem to be missing.
            add_path(self.root, condition.path, each).is_text = True

    def compiled(self) -> CompiledMapping:
        """The mapping as SQL for each of its rules."""
        rules = tuple(
            CompiledRule(rule, self._rule(rule, place)) for place, rule in enumerate(self.mapping.rules)
        )
        flags = list(self.mapping.leave_out.values())
        cases = " ".join(f"when {self._holds(one, None)} then {n}" for n, one in enumerate(flags, 1))
        left_out = f"case {cases} else 0 end" if cases else "0"
        hits = [f"{self._holds(rule.when, None)} as hit_{n}" for n, rule in enumerate(self.mapping.rules)]
        everywhere = [*flags, *(rule.when for rule in self.mapping.rules)]
        odd = [self._odd(one) for groups in everywhere for group in groups for one in group]
        is_odd = " or ".join(["not is_object", *(one for one in odd if one)])
        columns = ", ".join(["n", *(f"{found} as {name}" for found, name in self.columns.items())])
        is_object = "r is not null and starts_with(line, '{') as is_object"
        chosen = ", ".join(
            ["n", *self.columns.values(), f"{left_out} as left_out", *hits, f"({is_odd}) as is_odd"]
        )
        parsed = from_json(self.root, "line") if self.root.children else "true"
        tests = "".join(f", {test} as {name}" for test, name in self.tests.items())
        statements = [
            f"select {chosen} from (select *{tests} from (select {columns}, {is_object} from"
            f" (select n, line, {one} as r from lines)))"
            for one in (parsed, f"try({parsed})")
        ]
        nobody = " and ".join(f"not hit_{n}" for n in range(len(hits)))
        counts = [f"count(*) filter (left_out = {n})" for n in range(1, len(flags) + 1)]
        counts += [f"count(*) filter (left_out = 0 and {nobody})"]
        named = ", ".join(f"{one} as c{n}" for n, one in enumerate(counts))
        return CompiledMapping(
            records=statements[0],
            careful_records=statements[1],
            odd="select n from records where is_odd",
            counts=f"select count(*) as records_count, {named} from records where not is_odd",
            rules=rules,
        )

    def text_of(self, path: Path) -> tuple[str, str]:
        """SQL of the text at a path of the record, and the column of the values that it is made of."""
        expression, rest = reach_sql(self.root, "r", path.steps)
        column = self.columns.setdefault(expression, f"v{len(self.columns)}")
        return rest.format(column), column

    def _list_column(self, each: Path) -> str:
        expression = list_sql(self.root, "r", each.steps)
        return self.columns.setdefault(expression, f"v{len(self.columns)}")

    def of_element(self, path: Path, each: Path) -> str:
        """SQL of the text at a path of the element `e`."""
        expression, rest = reach_sql(self.root.reach(each.steps), "e", path.steps)
        return rest.format(expression)

    def _looked_up(self, path: Path, each: Path | None) -> str:
        if path.is_element and each is not None:
            return self.of_element(path, each)
        return self.text_of(path)[0]

    def _holds(self, groups: AnyOf, each: Path | None) -> str:
        if not groups:
            return "true"
        return "(" + " or ".join(self._group_holds(group, each) for group in groups) + ")"

    def _group_holds(self, group: tuple[Condition, ...], each: Path | None) -> str:
        """All of them; those that have to look into JSON only where the others hold."""
        tests = [self._is_so(one, each) for one in group]
        cheap = [one for one in tests if "json_extract" not in one]
        if each is None:  # several rules ask the same of a record: it is answered once
            tests = [self._named(one) if one in cheap else one for one in tests]
            cheap = [self._named(one) for one in cheap]
        costly = [one for one in tests if "json_extract" in one]
        if not cheap or not costly:
            return f"({' and '.join(tests)})"
        return f"(case when {' and '.join(cheap)} then {' and '.join(costly)} else false end)"

    def _named(self, test: str) -> str:
        return self.tests.setdefault(test, f"b{len(self.tests)}")

    def _is_so(self, condition: Condition, each: Path | None) -> str:
        texts = [literal(text) for text in condition.texts]
        if None in condition.path.steps:
            if self.root.reach(condition.path.steps).is_mixed:
                raise NotInSql
            found = self._list_column(condition.path)
            has = f"coalesce(list_has_any({found}, [{', '.join(texts)}]), false)"
            return has if condition.operator == "is" else f"(not {has})"
        found = self._looked_up(condition.path, each)
        if condition.operator == "exists":
            return f"({found} is {'not ' if condition.wanted else ''}null)"
        if condition.operator == "not":
            return f"coalesce({found} not in ({', '.join(texts)}), true)"
        if condition.operator == "is":
            test = f"{found} = {texts[0]}" if len(texts) == 1 else f"{found} in ({', '.join(texts)})"
            return f"coalesce({test}, false)"
        function = "contains" if condition.operator == "contains" else "starts_with"
        tests = " or ".join(f"{function}({found}, {text})" for text in texts)
        return f"coalesce({tests}, false)"

    def _odd(self, condition: Condition) -> str:
        """Where a list or an object is searched for a text, which SQL would find in its JSON."""
        if condition.operator != "contains":
            return ""
        found = self._looked_up(condition.path, None)
        return f"coalesce(starts_with({found}, '{{') or starts_with({found}, '['), false)"

    def _rule(self, rule: Rule, place: int) -> str:
        """Four steps: what is looked up, the native values, whether all is sure, the columns."""
        texts = _RuleTexts(self, rule)
        natives = [f"{texts.native(value, field)} as f_{name}" for name, field, value in texts.time_first()]
        others = [f"{texts.native(value, None)} as o_{n}" for n, value in enumerate(rule.but_not)]
        sure = [*texts.sure, *(texts.sure_of(name, field, self.now) for name, field, _ in texts.time_first())]
        carried = ", ".join(["n", *texts.carried()])
        unnested = ""
        if rule.each is not None:
            unnested = f", unnest({self._list_column(rule.each)}) as e"
        found = f"select {carried}{unnested} from records where left_out = 0 and not is_odd and hit_{place}"
        wanted = f" where {self._holds(rule.when_each, rule.each)}" if rule.when_each else ""
        step = f"select *{texts.of_element()} from ({found}){wanted}"
        step = f"select n, {', '.join([*natives, *others, *texts.kept_for_sure()])} from ({step})"
        is_sure = " and ".join(one for one in sure if one) or "true"
        step = f"select *, coalesce({is_sure}, false) as is_sure from ({step})"
        but_not = [f"f_target is distinct from o_{n}" for n in range(len(others))]
        if "kind" in rule.fields:
            but_not.append(f"f_kind is distinct from {literal(LEFT_OUT_WORD)}")
        outer = " and ".join(but_not) or "true"
        columns = ", ".join(self._outputs(rule))
        return f"select n, is_sure, {columns} from ({step}) where not is_sure or ({outer})"

    def _outputs(self, rule: Rule) -> list[str]:
        known = TABLE_FIELDS[rule.table]
        outputs = []
        for name in rule.fields:
            value = f"f_{name}"
            if known[name].type in PREFIXED_TYPES:
                value = f"{literal(self.mapping.network + ':')} || {value}"
            elif known[name].type == "time":
                value = f"make_timestamp({value})"
            outputs += [f"{value} as {column}" for column in known[name].columns]
        return outputs


class _RuleTexts:
    """The texts that one rule looks up, and what has to hold of them for its rows to be sure."""

    def __init__(self, compiler: _Compiler, rule: Rule) -> None:
        self.compiler = compiler
        self.rule = rule
        self.known = TABLE_FIELDS[rule.table]
        self.sure: list[str] = []
        self._places: dict[str, str] = {}
        self._columns: dict[str, None] = {}
        values = [(value, self.known[name]) for name, value in rule.fields.items()]
        for value, field in [*values, *((value, None) for value in rule.but_not)]:
            for path in value.all_paths():
                self._add(path, field)
        if any(condition.operator == "contains" for group in rule.when_each for condition in group):
            raise NotInSql  # it would find a text in the JSON of a list or an object

    def _add(self, path: Path, field: Field | None) -> None:
        found = self._found(path)
        if not path.is_element:
            self._columns[self.compiler.text_of(path)[1]] = None
        is_column = found in self._columns
        place = self._places.setdefault(found, found if is_column else f"t{len(self._places)}")
        if field is not None and field.type == "time":
            return  # what is no time comes out as none, and is not sure
        test = _is_plain_id(place) if field is None or field.type in ID_TYPES else _is_plain_text(place)
        if test not in self.sure:
            self.sure.append(test)

    def _found(self, path: Path) -> str:
        if path.is_element and self.rule.each is not None:
            return self.compiler.of_element(path, self.rule.each)
        return self.compiler.text_of(path)[0]

    def carried(self) -> list[str]:
        """Columns of `records` that the rule needs."""
        return list(self._columns)

    def kept_for_sure(self) -> list[str]:
        """Looked-up texts by the names that `sure` calls them."""
        return list(self._places.values())

    def of_element(self) -> str:
        """The element's texts as columns."""
        return "".join(f", {found} as {place}" for found, place in self._places.items() if found != place)

    def time_first(self) -> list[tuple[str, Field, Value]]:
        """Fields, the time first: DuckDB lets later columns of a select name earlier ones."""
        names = sorted(self.rule.fields, key=lambda name: name != "time")
        return [(name, self.known[name], self.rule.fields[name]) for name in names]

    def sure_of(self, name: str, field: Field, now: int) -> str:
        """What has to hold of a field's value."""
        value = f"f_{name}"
        is_missing = f"{value} is null"
        if field.type in ID_TYPES:
            test = f"strlen({value}) <= {LONGEST_ID_BYTES} and {value} > '!'"
            if field.type in PREFIXED_TYPES:
                test += f" and not starts_with({value}, {literal(self.compiler.mapping.network + ':')})"
        elif field.type == "kind":
            test = f"{value} in ({', '.join(literal(kind) for kind in (*KINDS, LEFT_OUT_WORD))})"
        elif field.type == "text":
            return ""
        else:
            test = f"{value} is not null"
            if field.type == "time":
                test = f"{value} between {EARLIEST_MICROSECONDS} and {now + SKEW_MICROSECONDS}"
            elif field.type == "count":
                test = f"{value} >= 0"
            # null may mean that there is something which cannot be read
            is_missing = self._nothing_of(self.rule.fields[name])
        return f"({test})" if field.missing else f"(({is_missing}) or ({test}))"

    def _nothing_of(self, value: Value) -> str:
        if not value.paths or value.default is not None:
            return "false"
        return " and ".join(f"{self._place(path)} is null" for path in value.paths)

    def native(self, value: Value, field: Field | None) -> str:
        """The value of a field: native text, number, truth, or microseconds."""
        text = self._transformed(value)
        if field is None or field.type in ID_TYPES or field.type in ("kind", "text"):
            return text
        if field.type == "count":
            return f"try_cast({text} as bigint)"
        if field.type == "flag":
            return f"case {text} when 'true' then true when 'false' then false end"
        moment = _microseconds(text, value, self.compiler.mapping.zone)
        cut = value.round_microseconds
        return moment if cut == 1 else f"({moment}) // {cut} * {cut}"

    def _transformed(self, value: Value) -> str:
        text = self._plain(value)
        if value.split is not None:
            text = f"nullif(split_part({text}, {literal(value.split)}, {value.part}), '')"
        if value.words is not None:
            words = " ".join(f"when {literal(a)} then {literal(b)}" for a, b in value.words.items())
            text = f"case {text} {words} else {text} end" if words else text
        if value.lower:
            self.sure.append(f"coalesce(strlen({text}) = length({text}), true)")
            text = f"lower({text})"
        if value.prefix:
            text = f"{literal(value.prefix)} || {text}"
        return text if value.default is None else f"coalesce({text}, {literal(value.default)})"

    def _plain(self, value: Value) -> str:
        if value.constant is not None:
            return literal(value.constant)
        if value.template:
            return "(" + " || ".join(self._part(part) for part in value.template) + ")"
        places = [self._place(path) for path in value.paths]
        return places[0] if len(places) == 1 else f"coalesce({', '.join(places)})"

    def _part(self, part: str | Path | TimeUnit) -> str:
        if isinstance(part, TimeUnit):
            return f"cast(f_time // {part.microseconds} as varchar)"
        return self._place(part) if isinstance(part, Path) else literal(part)

    def _place(self, path: Path) -> str:
        return self._places[self._found(path)]


def _is_whole(text: str) -> str:
    """A whole number as it is usually written; a cast alone would round decimals."""
    return f"coalesce(cast(try_cast({text} as bigint) as varchar) = {text}, false)"


def _is_plain_id(text: str) -> str:
    """Neither an object nor a list, no truth, no number with decimals; missing is plain."""
    words = f"{text} not in ('true', 'false', 'nan', 'inf', 'NaN', 'Infinity')"
    letters = f"({text} < '[' or {text} >= '\\') and ({text} < '{{' or {text} >= '|') and {words}"
    digits = f"{text} < ':' and ({_is_whole(text)} or try_cast({text} as double) is null)"
    return f"case when {text} >= '@' then {letters} when {text} >= '0' then {digits} else {text} is null end"


def _is_plain_text(text: str) -> str:
    """Neither an object nor a list nor a number with decimals."""
    odd = f"starts_with({text}, '{{') or starts_with({text}, '[')"
    number = f"try_cast({text} as double) is null or {_is_whole(text)}"
    return f"case when {text} is null then true when {odd} then false else {number} end"


def _microseconds(text: str, value: Value, zone: str | None) -> str:
    """UTC microseconds; null where the text is not of the usual form."""
    pattern = _ISO_IN_UTC if zone == "UTC" else _ISO
    iso = (
        f"case when regexp_full_match({text}, '{pattern}') then epoch_us(try_cast({text} as timestamptz)) end"
    )
    if value.form == "iso":
        return iso
    number = f"try_cast({text} as bigint)"
    if value.form is None:
        by_size = " ".join(
            f"when {number} >= {least} then {_scaled(number, unit)}"
            for unit, least in SMALLEST_BY_UNIT.items()
        )
        digits = f"{text} >= '0' and {text} < ':' and strlen({text}) < 19 and {_is_whole(text)}"
        return f"case when {digits} then case {by_size} else {_scaled(number, 's')} end else {iso} end"
    if value.form in EPOCH_UNITS:
        digits = f"{text} >= '0' and {text} < ':' and strlen({text}) < 19 and {_is_whole(text)}"
        bound = 10**18 // max(EPOCH_UNITS[value.form], 1)
        return f"case when {digits} and {number} < {bound} then {_scaled(number, value.form)} end"
    if "%z" not in value.form and zone != "UTC":
        raise NotInSql
    return f"epoch_us(try_strptime({text}, {literal(value.form)}))"


def _scaled(number: str, unit: str) -> str:
    return f"{number} // 1000" if unit == "ns" else f"{number} * {EPOCH_UNITS[unit]}"
