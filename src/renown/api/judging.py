"""Asking people who is more influential: the next question, the answers, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, get_args

from renown.api.results import find_run, reading
from renown.errors import ColumnsError, InputError, RunNotFoundError, TooLittleInputError
from renown.explain.records import Record
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.evaluate import PairEvaluation, PairMapping, Strengths
    from renown.evaluate.judgement_design import Asked
    from renown.evaluate.judgement_strengths import Choice
    from renown.scoring import Run
    from renown.store import TableStore

ACTORS_SHOWN: Final = 40
POSTS_SHOWN: Final = 3
_HIDDEN: Final = "[name]"
_LINK: Final = re.compile(r"https?://\S+")
_LEAST_NAME: Final = 3

_SHOWABLE: Final = """
-- scores of actors who may be shown: public, not hidden, and not against being found
with latest as (
    select actor_id, max_by(coalesce(is_protected, false), observed_at) as is_protected,
           max_by(coalesce(is_hidden_from_public, false), observed_at) as is_hidden,
           max_by(coalesce(is_discoverable, true), observed_at) as is_discoverable
    from actors group by actor_id
)
select k.actor_id, s.score from scores s join actor_keys k using (actor_key)
left join latest l using (actor_id)
where s.run_id = $run_id and s.topic_id is null
  and not coalesce(l.is_protected, false) and not coalesce(l.is_hidden, false)
  and coalesce(l.is_discoverable, true)
order by actor_id
"""

_PROFILE: Final = """
select actor_id, handle, display_name, created_at, followers_count, following_count, posts_count, listed_count
from actors where actor_id in ($a, $b) qualify row_number() over (
    partition by actor_id order by observed_at desc
) = 1
"""

_POSTS: Final = """
select author_actor_id as actor_id, text from posts
where author_actor_id in ($a, $b) and text is not null and trim(text) <> '' qualify row_number() over (
    partition by author_actor_id order by posted_at desc nulls last, post_id
) <= $count
"""

_RECEIVED: Final = """
-- what actors received from others before the moment
select target_actor_key as actor_key,
       count(*) filter (where kind = 'mention') as mentions_received,
       count(*) filter (where kind = 'repost') as reposts_received
from interactions
where source_actor_key <> target_actor_key and occurred_at < $as_of
  and target_actor_key in (select actor_key from wanted)
group by target_actor_key
"""


@dataclass(frozen=True)
class ShownActor(Record):
    """One side of a question: nothing of it is a score or a rank."""

    actor_id: str
    name: str | None
    """None: hidden"""
    network: str
    since_year: int | None
    followers_count: int | None
    following_count: int | None
    posts_count: int | None
    listed_count: int | None
    posts: tuple[str, ...]
    """texts of recent posts; where names are hidden, without the actor's own name and without links"""


@dataclass(frozen=True)
class Question(Record):
    """Which of two actors is the more influential? Answer it with `Store.add_judgement`."""

    judge_id: str
    run_id: str
    topic: str
    question_number: int
    a: ShownActor
    b: ShownActor
    is_repeat: bool
    is_blind: bool


@dataclass(frozen=True)
class Judgement(Record):
    """One answer: a row of the table `judgements`."""

    judge_id: str
    run_id: str
    topic: str
    question_number: int
    a_actor_id: str
    b_actor_id: str
    choice: Choice
    is_repeat: bool
    is_blind: bool
    answer_seconds: float | None
    judged_at: datetime


JUDGEMENT_COLUMNS: Final = tuple(Judgement.__dataclass_fields__)


@dataclass(frozen=True)
class Sitting:
    """Who judges, about what, and how the question is put."""

    judge_id: str
    topic: str = ""
    run_id: str | None = None
    actors: int = ACTORS_SHOWN
    is_blind: bool = True


def read_judgements(store: TableStore, *, topic: str | None = None) -> list[Judgement]:
    """Every answer, in the order given; of one topic only, where that is named."""
    rows = store.read("judgements", JUDGEMENT_COLUMNS).to_pylist()
    found = [Judgement(**row) for row in rows if topic is None or row["topic"] == topic]
    return sorted(found, key=lambda one: (one.judged_at, one.judge_id, one.question_number))


