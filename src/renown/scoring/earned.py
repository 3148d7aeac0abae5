"""What every actor earned, by the compiled kernel or by the SQL steps; a contract suite holds them equal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from renown.definitions import Definition
from renown.scoring.freshness import with_freshness
from renown.store import TableStore
from renown.store.kernel_rows import Stretch, given_and_rule, join_rows, kernel_rule, read_stretch
from renown.store.parallel import in_order
from renown.types import Progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.kernels.attention import Factors, Rows, Rule, Ties
    from renown.store.persons import PersonKeys
    from renown.store.sorted_files import SortedFiles, SourceRange

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Earned:
    """Sums per actor who earned anything, sorted by actor_key; arrays of equal length."""

    actor_key: IntArray
    earned_attention: FloatArray
    """by how lately people reacted too, where the definition says so"""
    squared_attention: FloatArray
    momentum_attention: FloatArray
    people_count: IntArray
    interactions_count: IntArray


@dataclass(frozen=True)
class Terms:
    """By which definition, as of when, and trusting whom how far."""

    definition: Definition
    as_of_microseconds: int
    factors: Factors


def earned_by_kernel(store: TableStore, terms: Terms, progress: Progress) -> Earned:
    """Sums by the attention kernel, range by range of sources; same input, same bits, on any number of cores.

    Cost:     O(interactions) time; memory follows the actors (40 bytes each) and a few ranges of rows.
    """
    from renown.kernels.attention import add_ties

    files, persons = store.interactions(), store.person_keys()
    rule = kernel_rule(terms.definition, terms.as_of_microseconds)
    freshness = terms.definition.freshness
    totals = np.zeros((store.actor_count(), 5 if freshness is None else 8))
    set_aside: list[Rows] = []
    spans = files.plan()
    work = partial(_ties_of_span, files, persons, rule, terms)
    for done, (ties, joined) in enumerate(in_order(work, spans), 1):
        add_ties(ties, totals)
        set_aside += [joined] if joined.source.size else []
        progress("scoring", done, len(spans))
    if set_aside:
        add_ties(_ties(join_rows(set_aside), rule, terms), totals)
    keys = np.flatnonzero(totals[:, 0] > 0)
    sums = totals[keys]
    if freshness is not None:
        sums[:, 0], sums[:, 1] = with_freshness(sums[:, 0], sums[:, [1, 6, 7]], sums[:, 5], freshness)
    return Earned(
        keys, sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3].astype(np.int64), sums[:, 4].astype(np.int64)
    )


def _ties_of_span(
    files: SortedFiles, persons: PersonKeys, rule: Rule, terms: Terms, span: SourceRange
) -> tuple[Ties, Rows]:
    stretch: Stretch = read_stretch(files, span, persons)
    return _ties(stretch.ordinary, rule, terms), stretch.joined


def _ties(rows: Rows, rule: Rule, terms: Terms) -> Ties:
    from renown.kernels.attention import sum_ties

    given, rule = given_and_rule(rows, rule, terms.definition)
    return sum_ties(rows, given, terms.factors, rule)


def earned_by_sql(store: TableStore, terms: Terms, progress: Progress) -> Earned:
    """The same sums by the compiled SQL steps on DuckDB: the portable form and the kernel's witness."""
    from renown.engines.duckdb import DuckDBEngine
    from renown.steps import INDEPENDENCE, PERSON_KEYS, TRUST, compile_score

    steps = compile_score(terms.definition, as_of_microseconds=terms.as_of_microseconds)
    # One thread: with more, sums are added as threads finish, and the last digits differ from run to run.
    with DuckDBEngine(threads=1) as engine:
        engine.register_files("interactions", store.files("interactions"))
        engine.register_arrow(PERSON_KEYS.name, store.person_keys().as_table())
        engine.register_arrow(TRUST.name, trust_table(terms.factors))
        engine.register_arrow(INDEPENDENCE.name, independence_table(terms.factors))
        engine.run_steps(steps, progress=progress)
        found = engine.query("select * from earned order by actor_key")
    columns = (
        "actor_key",
        "earned_attention",
        "squared_attention",
        "momentum_attention",
        "people_count",
        "interactions_count",
    )
    return Earned(*(found[name].to_numpy() for name in columns))


def trust_table(factors: Factors) -> pa.Table:
    """The table `trust` that the SQL steps read: those with less than 1."""
    import pyarrow as pa

    keys = np.flatnonzero(factors.trust != 1.0)
    return pa.table({"actor_key": pa.array(keys), "trust": pa.array(factors.trust[keys])})


def independence_table(factors: Factors) -> pa.Table:
    """The table `independence` that the SQL steps read."""
    import pyarrow as pa

    return pa.table(
        {
            "source_person_key": pa.array(factors.source),
            "target_actor_key": pa.array(factors.target),
            "independence": pa.array(factors.independence),
        }
    )
