"""The shape of what a mapping looks up, as DuckDB's `from_json` wants it, and how to reach it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from renown.sources.mapped.paths import Path, Step


class NotInSql(Exception):  # noqa: N818 - caught by who compiles: the records are then mapped in Python
    """Something that a mapping may say has no SQL form."""


@dataclass
class Node:
    """A place in the records: what lies below it, and whether its own text is wanted."""

    children: dict[str, Node] = field(default_factory=dict)
    element: Node | None = None
    is_text: bool = False

    def reach(self, steps: tuple[Step, ...]) -> Node:
        """The node at the end of a path, made where there is none yet."""
        node = self
        for step in steps:
            if isinstance(step, str):
                node = node.children.setdefault(step, Node())
            else:
                node.element = node.element or Node()
                node = node.element
        return node

    @property
    def is_mixed(self) -> bool:
        """Whether it may be of several shapes, so that it has to stay JSON."""
        return bool(self.children) + (self.element is not None) + self.is_text > 1

    def shape(self) -> Any:
        """The structure for `from_json`.

        Raises:   NotInSql: two names differ in nothing but case, which DuckDB's structures do not tell apart.
        """
        if self.is_mixed:
            return "JSON"
        if self.element is not None:
            return [self.element.shape()]
        if not self.children:
            return "VARCHAR"
        if len({name.casefold() for name in self.children}) < len(self.children):
            raise NotInSql
        return {name: child.shape() for name, child in self.children.items()}


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def from_json(node: Node, expression: str) -> str:
    """Reads JSON text into the shape of a node."""
    return f"from_json({expression}, {literal(json.dumps(node.shape()))})"


def reach_sql(node: Node, expression: str, steps: tuple[Step, ...]) -> tuple[str, str]:
    """SQL of what lies at the end of a path from `expression`, which has the shape of `node`, in two parts.

    The first is cheap, a reference into what was parsed. The second, in which {} stands for the first, gives
    the text: it looks into JSON where that may be of several shapes.
    """
    for place, step in enumerate(steps):
        if node.is_mixed:
            return expression, f"json_extract_string({{}}, {_braced(literal(_json_path(steps[place:])))})"
        if isinstance(step, str):
            expression = f"struct_extract({expression}, {literal(step)})"
            node = node.children[step]
        else:
            assert node.element is not None
            expression = f"{expression}[{(step or 0) + 1}]"
            node = node.element
    return expression, "json_extract_string({}, '$')" if node.is_mixed else "{}"


def _braced(text: str) -> str:
    """A text that `format` leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _json_path(steps: tuple[Step, ...]) -> str:
    path = "$"
    for step in steps:
        if isinstance(step, str):
            if any(letter in step for letter in '"\\*'):
                raise NotInSql
            path += f'."{step}"'
        else:
            path += f"[{step}]"
    return path


def list_sql(node: Node, expression: str, steps: tuple[Step, ...], depth: int = 0) -> str:
    """SQL of the list that a path with [] names; lists within lists are made one."""
    place = steps.index(None)
    before, after = steps[:place], steps[place + 1 :]
    reached = node.reach(before)
    found, rest = reach_sql(node, expression, before)
    if rest != "{}" or reached.element is None:
        raise NotInSql
    if not after:
        return found
    if None not in after:
        inner, rest = reach_sql(reached.element, f"e{depth}", after)
        return f"list_transform({found}, lambda e{depth}: {rest.format(inner)})"
    inner = list_sql(reached.element, f"e{depth}", after, depth + 1)
    return f"flatten(list_transform({found}, lambda e{depth}: {inner}))"


def add_path(root: Node, path: Path, each: Path | None) -> Node:
    """Make room for what a path leads to; one that begins at an element begins where `each` leads."""
    steps = path.steps
    if path.is_element:
        assert each is not None
        steps = (*each.steps, *steps)
    return root.reach(steps)
