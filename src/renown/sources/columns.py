"""Which column plays which role: what a person wrote, and what the file has, brought together."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast, get_args

from renown.errors import ColumnsError

Role = Literal["source", "target", "time", "kind", "post", "reaction_post", "id"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

CANONICAL_NAMES: Final[dict[Role, str]] = {
    "source": "source_actor_id",
    "target": "target_actor_id",
    "time": "occurred_at",
    "kind": "kind",
    "post": "post_id",
    "reaction_post": "reaction_post_id",
    "id": "interaction_id",
}
"""The column of a canonical batch that each role fills."""

KNOWN_NAMES: Final[dict[Role, tuple[str, ...]]] = {
    "source": ("source", "source_actor_id", "source_id", "from", "src", "follower"),
    "target": ("target", "target_actor_id", "target_id", "to", "dst", "followed"),
    "time": ("time", "occurred_at", "timestamp", "ts", "created_at", "datetime", "at", "first_seen_at"),
    "kind": ("kind", "type", "action"),
    "post": ("post", "post_id"),
    "reaction_post": ("reaction_post", "reaction_post_id"),
    "id": ("interaction_id", "id"),
}
"""Names that a column goes by when nobody says which it is; the first that the file has holds."""

SKIPPED: Final = ("-", "_")
REQUIRED_ROLES: Final[tuple[Role, ...]] = ("source", "target", "time")
HOW_TO_SAY: Final = 'Say them by position (--columns "source target time kind"; - skips one) or by name \
(--columns "source=from target=to time=ts kind=type").'


@dataclass(frozen=True)
class ColumnPlan:
    """What was said about the columns: roles in order, or the name of each role's column, or nothing."""

    in_order: tuple[Role | None, ...] = ()
    by_name: Mapping[Role, str] = field(default_factory=dict)
    required: tuple[Role, ...] = REQUIRED_ROLES
    """roles that a file must have a column for"""

    def position(self, role: Role) -> int | None:
        """Place of a role in the order that was given."""
        return self.in_order.index(role) if role in self.in_order else None


def parse_columns(text: str, required: tuple[Role, ...] = REQUIRED_ROLES) -> ColumnPlan:
    """Understand what a person wrote about the columns of a file.

    Two forms: roles by position ("source target - time kind") and by name ("source=from target=to time=ts").
    Roles are source, target, time, kind, post, reaction_post and id; `-` or `_` skips a column. Names with
    blanks are quoted. An empty text leaves it to the names in the file.

    Raises:
        ColumnsError: an unknown role, a role twice, or a required one not named.

    Example:
        >>> parse_columns("source target time kind").in_order
        ('source', 'target', 'time', 'kind')
        >>> parse_columns("source=from target=to time=ts").by_name["time"]
        'ts'
    """
    words = _words(text)
    if not words:
        return ColumnPlan(required=required)
    is_by_name = any("=" in word for word in words)
    pairs = [word.partition("=") if "=" in word else (word, "=", word) for word in words]
    roles = [None if name in SKIPPED else _role(name) for name, _, _ in pairs]
    _refuse_repeated_or_missing(roles, required)
    if not is_by_name:
        return ColumnPlan(in_order=tuple(roles), required=required)
    by_name = {r: value for r, (_, _, value) in zip(roles, pairs, strict=True) if r}
    return ColumnPlan(by_name=by_name, required=required)


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace += ","
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise ColumnsError(f"The columns {text!r} cannot be understood: {error}.", hint=HOW_TO_SAY) from None


def _role(name: str) -> Role:
    for role in ROLES:
        if name in (role, CANONICAL_NAMES[role]):
            return role
    near = difflib.get_close_matches(name, ROLES, 1)
    suggestion = f" Did you mean {near[0]}?" if near else ""
    raise ColumnsError(
        f"{name!r} is no role of a column.{suggestion}",
        hint=f"Roles are {', '.join(ROLES)}; - skips a column. {HOW_TO_SAY}",
    )


def _refuse_repeated_or_missing(roles: Sequence[Role | None], required: Sequence[Role]) -> None:
    named = [role for role in roles if role]
    for role in named:
        if named.count(role) > 1:
            raise ColumnsError(f"Two columns are named {role}.", hint=HOW_TO_SAY)
    for role in required:
        if role not in named:
            raise ColumnsError(f"No column is named {role}.", hint=HOW_TO_SAY)


def match_names(
    plan: ColumnPlan, available: Sequence[str], *, file: str, needs_kind: bool
) -> dict[Role, int]:
    """Position of each role's column among the columns that a file has by name.

    Names win over positions: roles that were given in order are first looked for under the names they usually
    go by, and only where these are not all found does the order hold.

    Raises:
        ColumnsError: a column is missing; the message lists those found.
    """
    if plan.by_name:
        found = {role: _index_of(name, available) for role, name in plan.by_name.items()}
        missing = [f"{role}={plan.by_name[role]}" for role, index in found.items() if index is None]
    else:
        wanted = [role for role in plan.in_order if role] or list(ROLES)
        found = {role: _known_index(role, available) for role in wanted}
        required = wanted if plan.in_order else plan.required
        missing = [role for role in required if found[role] is None]
        if missing and plan.in_order and len(plan.in_order) == len(available):
            return {role: index for index, role in enumerate(plan.in_order) if role}
    positions = {role: index for role, index in found.items() if index is not None}
    if missing:
        raise _missing_columns(missing, available, file)
    if needs_kind and "kind" not in positions:
        raise no_kind_column(file, available)
    return positions


def _index_of(name: str, available: Sequence[str]) -> int | None:
    if name in available:
        return available.index(name)
    folded = [other.casefold() for other in available]
    return folded.index(name.casefold()) if folded.count(name.casefold()) == 1 else None


def _known_index(role: Role, available: Sequence[str]) -> int | None:
    indices = (_index_of(name, available) for name in KNOWN_NAMES[role])
    return next((index for index in indices if index is not None), None)


def has_known_names(words: Sequence[str]) -> bool:
    """Whether the words name at least two of source, target and time, as a header does and a row does not."""
    return sum(_known_index(role, words) is not None for role in REQUIRED_ROLES) > 1


def no_kind_column(file: str, available: Sequence[str] = ()) -> ColumnsError:
    """The error for a file that has no kinds where no default kind was given."""
    found = f" It has {', '.join(available)}." if available else ""
    return ColumnsError(
        f"No column of {file} says the kind of interaction.{found}",
        hint="Name it (kind=COLUMN), or say which kind all rows are (--kind like).",
    )


def _missing_columns(missing: Sequence[str], available: Sequence[str], file: str) -> ColumnsError:
    wanted = [name.partition("=")[2] or name for name in missing]
    near = [match for name in wanted for match in difflib.get_close_matches(name, available, 1)]
    suggestion = f"Did you mean {', '.join(dict.fromkeys(near))}? " if near else ""
    shown = ", ".join(available[:40]) or "none"
    noun = "column" if len(missing) == 1 else "columns"
    when_read = (
        " Follows without times: say when they were read (--seen-at TIME)." if "time" in missing else ""
    )
    return ColumnsError(
        f"{file} has no {noun} for {', '.join(missing)}. Its columns are: {shown}.",
        hint=suggestion + HOW_TO_SAY + when_read,
    )


def as_role(text: str) -> Role:
    """A text that is known to be a role, for the type checker."""
    return cast(Role, text)
