"""The store as people use it from Python: the tables, and everything that can be done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from renown.api.actors import DefinitionChoice, read_definition
from renown.api.judging_store import JudgingStore
from renown.api.moments import Moment, parse_moment
from renown.types import AppealScope, EngineName, Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from renown.api.actors import ActorView
    from renown.api.attack_lab import AttackChoices
    from renown.api.evaluating import Splits
    from renown.api.export import Exported
    from renown.api.harvesting import ReplayReport
    from renown.api.model_card import ModelCardChoices
    from renown.api.results import Figure, PastScore, RankedActor
    from renown.api.trusting import FindingView
    from renown.evaluate import (
        CausalEvaluation,
        CausalReading,
        Coverage,
        Evaluation,
        Fit,
        FitTerms,
        Gain,
        TruthEvaluation,
    )
    from renown.evaluate.attacks import AttackReport
    from renown.evaluate.model_card_records import ModelCard
    from renown.explain import Audit, Changes, Chosen, Comparison, Explanation, Reaction
    from renown.forecast import ActorForecast, PostForecast
    from renown.scoring import Run
    from renown.scoring.preview import Preview
    from renown.store.records import IntakeReport
    from renown.trust import TrustRun


def open_store(location: str | PathLike[str], *, storage_options: Mapping[str, str] | None = None) -> Store:
    """Open the store at a folder or object-store URL. A new one begins with its first import.

    Raises:   StoreVersionError: written by a newer Renown.
    Example:
        >>> import tempfile, renown
        >>> renown.open(tempfile.mkdtemp() + "/store").exists()
        False
    """
    return Store(str(location), storage_options=storage_options)


class Store(JudgingStore):
    """A store that can be scored, explained, compared, exported and reported on.

    Example:
        >>> import tempfile, pyarrow as pa, renown
        >>> from datetime import UTC, datetime
        >>> store = renown.open(tempfile.mkdtemp() + "/store")
        >>> rows = [(f"fan{n}", "ada", "like", datetime(2026, 1, 1, tzinfo=UTC)) for n in range(100)]
        >>> names = ["source", "target", "kind", "time"]
        >>> table = pa.table(dict(zip(names, map(list, zip(*rows)), strict=True)))
        >>> store.add_interactions(table, network="meadow").added_count
        100
        >>> run = store.score()
        >>> [(actor.handle, round(actor.score), actor.people_count) for actor in store.top(3)]
        [('ada', 33, 100)]
    """

    # taking in

    def import_from(
        self,
        source: str,
        *locations: str,
        since: Moment | None = None,
        options: Mapping[str, Any] | None = None,
        progress: Progress = no_progress,
    ) -> IntakeReport:
        """Read a source (`renown import sources` lists them) into the store; interrupted, it goes on there.

        Args:     locations: accounts, addresses or files. options: settings of the source, by name.
        Raises:   InputError, SourceError; what was taken in before it holds.
        """
        from renown.api.harvesting import import_from

        return import_from(self, source, locations, since=since, options=options, progress=progress)

    def follow(
        self,
        source: str,
        *locations: str,
        options: Mapping[str, Any] | None = None,
        progress: Progress = no_progress,
    ) -> IntakeReport:
        """Take in what a network tells as it happens, until it ends or Ctrl-C; goes on where it stopped.

        Raises:   InputError, SourceError; what was taken in before it holds.
        """
        from renown.api.harvesting import follow

        return follow(self, source, locations, options=options, progress=progress)

    def replay(self, *, progress: Progress = no_progress) -> ReplayReport:
        """Read again the records that were not understood; those that are now leave the quarantine."""
        from renown.api.harvesting import replay

        return replay(self, progress=progress)

    # scoring

    def score(
        self,
        *,
        definition: DefinitionChoice = None,
        as_of: Moment | None = None,
        engine: EngineName = "kernel",
        again: bool = False,
        use_trust: bool = True,
        progress: Progress = no_progress,
    ) -> Run:
        """Score every actor and write the run; the same definition, moment and input make the same run.

        Args:     as_of: only what happened before it counts; default: just after the newest interaction.
                  use_trust: take the discounts of the latest trust run, where there is one.
        Raises:   StoreNotFoundError, TooLittleInputError, DefinitionError, MomentError.
        """
        from renown.scoring import Work, score

        return score(
            self,
            definition=read_definition(definition),
            as_of=_moment(as_of),
            work=Work(engine, again, use_trust),
            progress=progress,
        )

    # whose attention counts

    def trust(
        self,
        *,
        definition: DefinitionChoice = None,
        as_of: Moment | None = None,
        seeds: Sequence[str] | None = None,
        progress: Progress = no_progress,
    ) -> TrustRun:
        """Compute how far whose attention is trusted, and write it; the next `score` uses it.

        Args:     seeds: ids or handles from whom trust flows; default: proven or long and widely known ones.
        Raises:   StoreNotFoundError, TooLittleInputError, ActorNotFoundError.
        """
        from renown.trust import trust

        return trust(
            self,
            definition=read_definition(definition),
            as_of=_moment(as_of),
            seeds=seeds,
            progress=progress,
        )

    def trust_findings(
        self, *, run_id: str | None = None, actor: str | None = None, limit: int | None = None
    ) -> list[FindingView]:
        """What the latest trust run found, the least likely first, with members and examples.

        Findings are probabilities with reasons, private to the operator and the actor concerned.

        Args:     actor: only findings that this one takes part in.
        Raises:   RunNotFoundError: no trust run yet.
        """
        from renown.api.trusting import view_findings

        return view_findings(self, run_id=run_id, actor=actor, limit=limit)

    def grant_appeal(
        self, name: str, *, reason: str, granted_by: str, scope: AppealScope = "account"
    ) -> dict[str, object]:
        """Record that an actor's appeal was granted; the next trust run obeys it.

        Args:     scope: account: what it gives counts wholly; audience: what it receives does.
        """
        from renown.trust import grant_appeal

        return grant_appeal(self, name, scope=scope, reason=reason, granted_by=granted_by)

    def runs(self) -> list[Run]:
        """Every scoring run, the latest finished first."""
        from renown.scoring import read_runs

        self.require()
        return read_runs(self)

    def run(self, run_id: str | None = None) -> Run:
        """A run by its id (the beginning of it is enough); the latest one without.

        Raises:   RunNotFoundError.
        """
        from renown.api.results import find_run

        self.require()
        return find_run(self, run_id)

    # looking

    def top(
        self,
        count: int = 10,
        *,
        by: Figure = "score",
        network: str | None = None,
        run_id: str | None = None,
    ) -> list[RankedActor]:
        """The actors with the highest scores (or momentum) of a run, the latest unless another is named."""
        from renown.api.results import read_top

        return read_top(self, count, run_id=self.run(run_id).run_id, by=by, network=network)

    def score_history(self, name: str) -> list[PastScore]:
        """An actor's score in every run that has one, by the moment the run is for."""
        from renown.api.results import read_history

        return read_history(self, self.resolve(name))

    def show(self, name: str, *, run_id: str | None = None) -> ActorView:
        """Who an actor is in a run, how sure that is, why, and what changed in the 30 days before."""
        from renown.api.actors import view_actor

        return view_actor(self, name, self.run(run_id))

    def explain(
        self,
        name: str,
        *,
        as_of: Moment | None = None,
        definition: DefinitionChoice = None,
        limit: int | None = 20,
    ) -> Explanation:
        """Break an actor's score down by person, kind, post, day and network; each adds up to the last digit.

        What is not said, moment or definition, is that of the latest run.
        """
        from renown.api.actors import terms_of
        from renown.explain import explain_actor

        terms = terms_of(self, as_of, definition)
        return explain_actor(self, name, definition=terms.definition, as_of=terms.as_of, limit=limit)

    def forecast_actor(self, name: str, *, as_of: Moment | None = None, days: int = 28) -> ActorForecast:
        """How many distinct people will react to an actor's next post, and in the next days.

        Raises:   TooLittleInputError: neither can be said. ActorNotFoundError, MomentError.
        """
        from renown.forecast import forecast_actor

        return forecast_actor(self, name, as_of=_moment(as_of), days=days)

    def forecast_post(self, post_id: str, *, as_of: Moment | None = None) -> PostForecast:
        """How many distinct people will have reacted to a post 7 days after it was published.

        Raises:   NotInStoreError: no such post. MomentError: it is older than that.
        """
        from renown.forecast import forecast_post

        return forecast_post(self, post_id, as_of=_moment(as_of))

    def causal(
        self,
        name: str,
        *,
        as_of: Moment | None = None,
        period_hours: int = 24,
        topics: Sequence[str] = (),
        progress: Progress = no_progress,
    ) -> CausalReading:
        """Did an actor's audience act because of it, or would it have anyway? Naive and matched, with bounds.

        Args:     period_hours: what counts as at once. topics: hashtags; default: the five most frequent.
        Raises:   TooLittleInputError, saying how much is needed. ActorNotFoundError, MomentError, InputError.
        """
        from renown.evaluate import influence_reading

        return influence_reading(
            self,
            name,
            as_of=_moment(as_of),
            period_hours=period_hours,
            topics=topics,
            progress=progress,
        )

    def reactions(
        self,
        name: str,
        chosen: Chosen | None = None,
        *,
        as_of: Moment | None = None,
        definition: DefinitionChoice = None,
        limit: int | None = 20,
    ) -> tuple[Reaction, ...]:
        """The single reactions behind an actor's score or a row of its ledger, the largest first.

        Args:     chosen: which (`renown.explain.choose_reactions`); default: all of them.
        """
        from renown.api.actors import terms_of
        from renown.explain import Chosen, explain_reactions

        terms = terms_of(self, as_of, definition)
        return explain_reactions(
            self, name, chosen or Chosen(), definition=terms.definition, as_of=terms.as_of, limit=limit
        )

    def changes(
        self,
        name: str,
        since: Moment,
        *,
        until: Moment | None = None,
        definition: DefinitionChoice | tuple[DefinitionChoice, DefinitionChoice] = None,
        limit: int = 10,
    ) -> Changes:
        """Split the change of an actor's score exactly into its causes.

        Args:     until: default: the moment of the latest run. definition: of both moments, or one of each;
                  default: the latest run's, and at the first moment that of the last run for then or before.
        """
        from renown.api.actors import terms_of_changes
        from renown.explain import explain_changes

        first = parse_moment(since)
        moment, definitions = terms_of_changes(self, first, until, definition)
        return explain_changes(self, name, since=first, until=moment, definition=definitions, limit=limit)

    def compare(
        self, *names: str, as_of: Moment | None = None, definition: DefinitionChoice = None
    ) -> Comparison:
        """Put two or more actors side by side: how far apart, how surely, whom they share."""
        from renown.api.actors import terms_of
        from renown.explain import compare_actors

        terms = terms_of(self, as_of, definition)
        return compare_actors(self, names, definition=terms.definition, as_of=terms.as_of)

    def audit(self, name: str, *, sample: int = 400, seed: int = 1, as_of: Moment | None = None) -> Audit:
        """Look at an actor's audience: likely genuine, inactive or automated; its sources, bursts and groups.

        For the operator and the actor only: a probability is no verdict, and inactive is not automated. What
        the latest trust run says of accounts, crowds and groups is taken into account.
        Args:     sample: how many of the audience are looked at.
        Raises:   ActorNotFoundError, AmbiguousActorError, TooLittleInputError, InputError, MomentError.
        """
        from renown.api.audit import trust_evidence
        from renown.explain import AuditTerms, audit_actor

        evidence = trust_evidence(self, name)
        terms = AuditTerms(sample=sample, seed=seed, as_of=_moment(as_of), trust=evidence)
        return audit_actor(self, name, terms)

    # taking away

    def export(
        self,
        what: Exported,
        path: str | PathLike[str],
        *,
        run_id: str | None = None,
        actor: str | None = None,
    ) -> int:
        """Write scores, a ledger or the runs to a .csv, .json or .parquet file; returns the number of rows.

        Args:     actor: only this one's scores or ledger.
        """
        from renown.api.export import export_ledger, export_runs, export_scores

        place = Path(path)
        if what == "runs":
            self.require()
            return export_runs(self, place)
        run, who = self.run(run_id), None if actor is None else self.resolve(actor)
        if what == "ledger":
            return export_ledger(self, place, run=run, actor=who)
        return export_scores(self, place, run_id=run.run_id, actor_key=None if who is None else who.actor_key)

    def report(
        self,
        path: str | PathLike[str],
        *,
        actors: Sequence[str] = (),
        run_id: str | None = None,
        evaluation: Evaluation | TruthEvaluation | None = None,
    ) -> Path:
        """Write a report as one HTML file that opens offline; returns its path.

        Args:     actors: who gets a section of their own; default: the three with the highest scores.
        """
        from renown.api.report import report_store

        return report_store(self, Path(path), run=self.run(run_id), names=actors, evaluation=evaluation)

    def model_card(
        self,
        path: str | PathLike[str] | None = None,
        *,
        progress: Progress = no_progress,
        **choices: Unpack[ModelCardChoices],
    ) -> ModelCard:
        """Measure how a run's scores were made, how sure and how wrong they are; with a path, write the card.

        Args:     path: ends in .html, .md or .json.
                  choices: run_id, truth (a table), attacks (a folder of `attack_lab`), pairs (a file of
                  judgements), future_kinds, fit (False: numbers are not learned anew).
        Raises:   RunNotFoundError, InputError. What the store cannot give is in `absent`, with the reason.
        """
        from renown.api.model_card import form_of, model_card, write_card

        self.require()
        form = None if path is None else form_of(Path(path))
        card = model_card(self, choices, progress=progress)
        if path is not None:
            write_card(card, Path(path), form)
        return card

    # measuring how good it is

    def evaluate(
        self,
        *,
        definitions: Sequence[DefinitionChoice] = (),
        splits: Splits = 3,
        future_kinds: Sequence[str] | None = None,
        gain: Gain = "log",
        progress: Progress = no_progress,
    ) -> Evaluation:
        """How well the score, and simple baselines, foretell who is reacted to by new people.

        Args:     splits: how many, or the moments to cut at. future_kinds: what counts as the future.
        """
        from renown.api.evaluating import evaluate

        return evaluate(
            self,
            definitions=definitions,
            splits=splits,
            future_kinds=future_kinds,
            gain=gain,
            progress=progress,
        )

    def evaluate_truth(
        self,
        truth: pa.Table,
        *,
        definitions: Sequence[DefinitionChoice] = (),
        progress: Progress = no_progress,
    ) -> TruthEvaluation:
        """How well they rank actors by a known true influence (columns actor_id, true_influence)."""
        from renown.api.evaluating import evaluate_against_truth

        return evaluate_against_truth(self, truth, definitions=definitions, progress=progress)

    def evaluate_causal(
        self,
        interactions: pa.Table,
        interaction_truth: pa.Table,
        *,
        actors: int = 100,
        period_hours: int = 24,
        progress: Progress = no_progress,
    ) -> CausalEvaluation:
        """How far naive and matched readings of influence are off on a town, whose tables these are."""
        from renown.evaluate import evaluate_causal

        return evaluate_causal(
            self,
            interactions,
            interaction_truth,
            actors=actors,
            period_hours=period_hours,
            progress=progress,
        )

    def attack_lab(
        self,
        out: str | PathLike[str] | None = None,
        *,
        progress: Progress = no_progress,
        **choices: Unpack[AttackChoices],
    ) -> AttackReport:
        """Attack copies of the store by every attack of the catalogue; report what each gains and costs.

        The store itself is only read. With a folder, attacks.json, attacks.csv, report.md and report.html
        are written there.
        Args:     choices: attacks (names or families), prices (a TOML file), seed, percentile (where ordinary
                  targets stand), definition, not_genuine (a table with actor_id: no targets, no losses),
                  trust (False: the undefended score only).
        Raises:   TooLittleInputError, InputError, MappingError.
        """
        from renown.api.attack_lab import attack_lab

        return attack_lab(self, None if out is None else Path(out), choices, progress=progress)

    def check_coverage(
        self,
        *,
        definition: DefinitionChoice = None,
        as_of: Moment | None = None,
        progress: Progress = no_progress,
    ) -> Coverage:
        """How often the intervals hold what other people, and the next window, then show."""
        from renown.evaluate import check_coverage

        return check_coverage(self, read_definition(definition), as_of=_moment(as_of), progress=progress)

    # another definition

    def fit(
        self,
        *,
        prior: DefinitionChoice = None,
        splits: Splits = 3,
        future_kinds: Sequence[str] = (),
        terms: FitTerms | None = None,
        progress: Progress = no_progress,
    ) -> Fit:
        """Learn a definition from what came next; `Fit.write` puts it into a new file.

        Args:     prior: what the fit starts from. splits: how many, or the moments to cut at.
                  terms: whom it wants right, one network's numbers, without trust; default: everybody's,
                  of all networks, with the discounts of the latest trust run.
        Raises:   TooLittleInputError, saying how much is needed.
        """
        from renown.api.fitting import fit

        return fit(
            self,
            prior=prior,
            splits=splits,
            future_kinds=future_kinds,
            terms=terms,
            progress=progress,
        )

    def preview(
        self,
        definition: DefinitionChoice,
        *,
        before: DefinitionChoice = None,
        as_of: Moment | None = None,
        limit: int = 20,
        progress: Progress = no_progress,
    ) -> Preview:
        """Who would move under another definition, how far and by which part of it; nothing is written.

        Args:     before: the definition it is compared with and the moment; default: those of the latest run.
        """
        from renown.api.fitting import preview

        return preview(self, definition, before=before, as_of=as_of, limit=limit, progress=progress)


def _moment(value: Moment | None) -> datetime | None:
    return None if value is None else parse_moment(value)
