"""Attacks into a copy of a store: rows, profiles, and the keys that the attackers have there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from renown.evaluate.attacks.background import Field
from renown.schema import TABLES, arrow_schema
from renown.simulate.attacks import Acts, AttackPlan, Cast
from renown.store import TableStore
from renown.store.importing import import_batches
from renown.trust.follow_rings import has_follows
from renown.types import KINDS, MICROSECONDS_PER_DAY, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

IntArray = NDArray[np.int64]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YOUNG_DAYS: Final = 20
"""Fresh accounts were made at most so long before they act."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Injected:
    """One attack as it stands in the copy; keys are the copy's."""

    plan: AttackPlan
    cast: Cast
    acts: Acts
    """in order of time"""
    beneficiaries: IntArray
    accomplices: IntArray
    """accounts made, and members"""

    @property
    def begin(self) -> int:
        """First act towards a beneficiary, in microseconds."""
        return int(self.acts.time[np.isin(self.acts.target, self.beneficiaries)][0])


def inject(copy: TableStore, field: Field, attacks: list[tuple[AttackPlan, Cast, Acts]]) -> list[Injected]:
    """Put attacks into a copy of the field's store in one import, with profiles if the store has any.

    Attackers' profiles are those of genuine actors, copied; only a fresh account's age betrays it.
    """
    import pyarrow as pa

    made = sum(cast.accounts.size + (cast.target < 0) for _, cast, _ in attacks)
    new_ids = [f"{field.network}:laboratory-{number}" for number in range(made)]
    joined = Acts(*(np.concatenate(columns) for columns in zip(*(one[2] for one in attacks), strict=True)))
    source, target = _ids(field, joined.source, new_ids), _ids(field, joined.target, new_ids)
    rows = pa.table(
        {
            "network": _networks(target),
            "source_actor_id": source,
            "target_actor_id": target,
            "kind": pa.array(KINDS).take(pa.array(joined.kind)),
            "occurred_at": pa.array(joined.time).cast(pa.timestamp("us", tz="UTC")),
            "interaction_id": pa.array([f"laboratory-{number}" for number in range(joined.time.size)]),
        }
    )
    import_batches(copy.delta, [rows], progress=no_progress, are_known_new=True)
    if has_follows(copy):
        # what the attackers follow stands beside what everybody follows, where that is known
        copy.import_follows([rows])
    _add_profiles(copy, field, attacks, new_ids)
    keys = copy.actor_keys(new_ids)
    return [_injected(attack, keys) for attack in attacks]


def _ids(field: Field, keys: IntArray, new_ids: list[str]) -> pa.Array:
    """Actor ids of keys: the store's, or for negative ones the attacker's."""
    import pyarrow as pa

    distinct, place = np.unique(keys, return_inverse=True)
    known = distinct[distinct >= 0]
    ours = [new_ids[-1 - key] for key in distinct[distinct < 0].tolist()]
    names = pa.concat_arrays([pa.array(ours, pa.string()), field.store.actor_ids(known)])
    return names.take(pa.array(place))


def _networks(ids: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.list_element(pc.split_pattern(ids, ":", max_splits=1), 0)


def _injected(attack: tuple[AttackPlan, Cast, Acts], keys: IntArray) -> Injected:
    plan, cast, acts = attack

    def stored(column: IntArray) -> IntArray:
        """Keys as stored: negative ones stand for accounts of the attack, which have keys now."""
        return np.where(column >= 0, column, keys[-1 - np.minimum(column, -1)] if keys.size else column)

    return Injected(
        plan=plan,
        cast=cast,
        acts=acts._replace(source=stored(acts.source), target=stored(acts.target)),
        beneficiaries=stored(cast.beneficiaries),
        accomplices=np.concatenate([stored(cast.accounts), cast.members]),
    )


def _add_profiles(
    copy: TableStore, field: Field, attacks: list[tuple[AttackPlan, Cast, Acts]], new_ids: list[str]
) -> None:
    """A copied profile for every new account, where the store has profiles at all."""
    import pyarrow as pa

    known = copy.read("actors")
    if not known.num_rows or not new_ids:
        return
    chance = np.random.default_rng(len(new_ids))
    rows = known.take(pa.array(chance.integers(0, known.num_rows, len(new_ids))))
    created = rows["created_at"].cast(pa.int64()).to_numpy().copy()
    for plan, cast, acts in attacks:
        if plan.family in ("aged", "aged-camouflaged", "bought"):
            continue
        made = np.append(cast.accounts, cast.target) if cast.target < 0 else cast.accounts
        age = chance.uniform(0, _YOUNG_DAYS, made.size) * MICROSECONDS_PER_DAY
        created[-1 - made] = acts.time[0] - age
    moments = [None if np.isnan(value) else _EPOCH + timedelta(microseconds=int(value)) for value in created]
    changed = {
        "actor_id": pa.array(new_ids),
        "network": pa.repeat(field.network, len(new_ids)),
        "handle": pa.array([name.split(":", 1)[1] for name in new_ids]),
        "created_at": pa.array(moments, pa.timestamp("us", tz="UTC")),
    }
    schema = arrow_schema(TABLES["actors"])
    columns = [changed.get(name, rows[name]) for name in schema.names]
    copy.append("actors", pa.table(columns, schema=schema))
