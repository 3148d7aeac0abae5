"""What does not count wholly, and why: the discounts of trust, as a person can read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from renown.explain.records import Record
from renown.explain.words import counted

if TYPE_CHECKING:
    import pyarrow as pa

_STRANGERS = -1


@dataclass(frozen=True)
class Discount(Record):
    """People of one finding who gave an actor attention, and what of it counts."""

    finding_id: int | None
    """number of the finding in its trust run; None: strangers nobody vouches for, an audience with
    too few known people, or an automated rhythm"""
    kind: str
    accounts_count: int
    attention: float
    """effective people that they would count as undiscounted"""
    effective_people: float
    """that they count as"""
    sentence: str
    """in words"""


def build_discounts(
    contributions: pa.Table, findings: Mapping[int, Mapping[str, Any]]
) -> tuple[Discount, ...]:
    """The discounts behind an actor's contributions, the largest first.

    Args:     findings: the rows of `trust_findings` by number.
    """
    if "belief" not in contributions.column_names:
        return ()
    belief, finding = contributions["belief"].to_numpy(), contributions["finding_id"].to_numpy()
    given, people = contributions["contribution"].to_numpy(), contributions["person_key"].to_numpy()
    is_less = (belief < 1.0) & contributions["is_counted"].to_numpy()
    found = []
    strangers = "strangers" if (belief == 1.0).any() else "few known"
    for number in np.unique(finding[is_less]).tolist():
        inside = is_less & (finding == number)
        full = np.divide(given[inside], belief[inside], out=np.zeros(inside.sum()), where=belief[inside] > 0)
        accounts, sums = int(np.unique(people[inside]).size), (float(full.sum()), float(given[inside].sum()))
        row = findings.get(number, {"kind": strangers if number == _STRANGERS else "automated"})
        found.append(_discount(number, row, accounts, sums))
    return tuple(sorted(found, key=lambda entry: entry.effective_people - entry.attention))


def _discount(number: int, row: Mapping[str, Any], accounts: int, sums: tuple[float, float]) -> Discount:
    kind = str(row["kind"])
    start = f"{counted(accounts, 'account', 'accounts')} counted as {sums[1]:.1f} people"
    return Discount(
        finding_id=number if number >= 0 else None,
        kind=kind,
        accounts_count=accounts,
        attention=sums[0],
        effective_people=sums[1],
        sentence=f"{start[0].upper()}{start[1:]}: {_why(kind, row)}.",
    )


def _why(kind: str, row: Mapping[str, Any]) -> str:
    if kind == "lockstep":
        targets = counted(int(row["targets_count"]), "target", "targets")
        return f"same {targets} within the same hours"
    if kind == "reciprocal circle":
        share, members = 100 * float(row["statistic"]), int(row["members_count"])
        return f"{share:.0f} of 100 pairs of a circle of {members} react to each other"
    if kind == "dense block":
        return f"strangers who share {counted(int(row['targets_count']), 'target', 'targets')}"
    if kind == "automated":
        return "they act as regularly as a clock"
    if kind == "few known":
        return "too few of those who came are known to tell them from a bought audience"
    return "strangers who came without anybody known"
