"""The forms of the score behind one door: (acts, definition, as_of, persons) in, {actor: Figures} out.

`oracle` is plain Python, `steps` the SQL on a table in memory, `kernel` and `duckdb` run on a store.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from renown.engines.duckdb import DuckDBEngine
from renown.errors import StoreNotFoundError, TooLittleInputError
from renown.kernels.attention import Factors
from renown.schema import arrow_schema
from renown.scoring import compute_scores, contributions
from renown.steps import INDEPENDENCE, PERSON_KEYS, TRUST, compile_ledger, compile_score
from renown.store import TableStore
from tests import oracle
from tests.oracle import EVERYBODY, Entry, Figures, person_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NETWORK = "test"

INPUT_SCHEMA = pa.schema(
    [
        ("source_actor_key", pa.int64()),
        ("target_actor_key", pa.int64()),
        ("kind", pa.string()),
        ("post_id", pa.string()),
        ("reaction_post_id", pa.string()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
    ]
)


def moment(microseconds):
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds(instant):
    return (instant - EPOCH) // timedelta(microseconds=1)


def input_table(acts):
    """Acts as the table `interactions` that the steps read."""
    columns = ("source", "target", "kind", "post", "reaction", "time")
    return pa.table(
        [
            pa.array([getattr(act, name) for act in acts], field.type)
            for name, field in zip(columns, INPUT_SCHEMA, strict=True)
        ],
        schema=INPUT_SCHEMA,
    )


def loaded_engine(acts, persons=None, believed=EVERYBODY):
    """A DuckDB with the inputs of the steps; close it."""
    engine = DuckDBEngine(threads=1)
    engine.register_arrow("interactions", input_table(acts))
    ties = [(*pair, share) for pair, share in believed.independence.items()]
    for table, rows in (
        (PERSON_KEYS, list((persons or {}).items())),
        (TRUST, list(believed.trust.items())),
        (INDEPENDENCE, ties),
    ):
        columns = list(zip(*rows, strict=True)) or [[]] * len(table.columns)
        engine.register_arrow(table.name, pa.table(columns, schema=arrow_schema(table)))
    return engine


def by_oracle(acts, definition, as_of, persons=None, believed=EVERYBODY):
    return oracle.scores(acts, definition, as_of, persons, believed)


def by_steps(acts, definition, as_of, persons=None, believed=EVERYBODY):
    with loaded_engine(acts, persons, believed) as engine:
        engine.run_steps(compile_score(definition, as_of_microseconds=as_of))
        rows = engine.query("select * from earned join scores using (actor_key)").to_pylist()
    return {
        row["actor_key"]: Figures(
            earned=row["earned_attention"],
            squared=row["squared_attention"],
            people=row["people_count"],
            interactions=row["interactions_count"],
            momentum_attention=row["momentum_attention"],
            score=row["score"],
            score_low=row["score_low"],
            score_high=row["score_high"],
            percentile=row["percentile"],
            rank_low=row["rank_low"],
            rank_high=row["rank_high"],
            momentum=row["momentum"],
        )
        for row in rows
    }


def actor_id(key):
    return f"{NETWORK}:{key}"


@contextmanager
def store_of(acts, persons=None, batches=1):
    """A store that holds the acts, added in so many imports."""
    with tempfile.TemporaryDirectory(prefix="renown-test-") as folder:
        store = TableStore(folder)
        for batch in np.array_split(np.arange(len(acts)), batches):
            if batch.size:
                store.add_interactions(_frame([acts[i] for i in batch]))
        if persons:
            store.add_persons(_persons_frame(persons))
        yield store


def _frame(acts):
    table = input_table(acts)
    for side in ("source", "target"):
        ids = pa.array([actor_id(getattr(act, side)) for act in acts])
        place = table.column_names.index(f"{side}_actor_key")
        table = table.set_column(place, f"{side}_actor_id", ids)
    return table


def _persons_frame(persons):
    accounts = sorted({*persons, *persons.values()})
    proven = pa.array([moment(0)] * len(accounts), pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            "person_id": [f"person-{persons.get(account, account)}" for account in accounts],
            "actor_id": [actor_id(account) for account in accounts],
            "proof_kind": ["given"] * len(accounts),
            "proven_at": proven,
        }
    )


def factors_of(store, believed, persons):
    """What is believed, in the keys of a store."""
    ids = store.actor_ids(np.arange(store.actor_count())).to_pylist()
    keys = {int(name.split(":")[1]): key for key, name in enumerate(ids)}
    of_person = store.person_keys().of(np.arange(len(ids)))
    person_keys = {person_of(account, persons): int(of_person[key]) for account, key in keys.items()}
    trust = np.ones(len(ids))
    for person, share in believed.trust.items():
        if person in person_keys:
            trust[person_keys[person]] = share
    ties = sorted(
        (person_keys[person], keys[target], share)
        for (person, target), share in believed.independence.items()
        if person in person_keys and target in keys
    )
    columns = list(zip(*ties, strict=True)) or [[], [], []]
    source, target, share = (np.array(column) for column in columns)
    return Factors(trust, source.astype(np.int64), target.astype(np.int64), share.astype(np.float64))


def by_store(store, definition, as_of, engine, believed=EVERYBODY, persons=None):
    """Figures by `compute_scores`; what it does not report of an actor stays nan."""
    is_plain = believed is EVERYBODY or not store.exists()
    factors = None if is_plain else factors_of(store, believed, persons or {})
    try:
        scored = compute_scores(
            store, definition=definition, as_of=moment(as_of), engine=engine, factors=factors
        )
    except (TooLittleInputError, StoreNotFoundError):
        return {}
    keys = [int(name.split(":")[1]) for name in store.actor_ids(scored.actor_key).to_pylist()]
    return {
        key: Figures(
            earned=scored.earned_attention[i],
            squared=np.nan,
            people=scored.people_count[i],
            interactions=scored.interactions_count[i],
            momentum_attention=np.nan,
            score=scored.score[i],
            score_low=scored.score_low[i],
            score_high=scored.score_high[i],
            percentile=scored.percentile[i],
            rank_low=scored.rank_low[i],
            rank_high=scored.rank_high[i],
            momentum=scored.momentum[i],
        )
        for i, key in enumerate(keys)
    }


def by_kernel(acts, definition, as_of, persons=None, believed=EVERYBODY):
    with store_of(acts, persons) as store:
        return by_store(store, definition, as_of, "kernel", believed, persons)


def by_duckdb(acts, definition, as_of, persons=None, believed=EVERYBODY):
    with store_of(acts, persons) as store:
        return by_store(store, definition, as_of, "duckdb", believed, persons)


FORMS = {"oracle": by_oracle, "steps": by_steps, "kernel": by_kernel, "duckdb": by_duckdb}


def ledger_by_oracle(acts, target, definition, as_of, persons=None, believed=EVERYBODY):
    entries = oracle.ledger(acts, definition, as_of, persons, believed=believed)
    return [entry for entry in entries if entry.act.target == target]


def ledger_by_steps(acts, target, definition, as_of, persons=None, believed=EVERYBODY, everybody=False):
    """The ledger of one actor, compiled for it alone, or picked from everybody's."""
    chosen = None if everybody else target
    with loaded_engine(acts, persons, believed) as engine:
        engine.run_steps(compile_ledger(definition, as_of_microseconds=as_of, target_actor_key=chosen))
        rows = engine.query("select * from ledger where target_actor_key = ?", [target]).to_pylist()
    return [_entry(row, row["source_actor_key"], target, row["person_key"]) for row in rows]


def ledger_by_store(store, target, definition, as_of):
    """The ledger of `scoring.contributions`."""
    key = int(store.actor_keys([actor_id(target)])[0])
    table = contributions(store, key, definition=definition, as_of=moment(as_of))
    rows = table.to_pylist()

    def original(name):
        ids = store.actor_ids(table[name].to_numpy()).to_pylist()
        return [int(text.split(":")[1]) for text in ids]

    sources, people = original("source_actor_key"), original("person_key")
    return [
        _entry(row, source, target, person) for row, source, person in zip(rows, sources, people, strict=True)
    ]


def _entry(row, source, target, person):
    act = oracle.Act(
        source,
        target,
        row["kind"],
        microseconds(row["occurred_at"]),
        row["post_id"],
        row["reaction_post_id"],
    )
    return Entry(
        act,
        person,
        row["is_counted"],
        row["weight"],
        row["mass"],
        row["tie_mass"],
        row["contribution"],
    )
