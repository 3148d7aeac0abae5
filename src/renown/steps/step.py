"""A step: a named select, and whether its rows are kept or worked out where they are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from renown.steps.inputs import INDEPENDENCE, PERSON_KEYS, TRUST

SQL_TYPES: Final = {"int64": "bigint", "float64": "double"}


@dataclass(frozen=True)
class Step:
    """One named select. Later steps read earlier ones by name.

    `comment` says what a row is, in one sentence. `is_stored` is the materialisation policy: a small result
    that several steps read is kept as a table; what is as long as the interactions stays a view.
    """

    name: str
    comment: str
    sql: str
    is_stored: bool = True

    def statement(self) -> str:
        """The statement that makes the step's table or view; the comment is its first line.

        Example:
            >>> from renown.steps import Step
            >>> print(Step("one", "The number one.", "select 1 as n").statement())
            -- The number one.
            create or replace temp table one as
            select 1 as n
        """
        form = "table" if self.is_stored else "view"
        return f"-- {self.comment}\ncreate or replace temp {form} {self.name} as\n{self.sql}"


def made_step(name: str, comment: str, sql: str, *, is_stored: bool = True) -> Step:
    """A step from an indented block of SQL."""
    return Step(name, comment, dedent(sql).strip(), is_stored)


def render_steps(steps: Iterable[Step]) -> str:
    """The steps as one script for the DuckDB shell, as `--show-sql` prints it.

    The script expects a table or view `interactions`; where there are no `person_keys`, `trust` and
    `independence` it makes empty ones: then every account is a person of its own, and everybody is trusted.

    Example:
        >>> from renown.steps import Step, render_steps
        >>> print(render_steps([Step("one", "The number one.", "select 1 as n")]).splitlines()[-1])
        select 1 as n;
    """
    inputs = [
        "-- Reads interactions(source_actor_key, target_actor_key, kind, post_id, reaction_post_id,",
        "-- occurred_at), person_keys, trust and independence.",
    ]
    for table in (PERSON_KEYS, TRUST, INDEPENDENCE):
        columns = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
        inputs.append(f"create table if not exists {table.name} ({columns});")
    statements = (f"{step.statement()};" for step in steps)
    return "\n\n".join(["\n".join(inputs), *statements]) + "\n"
