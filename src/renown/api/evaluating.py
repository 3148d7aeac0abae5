"""How good a store's scores are: what `renown evaluate` asks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from renown.api.actors import DefinitionChoice, read_definition
from renown.api.moments import Moment, parse_moment
from renown.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.evaluate import Evaluation, Gain, Split, TruthEvaluation
    from renown.store import TableStore
    from renown.types import Progress

Splits = int | Sequence[Moment]
"""How many splits to cut, or the moments to cut at: each stretch between two is a future."""


def evaluate(
    store: TableStore,
    *,
    definitions: Sequence[DefinitionChoice],
    splits: Splits,
    future_kinds: Sequence[str] | None,
    gain: Gain,
    progress: Progress,
) -> Evaluation:
    """Scores and baselines against what came next (see `renown.evaluate.evaluate_store`)."""
    from renown.evaluate import evaluate_store

    return evaluate_store(
        store,
        definitions=[read_definition(choice) for choice in definitions or (None,)],
        splits=cut(store, splits),
        future_kinds=future_kinds or None,
        gain=gain,
        progress=progress,
    )


def evaluate_against_truth(
    store: TableStore, truth: pa.Table, *, definitions: Sequence[DefinitionChoice], progress: Progress
) -> TruthEvaluation:
    """Scores and baselines against known true influence (see `renown.evaluate.evaluate_truth`)."""
    from renown.evaluate import evaluate_truth

    chosen = [read_definition(choice) for choice in definitions or (None,)]
    return evaluate_truth(store, truth, chosen, progress=progress)


def cut(store: TableStore, splits: Splits) -> tuple[Split, ...]:
    """The splits that somebody means: how many, or the moments to cut at.

    Raises:   InputError: a single moment.
    """
    from renown.evaluate import Split, default_splits

    if isinstance(splits, int):
        return default_splits(store, splits)
    moments = [parse_moment(moment) for moment in splits]
    if len(moments) < 2:
        raise InputError(
            "One moment cuts no future: the end of the stretch to foretell is missing.",
            hint="Name two moments or more, or how many splits to make.",
        )
    return tuple(Split(cut, following) for cut, following in itertools.pairwise(moments))