def next_question(store: TableStore, sitting: Sitting) -> Question:
    """The next question of a sitting; it goes on in the run of the judge's latest answer.

    Raises:   InputError: the judge has no name.  RunNotFoundError.
              TooLittleInputError: fewer than four actors may be shown.
    """
    from renown.evaluate.judgement_design import next_pair, spread_over_scores

    if not sitting.judge_id.strip():
        raise InputError("A judge needs a name.", hint="Any name will do, as long as it stays the same.")
    answered = [
        one for one in read_judgements(store, topic=sitting.topic) if one.judge_id == sitting.judge_id
    ]
    run = _run_of(store, sitting, answered)
    answered = [one for one in answered if one.run_id == run.run_id]
    scores = _showable(store, run)
    chosen = spread_over_scores(scores, sitting.actors)
    seed = "|".join((sitting.judge_id, run.run_id, sitting.topic))
    asked = [_asked(one) for one in sorted(answered, key=lambda one: one.question_number)]
    pair = next_pair({actor: scores[actor] for actor in chosen}, asked, seed=seed)
    number = max((one.question_number for one in answered), default=0) + 1
    a, b = _shown(store, (pair.a, pair.b), is_blind=sitting.is_blind)
    return Question(
        sitting.judge_id, run.run_id, sitting.topic, number, a, b, pair.is_repeat, sitting.is_blind
    )


def _asked(one: Judgement) -> Asked:
    from renown.evaluate.judgement_design import Asked

    return Asked(one.a_actor_id, one.b_actor_id, one.is_repeat)


def _run_of(store: TableStore, sitting: Sitting, answered: list[Judgement]) -> Run:
    if sitting.run_id is None and answered:
        try:
            return find_run(store, answered[-1].run_id)
        except RunNotFoundError:
            pass
    return find_run(store, sitting.run_id)


def _showable(store: TableStore, run: Run) -> dict[str, float]:
    from renown.store.suppressions import Suppressions

    with reading(store, "scores", "actor_keys", "actors") as engine:
        rows = engine.query(_SHOWABLE, {"run_id": run.run_id}).to_pylist()
    staying_out = Suppressions(store.delta)
    return {row["actor_id"]: row["score"] for row in rows if not staying_out.covers(row["actor_id"])}


def _shown(store: TableStore, ids: tuple[str, str], *, is_blind: bool) -> list[ShownActor]:
    sides: dict[str, object] = {"a": ids[0], "b": ids[1]}
    with reading(store, "actors", "posts") as engine:
        profiles = {row["actor_id"]: row for row in engine.query(_PROFILE, sides).to_pylist()}
        posts = engine.query(_POSTS, {**sides, "count": POSTS_SHOWN}).to_pylist()
    found = []
    for actor_id in ids:
        profile = profiles.get(actor_id, {})
        texts = [row["text"] for row in posts if row["actor_id"] == actor_id]
        found.append(_shown_actor(actor_id, profile, texts, is_blind=is_blind))
    return found


def _shown_actor(
    actor_id: str, profile: Mapping[str, Any], texts: Iterable[str], *, is_blind: bool
) -> ShownActor:
    network, _, native = actor_id.partition(":")
    names = [profile.get("handle"), profile.get("display_name"), native]
    counts = ("followers_count", "following_count", "posts_count", "listed_count")
    created = profile.get("created_at")
    return ShownActor(
        actor_id=actor_id,
        name=None if is_blind else str(profile.get("handle") or native),
        network=network,
        since_year=None if created is None else created.year,
        posts=tuple(_without_names(text, names) if is_blind else text for text in texts),
        **{count: profile.get(count) for count in counts},
    )


def _without_names(text: str, names: Iterable[str | None]) -> str:
    text = _LINK.sub("[link]", text)
    # Longest first, so that no part of a longer name is left standing; very short ones are in every word.
    for name in sorted({name for name in names if name and len(name) >= _LEAST_NAME}, key=len, reverse=True):
        text = re.sub(re.escape(name), _HIDDEN, text, flags=re.IGNORECASE)
    return text


def add_judgement(
    store: TableStore, question: Question, choice: Choice, *, seconds: float | None = None
) -> Judgement:
    """Keep an answer, in one atomic step.

    Raises:   InputError: no such choice, or the question has its answer.
              ActorNotFoundError: somebody in it is not in the store.
    """
    import pyarrow as pa

    from renown.evaluate.judgement_strengths import Choice
    from renown.schema import TABLES, arrow_schema

    if choice not in get_args(Choice):
        raise InputError(f"{choice!r} is no choice.", hint=f"Choose of {', '.join(get_args(Choice))}.")
    for side in (question.a, question.b):
        store.resolve(side.actor_id)
    key = (question.judge_id, question.run_id, question.topic, question.question_number)
    if key in {(o.judge_id, o.run_id, o.topic, o.question_number) for o in read_judgements(store)}:
        raise InputError(
            f"Question {question.question_number} of {question.judge_id} has been answered already.",
            hint="Ask for the next one.",
        )
    made = Judgement(
        *key, question.a.actor_id, question.b.actor_id, choice, question.is_repeat, question.is_blind,
        seconds, datetime.now(UTC),
    )  # fmt: skip
    rows = pa.Table.from_pylist([asdict(made)], schema=arrow_schema(TABLES["judgements"]))
    store.append("judgements", rows, note="judgement")
    return made


