"""The model card of a run: measured, and written as a page, as Markdown or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

from renown.charts.model_card import CardForm, write_model_card
from renown.charts.model_card_layout import AttackStory
from renown.errors import InputError, TooLittleInputError
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.evaluate import CausalEvaluation
    from renown.evaluate.attacks import AttackReport
    from renown.evaluate.model_card_records import ModelCard
    from renown.evaluate.pair_records import PairEvaluation
    from renown.store import TableStore

_ATTACKS: Final = "attacks.json"
_FORMS: Final[dict[str, CardForm]] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".json": "json",
}

Read = TypeVar("Read")


class ModelCardChoices(TypedDict, total=False):
    """What can be chosen of a model card; what is not said is the default."""

    run_id: str | None
    """default: the latest run"""
    truth: pa.Table | None
    """actor_id and true_influence, of a simulated town; a column role says who is made or paid to act"""
    attacks: str | PathLike[str] | None
    """the folder of a finished `renown attack-lab`"""
    pairs: str | PathLike[str] | None
    """a file of judged pairs; default: the judgements that the store has"""
    future_kinds: Sequence[str]
    """kinds that count as what came next; default: all"""
    causal_truth: CausalEvaluation | None
    """what `evaluate_causal` says of the town that the store was filled from"""
    causal_actors: int
    """so many actors with the highest scores are read causally; default: 12, 0: none"""
    fit: bool
    """False: the numbers are not learned from this store beside the definition's"""


def model_card(
    store: TableStore, choices: ModelCardChoices, *, progress: Progress = no_progress
) -> ModelCard:
    """Measure a run for its model card (see `renown.evaluate.model_card.collect_model_card`).

    Raises:   RunNotFoundError; InputError: the folder holds no attack report; SourceFileError, ColumnsError.
    """
    from renown.api.attack_lab import not_genuine_ids
    from renown.api.results import find_run
    from renown.evaluate.model_card import CardInput, collect_model_card

    run = find_run(store, choices.get("run_id"))
    attacks, truth = choices.get("attacks"), choices.get("truth")
    given = CardInput(
        truth=truth,
        not_genuine=not_genuine_ids(truth) if truth is not None and "role" in truth.column_names else (),
        attacks=None if attacks is None else read_attack_report(Path(attacks)),
        judgements=_judgements(store, run.run_id, choices.get("pairs"), progress),
        future_kinds=choices.get("future_kinds", ()),
        causal_truth=choices.get("causal_truth"),
        causal_actors_count=choices.get("causal_actors", 12),
        is_fitted=choices.get("fit", True),
    )
    return collect_model_card(store, run, given, progress=progress)


def write_card(card: ModelCard, path: Path, form: CardForm | None = None) -> Path:
    """Write a card, as its file name's ending says unless a form is named; returns the path.

    Raises:   InputError: the ending says nothing.  RenownError: the file cannot be written.
    """
    return write_model_card(card, path, attack_story(card.attacks), form=form or form_of(path))


def form_of(path: Path) -> CardForm:
    """As what a card is written to a file of this name.

    Raises:   InputError: neither .html, .md nor .json.
    Example:
        >>> form_of(Path("card.md"))
        'md'
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(
            f"{path}: a model card is written to a file that ends in .html, .md or .json.",
            hint="Choose another ending, or say --format.",
        )
    return form


def read_attack_report(folder: Path) -> AttackReport:
    """The report that a finished attack laboratory left in a folder.

    Raises:   InputError: there is none, or it is not one of this version.
    """
    import msgspec

    from renown.evaluate.attacks import AttackReport

    hint = f"Run `renown attack-lab --out {folder}` first."
    try:
        return msgspec.json.decode((folder / _ATTACKS).read_bytes(), type=AttackReport)
    except OSError as error:
        raise InputError(f"{folder} holds no {_ATTACKS}: {error.strerror or error}.", hint=hint) from error
    except msgspec.MsgspecError as error:
        raise InputError(f"{folder / _ATTACKS} is no attack report: {error}", hint=hint) from error


def attack_story(report: AttackReport | None) -> AttackStory | None:
    """How a card tells of an attack report; None where there is none."""
    if report is None:
        return None
    from renown.api.attack_lab import attack_bar, battlefield_words
    from renown.api.attack_words import genuine_sentences, headline, method_sentences

    return AttackStory(
        bars=[attack_bar(row, report) for row in report.attacks],
        ground=battlefield_words(report),
        sentences=[*headline(report), *genuine_sentences(report)],
        notes=method_sentences(report),
    )


def _judgements(
    store: TableStore, run_id: str, pairs: str | PathLike[str] | None, progress: Progress
) -> PairEvaluation | None:
    """Of a file of pairs, else of the store's own judgements; None where there are too few."""
    from renown.api.judging import evaluate_judgements, evaluate_pairs_file

    if pairs is not None:
        return evaluate_pairs_file(str(pairs), progress=progress)
    try:
        return evaluate_judgements(store, run_id=run_id, progress=progress)
    except TooLittleInputError:
        return None
