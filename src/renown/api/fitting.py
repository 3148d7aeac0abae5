"""Another definition: learned from what came next, and looked at before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from renown.api.actors import DefinitionChoice, read_definition, terms_of
from renown.api.evaluating import Splits, cut
from renown.api.moments import Moment

if TYPE_CHECKING:
    from renown.evaluate import Fit, FitTerms
    from renown.scoring.preview import Preview
    from renown.store import TableStore
    from renown.types import Progress


def fit(
    store: TableStore,
    *,
    prior: DefinitionChoice,
    splits: Splits,
    future_kinds: Sequence[str],
    terms: FitTerms | None,
    progress: Progress,
) -> Fit:
    """A definition learned from a store (see `renown.evaluate.fit_definition`)."""
    from renown.evaluate import fit_definition

    return fit_definition(
        store,
        prior=None if prior is None else read_definition(prior),
        splits=cut(store, splits),
        future_kinds=future_kinds,
        terms=terms,
        progress=progress,
    )


def preview(
    store: TableStore,
    definition: DefinitionChoice,
    *,
    before: DefinitionChoice,
    as_of: Moment | None,
    limit: int,
    progress: Progress,
) -> Preview:
    """What a definition would change (see `renown.scoring.preview.preview_definition`)."""
    from renown.scoring.preview import preview_definition

    terms = terms_of(store, as_of, before)
    return preview_definition(
        store,
        terms.definition,
        read_definition(definition),
        as_of=terms.as_of,
        limit=limit,
        progress=progress,
    )
