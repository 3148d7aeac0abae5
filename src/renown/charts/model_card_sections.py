"""A model card as sections: what each says, draws and lists. HTML and Markdown are made of the same ones.

A part that could not be measured keeps its place and says why, and what it would need.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from renown.charts.attacks import chart_attacks
from renown.charts.chart import Chart
from renown.charts.evaluated import evaluation_rows, evaluation_words
from renown.charts.evaluation import METRIC_NAMES, chart_evaluation
from renown.charts.model_card_charts import chart_all_scores, chart_reliability, chart_weights
from renown.charts.model_card_layout import (
    MOST_LISTED,
    AttackStory,
    CardFigure,
    CardSection,
    CardTable,
    ground_words,
    missing,
    score_of,
)
from renown.charts.model_card_limits import group_sections, limits_section
from renown.charts.model_card_words import (
    COMPARED_METRICS,
    difference_words,
    number,
    percent,
    signed_percent,
    with_interval,
)
from renown.charts.page import Draw
from renown.charts.text import clean
from renown.charts.words import day_words, listed, of_hundred
from renown.evaluate.causal_records import CausalEvaluation, ReadingBias
from renown.evaluate.coverage import Coverage
from renown.evaluate.model_card_records import CausalSummary, Count, ModelCard
from renown.evaluate.pair_records import PairDifference
from renown.evaluate.records import Evaluation, TruthEvaluation


def card_sections(card: ModelCard, attacks: AttackStory | None) -> list[CardSection]:
    """Every section of a card, in the order of the page."""
    return [
        _input_section(card),
        _scores_section(card),
        _numbers_section(card),
        _intervals_section(card),
        _prediction_section(card),
        _truth_section(card),
        _judgement_section(card),
        _causal_section(card),
        _attack_section(card, attacks),
        *group_sections(card),
        limits_section(card),
        _definition_section(card),
    ]


def _input_section(card: ModelCard) -> CardSection:
    print_ = card.fingerprint
    return CardSection(
        id="input",
        heading="Which input",
        sentences=[
            f"Interactions from {day_words(print_.first_at)} to {day_words(print_.last_at)}. Whoever has the"
            f" same ones has this SHA-256 of them: {print_.interactions_sha256}. Tables read:"
            f" {clean(print_.input_version)}.",
            *(
                [
                    "The definition was fitted to these very interactions: the figures about what came next"
                    " flatter it."
                ]
                if card.is_fitted_on_these
                else []
            ),
        ],
        facts=[
            ("Interactions", f"{print_.interactions_count:,}"),
            ("Accounts", f"{print_.accounts_count:,}"),
            ("With a score", f"{print_.scored_count:,}"),
            ("Pairs of a person and an actor", f"{print_.ties_count:,}"),
            ("Posts", f"{print_.posts_count:,}"),
            ("Accounts joined to a person", f"{print_.proven_accounts_count:,}"),
        ],
        tables=[
            _count_table("Interactions by network", "network", print_.networks),
            _count_table("Interactions by kind", "kind", print_.kinds),
        ],
        missing=missing(card, "trust"),
    )


def _count_table(caption: str, head: str, counts: Sequence[Count]) -> CardTable:
    cells = [[clean(one.name), f"{one.count:,}"] for one in counts[:MOST_LISTED]]
    return CardTable(caption=caption, heads=[head, "interactions"], cells=cells)


def _scores_section(card: ModelCard) -> CardSection:
    found, ground = card.distribution, ground_words(card)
    return CardSection(
        id="scores",
        heading="The scores",
        sentences=[
            f"The interval of the actor in the middle is {found.median_width:.1f} points wide, at"
            f" {percent(found.interval_level, 0)}. To {of_hundred(found.few_people_share)} actors fewer than"
            " three people reacted: of them a score says little."
        ],
        figures=[
            CardFigure(
                name="scores",
                draw=lambda width: chart_all_scores(found, subtitle=ground, width=width),
            )
        ],
    )


def _numbers_section(card: ModelCard) -> CardSection:
    is_fitted = any(one.low is not None for one in card.weights)
    said = (
        "The definition's numbers were learned; brackets are 95 % intervals of that fit."
        if is_fitted
        else "The definition's numbers are stated, not learned, so they have no interval of their own."
    )
    sentences = [said]
    if card.fit is not None:
        fit = card.fit
        sentences.append(
            f"A fit to this store started from {clean(fit.prior_name)}, on {fit.interactions_count:,}"
            f" interactions, with {fit.resamples:,} resamples; {percent(fit.interval_level, 0)} intervals."
            f" {' '.join(clean(one, longest=400) for one in fit.warnings)}"
        )
    subtitle = ground_words(card)
    draws = [
        CardFigure(
            name="weights", draw=lambda width: chart_weights(card.weights, subtitle=subtitle, width=width)
        )
    ]
    return CardSection(
        id="numbers",
        heading="The numbers of the definition",
        sentences=sentences,
        figures=draws,
        missing=missing(card, "fit"),
    )


def _intervals_section(card: ModelCard) -> CardSection:
    coverage, ranks = card.coverage, card.ranks
    sentences, figures = [], []
    if coverage is not None:
        figures = [CardFigure(name="reliability", draw=partial(_reliability, coverage))]
        sentences.append(
            f"People were halved at random {coverage.halvings} times: what one half gave foretells what the"
            f" other gives. Over-dispersion between the halves is {coverage.phi_of_people:.2f}"
            + (
                f", between windows of time {coverage.phi_of_time:.2f}, and the later window held"
                f" {coverage.growth:.2f} times as much."
                if coverage.phi_of_time is not None and coverage.growth is not None
                else "."
            )
        )
    if ranks is not None:
        sentences.append(
            f"Among the {ranks.actors_count:,} highest, bands of ranks are {ranks.run_mean_width:.0f} ranks"
            " wide on average; bands that hold for all comparisons at once (Mogstad and others) are"
            f" {ranks.simultaneous_mean_width:.0f}. With scores drawn anew {ranks.draws} times as their"
            f" intervals say, bands held the true rank in {percent(ranks.run_held_share)} of cases, the"
            f" simultaneous ones in {percent(ranks.simultaneous_held_share)};"
            f" {percent(ranks.level, 0)} is what they claim."
        )
    return CardSection(
        id="intervals",
        heading="Do intervals hold what they claim?",
        sentences=sentences,
        figures=figures,
        missing=missing(card, "coverage", "ranks"),
    )


def _reliability(found: Coverage, width: int) -> Chart:
    return chart_reliability(found, width=width)


def _prediction_section(card: ModelCard) -> CardSection:
    found = card.prediction
    heading = "Does it foretell whom new people turn to?"
    if found is None:
        return CardSection(id="prediction", heading=heading, missing=missing(card, "prediction"))
    splits = [
        [
            f"{one.split}: {day_words(one.train_until)} to {day_words(one.test_until)}",
            f"{one.actors:,}",
            f"{one.positive_actors:,}",
            f"{one.new_people:,}",
        ]
        for one in found.splits
    ]
    return CardSection(
        id="prediction",
        heading=heading,
        sentences=[_left_out(found)] if found.skipped else [],
        figures=[CardFigure(name="prediction", draw=_evaluation_drawing(found))],
        tables=[
            _difference_table(card, found),
            CardTable(
                caption="The stretches of time that were foretold",
                heads=["stretch", "actors ranked", "got new people", "new people"],
                cells=splits,
            ),
        ],
    )


def _evaluation_drawing(found: Evaluation | TruthEvaluation) -> Draw:
    """The metrics that differences are told of come first: three of them are drawn, all are in the table."""
    order = {name: place for place, name in enumerate(COMPARED_METRICS)}
    rows = sorted(evaluation_rows(found), key=lambda row: order.get(row.metric, len(order)))
    words = evaluation_words(found)
    return lambda width: chart_evaluation(rows, subtitle=words, width=width)


def _left_out(found: Evaluation | TruthEvaluation) -> str:
    return " ".join(f"Left out: {clean(one.measure)}, since {clean(one.reason)}." for one in found.skipped)


def _difference_table(card: ModelCard, found: Evaluation | TruthEvaluation) -> CardTable:
    """The score less each other measure, over all splits: the score as the run takes it, trust or not."""
    ours = score_of(card, found)
    chosen = [one for one in found.differences if one.split is None and one.score == ours]
    metrics = [name for name in COMPARED_METRICS if any(one.metric == name for one in chosen)][:3]
    means = {(one.measure, one.metric): one for one in chosen}
    return CardTable(
        caption=f"{clean(ours)} less each measure, on the same actors and resamples, with 95 % intervals",
        heads=["less", *(METRIC_NAMES[metric] for metric in metrics)],
        cells=[
            [clean(measure), *(difference_words(means.get((measure, metric))) for metric in metrics)]
            for measure in dict.fromkeys(one.measure for one in chosen)
        ],
    )


def _truth_section(card: ModelCard) -> CardSection:
    found = card.truth
    heading = "Does it rank actors by what they caused?"
    if found is None:
        return CardSection(id="truth", heading=heading, missing=missing(card, "truth"))
    return CardSection(
        id="truth",
        heading=heading,
        sentences=[
            "The store is a simulated town, where it is known how many people each actor truly moved.",
            *([_left_out(found)] if found.skipped else []),
        ],
        figures=[CardFigure(name="truth", draw=_evaluation_drawing(found))],
        tables=[_difference_table(card, found)],
    )


def _judgement_section(card: ModelCard) -> CardSection:
    found = card.judgements
    heading = "Do people agree?"
    if found is None:
        return CardSection(id="judgement", heading=heading, missing=missing(card, "judgements"))
    against = {one.measure: one for one in found.differences if one.metric == "auc"}
    split_cells = [
        [clean(one.measure), f"{one.auc:.3f}", _auc_difference(against.get(one.measure)), f"{one.ece:.3f}"]
        for one in found.split_measures
    ]
    cells = split_cells or [
        [clean(one.measure), with_interval(one.auc, one.auc_low, one.auc_high), "–", number(one.ece)]
        for one in found.measures
    ]
    return CardSection(
        id="judgement",
        heading=heading,
        sentences=[
            f"{found.pairs_count:,} judgements of which of two is more influential, about"
            f" {found.people_count:,} people; {found.splits_count} splits in which nobody who is tested was"
            f" learned from. The model that describes judges ({clean(found.model)}) enters no score."
        ],
        tables=[
            CardTable(
                caption=f"Agreement with judges; differences are against {clean(found.baseline)}",
                heads=["measure", "AUC", "less the baseline", "ECE"],
                cells=cells,
            )
        ],
    )


def _auc_difference(one: PairDifference | None) -> str:
    return "–" if one is None else with_interval(one.difference, one.low, one.high, is_signed=True)


def _causal_section(card: ModelCard) -> CardSection:
    found, truth = card.causal, card.causal_truth
    return CardSection(
        id="causal",
        heading="Would they have acted anyway?",
        sentences=[] if found is None else _causal_words(found),
        tables=[
            *([] if found is None else [_causal_table(found)]),
            *([] if truth is None else [_causal_truth_table(truth)]),
        ],
        missing=missing(card, "causal"),
    )


def _causal_words(found: CausalSummary) -> list[str]:
    said = [
        f"Of the {found.asked_count} actors with the highest scores {found.read_count} could be read: how"
        " often their audiences acted because of them, against everybody else (naive), against people who had"
        " behaved alike (matched), and as audiences differ from these in silence (calibrated). A period is"
        f" {found.period_hours} hours."
    ]
    if not found.hidden_causes:
        return said
    factors = listed([f"{one.factor:g}" for one in found.hidden_causes])
    left = listed([f"{one.still_sure_count}" for one in found.hidden_causes])
    return [
        *said,
        f"Would audiences anyway act {factors} times as often, for a cause that matching does not see,"
        f" influence would still be sure of {left} of them.",
    ]


def _causal_table(found: CausalSummary) -> CardTable:
    return CardTable(
        caption="What the audiences of these actors did because of them, all together",
        heads=["reading", "actors", "acted", "because of the actor", "share", "surely above 0"],
        cells=[
            [
                clean(one.reading),
                f"{one.actors_count:,}",
                f"{one.acted_count:,}",
                f"{one.caused_count:,.0f}",
                percent(one.caused_share),
                f"{one.sure_count:,}",
            ]
            for one in found.readings
        ],
    )


def _causal_truth_table(found: CausalEvaluation) -> CardTable:
    return CardTable(
        caption=f"Where the truth is known: {found.actors} actors of the town; 95 % intervals of resamples",
        heads=["reading", "said", "true", "bias", "typical error", "intervals that hold the truth"],
        cells=[
            [
                clean(one.reading),
                f"{one.caused_count:,.0f}",
                f"{one.true_count:,.0f}",
                _bias(one),
                percent(one.typical_error),
                percent(one.coverage),
            ]
            for one in found.readings
        ],
    )


def _bias(one: ReadingBias) -> str:
    low, high = signed_percent(one.bias_low), signed_percent(one.bias_high)
    return f"{signed_percent(one.bias_share)} [{low}, {high}]"


def _attack_section(card: ModelCard, attacks: AttackStory | None) -> CardSection:
    heading = "What it costs to buy a score"
    report = card.attacks
    if report is None or attacks is None:
        return CardSection(id="attacks", heading=heading, missing=missing(card, "attacks"))
    other = report.battlefield.definition_hash != card.definition_hash
    return CardSection(
        id="attacks",
        heading=heading,
        sentences=[
            *(
                [
                    f"The attacks were on another definition ({clean(report.battlefield.definition_name)},"
                    f" {report.battlefield.definition_hash[:12]}) than this card is about."
                ]
                if other
                else []
            ),
            *attacks.sentences,
        ],
        notes=attacks.notes,
        figures=[
            CardFigure(
                name="attacks",
                draw=lambda width: chart_attacks(attacks.bars, subtitle=attacks.ground, width=width),
            )
        ]
        if attacks.bars
        else [],
    )


def _definition_section(card: ModelCard) -> CardSection:
    return CardSection(
        id="definition",
        heading="The definition",
        sentences=[
            *([clean(card.definition_summary)] if card.definition_summary else []),
            f"Content hash {card.definition_hash}; run {card.run_id}; made by Renown"
            f" {clean(card.renown_version)} on {day_words(card.made_at)}.",
        ],
    )
