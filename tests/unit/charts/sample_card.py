"""A made-up model card with every part, and how to change one."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

from renown.api.model_card import attack_story
from renown.charts import Chart
from renown.charts.model_card_charts import chart_all_scores, chart_reliability, chart_weights
from renown.charts.model_card_groups import chart_groups
from renown.charts.theme import WIDE
from renown.definitions import load_definition
from renown.evaluate.attacks.records import AttackReport, AttackRow, Battlefield, GenuineLosses
from renown.evaluate.coverage import Coverage, CoverageRow
from renown.evaluate.model_card import known_limits
from renown.evaluate.model_card_records import (
    Absent,
    CausalSummary,
    Count,
    Distribution,
    Fingerprint,
    HiddenCause,
    ModelCard,
    Quantile,
    RankCheck,
    ReadingSum,
    ScoreBin,
    Weight,
)
from renown.evaluate.pair_records import PairDifference, PairEvaluation, SplitMeasure
from renown.evaluate.records import Difference, Evaluation, Figure, Scorer, Skipped, SplitSummary
from renown.evaluate.subgroup_records import AxisCheck, GroupFigure, Subgroup, Subgroups

AS_OF = datetime(2026, 3, 31, tzinfo=UTC)
SHIPPED = load_definition()


def distribution() -> Distribution:
    counts = [round(4000 * math.exp(-place / 5)) for place in range(50)]
    return Distribution(
        actors_count=sum(counts),
        quantiles=tuple(
            Quantile(share=share, score=score)
            for share, score in (
                (0.01, 0.31),
                (0.05, 0.92),
                (0.25, 3.14),
                (0.5, 7.25),
                (0.75, 14.6),
                (0.95, 30.75),
                (0.99, 46.85),
            )
        ),
        bins=tuple(
            ScoreBin(low=2.0 * place, high=2.0 * place + 2, actors_count=count)
            for place, count in enumerate(counts)
        ),
        highest=71.35,
        interval_level=0.9,
        median_width=8.45,
        few_people_share=0.415,
    )


def coverage() -> Coverage:
    held = {
        "people": {0.5: 0.517, 0.8: 0.813, 0.9: 0.908, 0.95: 0.955},
        "time": {0.5: 0.291, 0.8: 0.564, 0.9: 0.692, 0.95: 0.768},
    }
    rows = [
        CoverageRow(
            split_by=split, people=people, actors=actors, level=level, coverage=share, mean_width=4 + level
        )
        for split, of in held.items()
        for people, actors in (("all", 34_743), ("2-3", 7_342))
        for level, share in of.items()
    ]
    return Coverage(
        definition_name="renown-1",
        definition_hash=SHIPPED.content_hash(),
        as_of=AS_OF,
        halvings=10,
        phi_of_people=1.023,
        phi_of_time=22.96,
        growth=0.187,
        rows=tuple(rows),
    )


def weights() -> tuple[Weight, ...]:
    learned = {
        "repost": (1.13, 0.5, 2.55),
        "reply": (0.48, 0.3, 0.76),
        "half_life_days": (0.43, 0.31, 0.72),
    }
    stated = {**SHIPPED.weights, "half_life_days": 30.0, "selectivity": 0.5}
    none = (None, None, None)
    return tuple(
        Weight(
            number=name,
            value=value,
            low=1.5 if name == "quote" else None,
            high=2.7 if name == "quote" else None,
            learned=learned.get(name, none)[0],
            learned_low=learned.get(name, none)[1],
            learned_high=learned.get(name, none)[2],
        )
        for name, value in stated.items()
    )


def group_figure(name: str, value: float, spread: float, whole: float, *, flag: bool = False) -> GroupFigure:
    return GroupFigure(
        name=name,  # type: ignore[arg-type]
        value=value,
        low=value - spread,
        high=value + spread,
        whole=whole,
        cases_count=1_234,
        is_flagged=flag,
    )


def axis(
    axis: str = "posting", names: tuple[str, ...] = ("none seen", "under 1 a day", "over 10 a day")
) -> AxisCheck:
    groups = [
        Subgroup(
            group=name,
            accounts_count=1_112 * (place + 1),
            scored_count=814 * place,
            figures=()
            if place == 0
            else (
                group_figure("median_score", 6.7 * place, 0.35, 14.05),
                group_figure("coverage", 0.885 + 0.01 * place, 0.011, 0.891, flag=place == 2),
                group_figure("spearman", 0.415, 0.052, 0.607, flag=True),
                group_figure("lead", -0.0455, 0.033, -0.002),
                group_figure("discounted_share", 0.0021 * place, 0.002, 0.0015),
                group_figure("bias_points", 2.53, 0.12, 0.0, flag=True),
            ),
        )
        for place, name in enumerate(names)
    ]
    return AxisCheck(
        axis=axis,  # type: ignore[arg-type]
        says="own posts a day, over the 90 days of the store",
        groups=tuple(groups),
        score_correlation=0.664,
        score_correlation_low=0.653,
        score_correlation_high=0.675,
        truth_correlation=0.481,
        absent_reason=None,
        needed=None,
    )


def absent_axis() -> AxisCheck:
    return AxisCheck(
        axis="language",
        says="the language of most of an account's posts",
        groups=(),
        score_correlation=None,
        score_correlation_low=None,
        score_correlation_high=None,
        truth_correlation=None,
        absent_reason="no post with a language is known",
        needed="posts with their language (`renown import posts`)",
    )


def prediction() -> Evaluation:
    figures = {
        "renown-1": {"ndcg_100": 0.714, "spearman_positive": 0.429, "spearman": 0.326},
        "distinct reactors": {"ndcg_100": 0.709, "spearman_positive": 0.438, "spearman": 0.382},
        "PageRank": {"ndcg_100": 0.587, "spearman_positive": 0.392, "spearman": 0.267},
    }
    return Evaluation(
        scores=(Scorer(name="renown-1", definition_hash=SHIPPED.content_hash(), half_life_days=30.0),),
        future_kinds=("repost",),
        gain="log",
        interval_level=0.95,
        resamples=200,
        splits=(
            SplitSummary(
                split=1,
                train_from=None,
                train_until=datetime(2026, 2, 6, tzinfo=UTC),
                test_until=datetime(2026, 2, 24, tzinfo=UTC),
                actors=3_046,
                positive_actors=494,
                new_people=9_762,
                page_rank_converged=True,
                page_rank_iterations=61,
                page_rank_residual=8e-11,
            ),
        ),
        rows=(),
        means=tuple(
            Figure(
                measure=measure,
                metric=metric,
                value=value,
                low=value - 0.02,
                high=value + 0.03,
                is_score=measure == "renown-1",
            )
            for measure, of in figures.items()
            for metric, value in of.items()
        ),
        differences=tuple(
            Difference(
                score="renown-1",
                measure=measure,
                metric=metric,
                split=None,
                difference=figures["renown-1"][metric] - figures[measure][metric],
                low=figures["renown-1"][metric] - figures[measure][metric] - 0.0045,
                high=figures["renown-1"][metric] - figures[measure][metric] + 0.0045,
            )
            for measure in ("distinct reactors", "PageRank")
            for metric in ("ndcg_100", "spearman_positive", "spearman")
        ),
        skipped=(Skipped(measure="followers", reason="known of 0% of the actors before the cut"),),
    )


def judgements() -> PairEvaluation:
    named = {"logistic, all log differences": 0.847, "human judgement, fitted again": 0.8525}
    return PairEvaluation(
        model="judgement-1",
        part="visible",
        is_fitted_on_these=False,
        pairs_count=1_734,
        people_count=523,
        left_out_count=0,
        chose_a_share=0.5,
        repeated_count=122,
        contradicted_count=33,
        accuracy_ceiling=0.845,
        interval_level=0.95,
        resamples=200,
        measures=(),
        splits_count=60,
        train_pairs_mean=759.0,
        test_pairs_mean=196.0,
        baseline="logistic, all log differences",
        split_measures=tuple(
            SplitMeasure(
                measure=name,
                auc=auc,
                splits_sd=0.03,
                accuracy=0.767,
                brier=0.159,
                ece=0.0165,
                ece_one_order=0.02,
            )
            for name, auc in named.items()
        ),
        differences=(
            PairDifference(
                measure="human judgement, fitted again",
                against="logistic, all log differences",
                metric="auc",
                difference=0.0055,
                low=-0.0064,
                high=0.0172,
                splits_sd=0.01,
            ),
        ),
        skipped=(),
    )


def causal() -> CausalSummary:
    sums = {"naive": 17_538.25, "matched": 9_258.5, "calibrated": 7_469.75}
    return CausalSummary(
        period_hours=24,
        asked_count=12,
        read_count=11,
        readings=tuple(
            ReadingSum(
                reading=name,
                actors_count=11,
                acted_count=25_206,
                caused_count=caused,
                caused_share=caused / 25_206,
                sure_count=10,
            )
            for name, caused in sums.items()
        ),
        hidden_causes=(HiddenCause(factor=1.25, still_sure_count=9),),
    )


def attacks() -> AttackReport:
    row = AttackRow(
        name="fresh-100-days",
        family="fresh",
        label="100 fresh, days",
        words="100 fresh accounts on an ordinary actor over days",
        target="ordinary",
        targets_count=5,
        accounts_count=100,
        members_count=0,
        acts_count=100,
        score_before=8.2,
        gained_points=19.8,
        kept_points=2.7,
        kept_share=0.136,
        worst_kept_share=0.2,
        cost=6.15,
        cost_per_point=0.31,
        cost_per_kept_point=2.25,
        hours_to_discount=3.6,
        hours_to_finding=None,
    )
    return AttackReport(
        defence="trust by the rule d14b672a62c2",
        seed=1,
        percentile=50.0,
        rounds_count=21,
        looks_hours=(1.0, 6.0),
        battlefield=Battlefield(
            network="meadow",
            actors_count=16_564,
            scored_count=12_909,
            interactions_count=731_492,
            days=90.0,
            as_of=AS_OF,
            definition_name="renown-1",
            definition_hash=SHIPPED.content_hash(),
        ),
        attacks=(row,),
        genuine=GenuineLosses(
            actors_count=1_000,
            median_points=0.11,
            p99_points=2.84,
            worst_points=31.4,
            worst_rank=554,
            receivers_count=52_923,
            receivers_discounted_count=21_933,
            receivers_discounted_share=0.41443,
            givers_count=255_696,
            givers_discounted_count=36_798,
            givers_discounted_share=0.14391,
        ),
        left_out=(),
        currency="EUR",
        prices={"account": 0.05},
        prices_source="assumption",
    )


def model_card(**changed: object) -> ModelCard:
    """A card with every part; change any of its fields."""
    card = ModelCard(
        made_at=datetime(2026, 4, 1, 9, tzinfo=UTC),
        renown_version="0.1.0",
        definition_name="renown-1",
        definition_hash=SHIPPED.content_hash(),
        definition_summary="Standing.",
        definition=SHIPPED.to_toml(),
        is_fitted_on_these=False,
        run_id="9f506c1625492787",
        as_of=AS_OF,
        trust_run_id=None,
        attention_half_life_days=90.0,
        fingerprint=Fingerprint(
            interactions_sha256="9f" * 32,
            input_version="interactions@1",
            interactions_count=731_492,
            accounts_count=16_564,
            scored_count=12_909,
            ties_count=229_231,
            posts_count=1_012_040,
            proven_accounts_count=2_410,
            first_at=datetime(2026, 1, 1, tzinfo=UTC),
            last_at=AS_OF,
            networks=(Count(name="meadow", count=437_480), Count(name="harbor", count=294_012)),
            kinds=(Count(name="like", count=451_958),),
        ),
        distribution=distribution(),
        weights=weights(),
        fit=None,
        coverage=coverage(),
        ranks=RankCheck(
            actors_count=500,
            level=0.9,
            draws=20,
            run_mean_width=181.4,
            simultaneous_mean_width=253.3,
            run_held_share=0.9986,
            simultaneous_held_share=1.0,
        ),
        prediction=prediction(),
        truth=None,
        judgements=judgements(),
        causal=causal(),
        causal_truth=None,
        attacks=attacks(),
        subgroups=Subgroups(
            interval_level=0.95,
            least_cases=50,
            whole=(
                group_figure("coverage", 0.8905, 0.006, 0.8905),
                group_figure("spearman", 0.6075, 0.0115, 0.6075),
            ),
            axes=(axis(), absent_axis()),
            compared_count=28,
            flagged_count=5,
            flagged_by_chance=1.4,
        ),
        limits=known_limits(),
        absent=(
            Absent(part="fit", reason="96 actors are too few to fit.", needed="At least 100 actors."),
            Absent(part="trust", reason="no trust run", needed="`renown trust`"),
            Absent(part="truth", reason="nobody knows who truly moved whom here", needed="a town"),
        ),
    )
    return replace(card, **changed)  # type: ignore[arg-type]


STORY = attack_story(attacks())


def card_charts(width: int = WIDE) -> list[Chart]:
    return [
        chart_all_scores(distribution(), subtitle="meadow · up to 31 March 2026", width=width),
        chart_reliability(coverage(), width=width),
        chart_weights(weights(), subtitle="meadow · up to 31 March 2026", width=width),
        chart_groups(axis(), width=width),
    ]
