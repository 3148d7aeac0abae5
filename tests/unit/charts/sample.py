"""One made-up actor with everything that a chart or a report may show."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from renown.charts import (
    ArrivalDay,
    AttackBar,
    Changes,
    Chart,
    EvaluationRow,
    FanPoint,
    FeaturedActor,
    HistoryPoint,
    LedgerPart,
    LedgerRow,
    ReadingRow,
    ReportContent,
    RingDot,
    Scope,
    ScoreRow,
    SourceRow,
    StandingRow,
    TradeOffPoint,
    chart_arrivals,
    chart_attacks,
    chart_audience,
    chart_causal,
    chart_changes,
    chart_distribution,
    chart_evaluation,
    chart_forecast,
    chart_history,
    chart_ledger,
    chart_ring,
    chart_score_interval,
    chart_sources,
    chart_top,
    chart_trade_off,
)
from renown.charts.theme import WIDE

SCOPE = Scope(networks=("town",), window="attention up to 31 May 2026, halving in 90 days")

READINGS = [
    ReadingRow(reading="naive", caused=979.0, low=839.0, high=1118.0),
    ReadingRow(reading="matched", caused=437.6, low=347.7, high=527.5),
    ReadingRow(reading="calibrated", caused=388.4, low=296.4, high=480.5),
]

SCORES = [round(5 * math.log2(1 + 400 / (1 + place)), 3) for place in range(400)]
"""Of 400 actors: few high, many low, as scores are."""

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "quotes": '"\'` onload=alert(3) "><svg/onload=alert(4)>',
    "template": "{{ 7*7 }}{% raw %}${7*7}",
    "entity": "&lt;b&gt;&amp;&#x3c;",
    "direction": "\u202eevil\u202d\u2066txt\u2069\u200f",
    "controls": "a\x00b\x1b[31mred\x07\r\n\tc\x85d",
    "surrogate": "lone \ud800 surrogate",
    "long": "x" * 10_000,
    "wide": "漢字" * 5_000,
    "emoji": "👩\u200d👩\u200d👧\u200d👦" * 200,
    "combining": "z" + "\u0301" * 3_000,
    "arabic": "عمر الخيام",
    "expression": "datum.x + format(1) @{signal}",
    "nothing": "",
    "space": " \u2003\u200b ",
}


def score_row(
    handle: str = "maya", *, score: float = 28.4, spread: float = 2.5, people_count: int = 320
) -> ScoreRow:
    low, high = max(0.0, score - spread), min(100.0, score + spread)
    below = sum(other < score for other in SCORES)
    return ScoreRow(
        handle=handle,
        actor_id=f"town:{handle}",
        score=score,
        score_low=low,
        score_high=high,
        percentile=min(100.0, 100 * below / (len(SCORES) - 1)),
        rank_low=1 + sum(other > high for other in SCORES),
        rank_high=max(1, sum(other >= low for other in SCORES)),
        earned_attention=2 ** (score / 5) - 1,
        people_count=people_count,
        interactions_count=540,
        momentum=19.6,
    )


def ledger_part(dimension: str, named: dict[str, float], *, others: float = 0.0, rest: int = 1) -> LedgerPart:
    total = sum(named.values()) + others
    rows = [LedgerRow(label=label, contribution=part, share=part / total) for label, part in named.items()]
    if others:
        rows.append(
            LedgerRow(
                label="others", contribution=others, share=others / total, role="others", entries_count=rest
            )
        )
    return LedgerPart(handle="maya", dimension=dimension, rows=rows)  # type: ignore[arg-type]


PERSON = replace(
    ledger_part(
        "person", {"chess_club": 9.1, "old_tom": 8.0, "zoe": 7.3, "library": 3.2}, others=40.0, rest=310
    ),
    half_count=47,
)
KIND = ledger_part("kind", {"repost": 20.2, "like": 11.0, "reply": 10.4, "mention": 6.0, "list": 3.0})
POST = ledger_part("post", {"town:p/8812": 29.0, "town:p/11": 10.0}, others=11.6, rest=14)
DAY = ledger_part(
    "day", {(date(2026, 5, 1) + timedelta(days=day)).isoformat(): 1 + day % 3 for day in range(30)}
)

CHANGES = Changes(
    handle="maya",
    moment_before=date(2026, 5, 1),
    moment_after=date(2026, 5, 31),
    score_before=26.1,
    score_after=28.4,
    new_people=3.9,
    returning_people=1.0,
    fading=-2.8,
    other=0.2,
    interval_before=(23.5, 28.6),
    interval_after=(25.9, 30.9),
)
HISTORY = [
    HistoryPoint(
        moment=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=14 * run),
        score=20 + run,
        score_low=17.5 + run,
        score_high=22.5 + run,
        definition="renown-1" if run < 5 else "renown-2",
    )
    for run in range(7)
]
SOURCES = [
    SourceRow(handle=row.label, share=row.share, interactions_count=12 - place)
    for place, row in enumerate(PERSON.rows)
    if row.role == "named"
]
EVALUATION = [
    EvaluationRow(
        measure=measure, metric=metric, value=value, low=low, high=high, is_score=measure == "score"
    )
    for metric, figures in {
        "ndcg_100": {
            "score": (0.757, 0.74, 0.77),
            "distinct reactors": (0.741, 0.72, 0.76),
            "PageRank": (0.62, 0.6, 0.64),
        },
        "spearman": {
            "score": (0.31, 0.3, 0.32),
            "distinct reactors": (0.3, 0.29, 0.31),
            "PageRank": (-0.05, None, None),
        },
    }.items()
    for measure, (value, low, high) in figures.items()
]
TOP = [score_row(f"actor_{place}", score=40.0 - 2 * place, spread=1.5 + place / 4) for place in range(6)]


REACTIONS = [round(3600 * (place / 120) ** 1.5, 1) for place in range(1, 121)]
FAN = [
    FanPoint(seconds, expected, low, high)
    for seconds, expected, low, high in (
        (21_600, 170, 140, 230),
        (86_400, 220, 146, 360),
        (604_800, 240, 150, 420),
    )
]
ATTACKS = [
    AttackBar(
        label=label,
        gained_points=gained,
        kept_points=kept,
        cost="EUR 61.2",
        cost_per_point="EUR 1.7",
        cost_per_kept_point=then,
        seen=seen,
    )
    for label, gained, kept, then, seen in (
        ("1 fresh, one hour", 1.0, -0.1, "not for sale", "1 hour"),
        ("1,000 fresh, days", 35.9, 3.6, "EUR 17", "6 hours"),
        ("pod of 20", 7.8, 7.8, "EUR 0.05", "never seen"),
    )
]
TRADE_OFF = [
    TradeOffPoint(
        dial=dial, setting=setting, lost_points=lost, kept_share=kept, is_shipped=setting in (0.08, 40.0)
    )
    for dial, settings in {
        "doubted_points_share": ((0.05, 2.6, 0.1), (0.08, 2.4, 0.14), (0.2, 1.8, 0.26)),
        "crowd_multiple": ((5.0, 8.1, 0.13), (20.0, 3.9, 0.135), (40.0, 2.4, 0.14), (80.0, 2.4, 0.145)),
    }.items()
    for setting, lost, kept in settings
]
STANDINGS = [
    StandingRow(label="likely genuine", count=310, share=0.775, low=0.73, high=0.81),
    StandingRow(label="inactive", count=50, share=0.125, low=0.1, high=0.16),
    StandingRow(label="likely automated", count=40, share=0.1, low=0.07, high=0.13),
    StandingRow(label="too little known", count=0, share=0.0, low=0.0, high=0.01),
]
ARRIVALS = [
    ArrivalDay(
        day=date(2026, 4, 1) + timedelta(days=place),
        count=320 if place == 20 else 10 + place % 7,
        expected=13.0,
        high=27.4,
        is_burst=place == 20,
    )
    for place in range(60)
]
RING = [
    RingDot(
        x=0.5 + 0.5 * math.cos(place),
        y=0.5 + 0.5 * math.sin(place),
        is_actor=place == 0,
        reacted_to_count=7,
        reacted_by_count=7,
    )
    for place in range(8)
]
RING_LINES = [(one, other) for one in range(8) for other in range(8) if one != other]


def audit_charts(width: int = WIDE, handle: str = "maya") -> list[Chart]:
    return [
        chart_audience(
            STANDINGS,
            handle=handle,
            title="7 to 13 of 100 reactors are likely automated",
            sample="400 of 1,509 reactors",
            width=width,
        ),
        chart_arrivals(ARRIVALS, handle=handle, width=width),
        chart_ring(
            RING,
            RING_LINES,
            handle=handle,
            sentence="8 accounts counted as 2.3 people: all of their pairs react to each other",
            width=width,
        ),
    ]


def all_charts(width: int = WIDE) -> list[Chart]:
    row = score_row()
    return [
        chart_score_interval(row, SCORES, scope=SCOPE, width=width),
        chart_distribution(row, SCORES, scope=SCOPE, width=width),
        *(chart_ledger(part, scope=SCOPE, width=width) for part in (PERSON, KIND, POST, DAY)),
        chart_sources(SOURCES, handle="maya", scope=SCOPE, width=width),
        chart_changes(CHANGES, scope=SCOPE, width=width),
        chart_causal(READINGS, handle="maya", subtitle="31 days of #choirs", width=width),
        chart_history(HISTORY, handle="maya", scope=SCOPE, width=width),
        chart_evaluation(EVALUATION, subtitle="Days 1 to 4 against new people of days 5 to 7", width=width),
        chart_forecast(REACTIONS, FAN, observed_seconds=3600, width=width),
        chart_top(TOP, scope=SCOPE, highlighted={"town:actor_2"}, width=width),
        chart_attacks(ATTACKS, subtitle="a town of 2,000 people", width=width),
        chart_trade_off(TRADE_OFF, subtitle="a town of 2,000 people", width=width),
        *audit_charts(width),
    ]


def report_content(**changed: object) -> ReportContent:
    content = ReportContent(
        title="Renown: town",
        made_at=datetime(2026, 6, 1, 8, tzinfo=UTC),
        definition_name="renown-1",
        definition_hash="9f" * 32,
        as_of=datetime(2026, 5, 31, tzinfo=UTC),
        scope=SCOPE,
        summary=[("interactions", 1_204_331), ("actors", 8_000)],
        top=TOP,
        scores=SCORES,
        actors=[
            FeaturedActor(
                row=score_row(),
                ledger=(PERSON, KIND, POST, DAY),
                changes=CHANGES,
                history=HISTORY,
                sources=SOURCES,
            )
        ],
        evaluation=EVALUATION,
        evaluation_note="Days 1 to 4 against new people of days 5 to 7",
    )
    return replace(content, **changed)  # type: ignore[arg-type]


def hostile_actor(text: str) -> FeaturedActor:
    """An actor whose every text is hostile."""
    row = replace(score_row(), handle=text, actor_id=f"town:{text}")
    parts = [
        replace(part, handle=text, rows=[replace(one, label=text) for one in part.rows])
        for part in (PERSON, KIND, POST, DAY)
    ]
    return FeaturedActor(
        row=row,
        ledger=parts,
        changes=replace(CHANGES, handle=text),
        history=[replace(point, definition=text) for point in HISTORY],
        sources=[replace(source, handle=text) for source in SOURCES],
    )