def fit_judgements(store: TableStore, *, topic: str | None = None) -> Strengths:
    """Strengths behind the judgements of a store (see `renown.evaluate.fit_strengths`)."""
    from renown.evaluate import fit_strengths
    from renown.evaluate.judgement_strengths import Judged

    answers = [
        Judged(one.judge_id, one.a_actor_id, one.b_actor_id, one.choice, one.is_repeat)
        for one in read_judgements(store, topic=topic)
    ]
    return fit_strengths(answers)


def evaluate_judgements(
    store: TableStore,
    *,
    topic: str | None = None,
    run_id: str | None = None,
    progress: Progress = no_progress,
) -> PairEvaluation:
    """How well a run's score, and simple counts, agree with the judgements of a store.

    `score` is the earned attention of the run, whose log differences are the differences of scores.
    Raises:   TooLittleInputError: fewer than two judgements, or all for one side.
    """
    from renown.evaluate import evaluate_pairs
    from renown.evaluate.pairs import pairs_of

    run = find_run(store, run_id)
    answers = [
        one for one in read_judgements(store, topic=topic) if not one.is_repeat and one.choice != "unsure"
    ]
    if not answers:
        raise TooLittleInputError(
            "There is no judgement that says who is more influential.", hint="`renown judge` collects some."
        )
    sides = [[one.a_actor_id for one in answers], [one.b_actor_id for one in answers]]
    figures = _figures(store, run, sorted({*sides[0], *sides[1]}))
    a, b = ({name: _picked(values, side) for name, values in figures.items()} for side in sides)
    persons = _persons(store, sides)
    return evaluate_pairs(pairs_of([one.choice == "a" for one in answers], a, b, persons), progress=progress)


def _picked(values: Mapping[str, float | None], actors: Iterable[str]) -> Any:
    import numpy as np

    return np.array([values[actor] for actor in actors], np.float64)


def _persons(store: TableStore, sides: list[list[str]]) -> tuple[list[Any], list[Any]]:
    people = store.person_keys()
    return people.of(store.actor_keys(sides[0])).tolist(), people.of(store.actor_keys(sides[1])).tolist()


def _figures(store: TableStore, run: Run, actors: list[str]) -> dict[str, dict[str, float | None]]:
    """What is known of each actor, by signal: nothing received is 0, a count never seen is unknown."""
    import pyarrow as pa

    keys = store.actor_keys(actors)
    wanted = pa.table({"actor_id": actors, "actor_key": pa.array(keys)})
    with reading(store, "scores", "actors", "interactions") as engine:
        engine.register_arrow("wanted", wanted)
        received = engine.query(_RECEIVED, {"as_of": run.as_of}).to_pylist()
        scores = engine.query(
            "select actor_key, earned_attention as score, people_count from scores"
            " where run_id = $run_id and topic_id is null and actor_key in (select actor_key from wanted)",
            {"run_id": run.run_id},
        ).to_pylist()
        profiles = engine.query(
            "select actor_id, max_by(followers_count, observed_at) as followers_count,"
            " max_by(listed_count, observed_at) as listed_count from actors"
            " where actor_id in (select actor_id from wanted) group by actor_id"
        ).to_pylist()
    of = dict(zip(keys.tolist(), actors, strict=True))
    found: dict[str, dict[str, float | None]] = {}
    for name in ("score", "people_count", "mentions_received", "reposts_received"):
        rows = scores if name in ("score", "people_count") else received
        found[name] = dict.fromkeys(actors, 0.0) | {of[row["actor_key"]]: row[name] for row in rows}
    for name in ("followers_count", "listed_count"):
        found[name] = dict.fromkeys(actors) | {row["actor_id"]: row[name] for row in profiles}
    return found


def evaluate_pairs_file(
    location: str, *, mapping: PairMapping | None = None, splits: int | None = None,
    progress: Progress = no_progress,
) -> PairEvaluation:  # fmt: skip
    """The human-judgement model and every signal against a file of judged pairs.

    Raises:   SourceFileError: missing, empty, damaged. ColumnsError. TooLittleInputError.
    """
    from renown.api.importing import read_table
    from renown.evaluate import evaluate_pairs, read_pairs
    from renown.evaluate.against_pairs import SPLITS

    table: pa.Table = read_table(location)
    try:
        pairs = read_pairs(table, mapping)
    except (ColumnsError, TooLittleInputError) as error:
        raise type(error)(f"{location}: {error.message}", hint=error.hint) from error
    return evaluate_pairs(pairs, splits=SPLITS if splits is None else splits, progress=progress)
