"""`renown judge`: a person at the terminal says which of two actors is the more influential."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from renown.cli import look
from renown.cli.command import command, group, without_command
from renown.cli.rows import Column, Listing, RowOptions, print_listing
from renown.cli.session import Session

if TYPE_CHECKING:
    from renown.api.judging import Question, ShownActor
    from renown.evaluate import Strengths
    from renown.evaluate.judgement_strengths import Choice

app = group("Say who is more influential; fit and export what was said.")

_ANSWERS: Final[dict[str, Choice]] = {"a": "a", "b": "b", "u": "unsure"}
_LONGEST_POST: Final = 280
_Topic = Annotated[str | None, typer.Option(metavar="TEXT", help="Only judgements about this.")]


@dataclass(frozen=True)
class Task:
    """What is asked, and of whom."""

    judge: Annotated[str, typer.Option(metavar="NAME", help="Who judges: any name, always the same.")] = "me"
    topic: Annotated[str, typer.Option(metavar="TEXT", help="What the question is about.")] = ""
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="ID", help="Whose actors; default: as before, else the latest."),
    ] = None
    actors: Annotated[int, typer.Option(min=4, metavar="N", help="How many actors are shown in all.")] = 40
    blind: Annotated[bool, typer.Option("--blind/--names", help="Hide the actors' names, or show them.")] = (
        True
    )
    questions: Annotated[int, typer.Option(min=1, metavar="N", help="How many to ask in one sitting.")] = 20


@without_command(app)
def judge(context: typer.Context, session: Session, task: Task) -> None:
    """Say which of two actors is more influential; answers are kept one by one, and a new sitting goes on."""
    if context.invoked_subcommand is not None:
        return
    store = session.open_store()
    given = 0
    while given < task.questions:
        question = store.judge_next(
            task.judge, topic=task.topic, run_id=task.run, actors=task.actors, is_blind=task.blind
        )
        typer.echo(question_text(question))
        asked = time.monotonic()
        choice = _answer()
        if choice is None:
            break
        store.add_judgement(question, choice, seconds=round(time.monotonic() - asked, 1))
        given += 1
    session.note(f"{look.counted(given, 'answer')} kept. Run the same command again to go on.")


def _answer() -> Choice | None:
    """What the person says; None to stop, also where nobody is there any more."""
    while True:
        try:
            said = input("a, b, u (cannot say) or q (stop): ").strip().lower()
        except EOFError:
            return None
        if said in ("q", "quit"):
            return None
        if said in _ANSWERS:
            return _ANSWERS[said]


def question_text(question: Question) -> str:
    """The question as it is put: no score, no rank, no word on whether it was asked before."""
    about = f" on {look.name(question.topic)}" if question.topic else ""
    lines = [f"\nQuestion {question.question_number}. Who is more influential{about}?"]
    for letter, side in (("A", question.a), ("B", question.b)):
        lines += ["", f"{letter}  {_headline(side)}"]
        lines += [f"   - {look.name(text, longest=_LONGEST_POST)}" for text in side.posts]
        if not side.posts:
            lines.append("   (no post is known)")
    return "\n".join(lines)


def _headline(side: ShownActor) -> str:
    facts = [look.name(side.network)]
    if side.name is not None:
        facts.insert(0, look.name(side.name))
    if side.since_year is not None:
        facts.append(f"since {side.since_year}")
    for count, noun in (
        (side.posts_count, "post"),
        (side.followers_count, "follower"),
        (side.listed_count, "list"),
    ):
        if count is not None:
            facts.append(look.counted(count, noun))
    return " · ".join(facts)


@command(app, "export")
def export(session: Session, rows: RowOptions, topic: _Topic = None) -> None:
    """Print every answer, one a row."""
    from renown.api.judging import JUDGEMENT_COLUMNS

    records = [asdict(one) for one in session.open_store().judgements(topic=topic)]
    columns = [
        Column("judge", lambda row: look.name(row["judge_id"]), is_text=True, can_shrink=True),
        Column("no.", lambda row: look.whole(row["question_number"])),
        Column("a", lambda row: look.name(row["a_actor_id"]), is_text=True, can_shrink=True),
        Column("b", lambda row: look.name(row["b_actor_id"]), is_text=True, can_shrink=True),
        Column("choice", lambda row: row["choice"], is_text=True),
        Column("again", lambda row: "yes" if row["is_repeat"] else "", is_text=True, is_extra=True),
        Column("when, UTC", lambda row: look.minute(row["judged_at"]), is_extra=True),
    ]
    print_listing(
        Listing(records, columns, JUDGEMENT_COLUMNS, when_empty="Nobody has judged anything yet."), rows
    )


@command(app, "fit")
def fit(session: Session, rows: RowOptions, topic: _Topic = None) -> None:
    """Fit a strength to every judged actor (Bradley-Terry), with intervals."""
    found = session.open_store().judgement_strengths(topic=topic)
    records = [asdict(one) for one in found.strengths]
    columns = [
        Column("actor", lambda row: look.name(row["actor_id"]), is_text=True, can_shrink=True),
        Column(
            "strength [interval]",
            lambda row: f"{row['strength']:+.2f} [{row['strength_low']:+.2f} {row['strength_high']:+.2f}]",
        ),
        Column("judged", lambda row: look.whole(row["judgements_count"])),
        Column("chosen", lambda row: look.whole(row["chosen_count"])),
    ]
    print_listing(Listing(records, columns, footer=_footer(found)), rows)


def _footer(found: Strengths) -> str:
    lines = [
        f"{look.counted(found.judgements_count, 'judgement')} of {look.counted(found.judges_count, 'judge')}"
        f" · {look.whole(found.unsure_count)} could not say"
        f" · strength: log odds over the average · [ ] covers {found.interval_level * 100:g} of 100"
    ]
    if found.repeats_count:
        lines.append(
            f"Asked again, judges said the same in {found.same_again_count} of {found.repeats_count} cases."
        )
    if found.left_share is not None:
        lines.append(f"The one shown first was chosen in {found.left_share * 100:.0f} of 100 answers.")
    if found.groups_count > 1:
        lines.append(
            f"{found.groups_count} groups of actors are linked by no judgement: compare only within a group."
        )
    return "\n".join(lines)
