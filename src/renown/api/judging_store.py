"""The part of the store that asks people: who is the more influential?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renown.store import TableStore
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    from renown.api.judging import Judgement, Question
    from renown.evaluate import PairEvaluation, Strengths
    from renown.evaluate.judgement_strengths import Choice


class JudgingStore(TableStore):
    """A store that collects judgements of people and learns from them; `renown.Store` is one."""

    def judge_next(
        self,
        judge: str,
        *,
        topic: str = "",
        run_id: str | None = None,
        actors: int = 40,
        is_blind: bool = True,
    ) -> Question:
        """The next question for a judge: which of two actors is the more influential?

        Args:     topic: what the question is about. run_id: whose actors; default: the run of the judge's
                  latest answer, else the latest. actors: how many are shown in all. is_blind: without names.
        Raises:   InputError, RunNotFoundError, TooLittleInputError: fewer than four actors may be shown.
        """
        from renown.api.judging import Sitting, next_question

        self.require()
        return next_question(self, Sitting(judge, topic, run_id, actors, is_blind))

    def add_judgement(self, question: Question, choice: Choice, *, seconds: float | None = None) -> Judgement:
        """Keep a judge's answer: a, b or unsure.

        Raises:   InputError: no such choice, or answered already. ActorNotFoundError.
        """
        from renown.api.judging import add_judgement

        self.require()
        return add_judgement(self, question, choice, seconds=seconds)

    def judgements(self, *, topic: str | None = None) -> list[Judgement]:
        """Every answer that was collected, in the order given."""
        from renown.api.judging import read_judgements

        self.require()
        return read_judgements(self, topic=topic)

    def judgement_strengths(self, *, topic: str | None = None) -> Strengths:
        """How influential judges find each actor (Bradley-Terry), with intervals.

        Raises:   TooLittleInputError: nothing was judged.
        """
        from renown.api.judging import fit_judgements

        self.require()
        return fit_judgements(self, topic=topic)

    def evaluate_judgements(
        self, *, topic: str | None = None, run_id: str | None = None, progress: Progress = no_progress
    ) -> PairEvaluation:
        """How well a run's score, and simple counts, agree with the judgements that were collected."""
        from renown.api.judging import evaluate_judgements

        self.require()
        return evaluate_judgements(self, topic=topic, run_id=run_id, progress=progress)
