"""Charts: plain figures to Vega-Lite specs, drawn offline, and the report that holds them."""

from renown.charts.attacks import AttackBar, chart_attacks
from renown.charts.audit import ArrivalDay, StandingRow, chart_arrivals, chart_audience
from renown.charts.causal import ReadingRow, chart_causal
from renown.charts.changes import chart_changes
from renown.charts.chart import Chart, Column
from renown.charts.evaluation import chart_evaluation
from renown.charts.forecast import FanPoint, chart_forecast
from renown.charts.history import chart_history
from renown.charts.ledger import chart_ledger
from renown.charts.ranking import chart_top
from renown.charts.records import (
    Changes,
    EvaluationRow,
    FeaturedActor,
    HistoryPoint,
    LedgerPart,
    LedgerRow,
    ReportContent,
    Scope,
    ScoreRow,
    SourceRow,
)
from renown.charts.render import render_png, render_svg, themed
from renown.charts.report import build_report, write_report
from renown.charts.ring import RingDot, chart_ring
from renown.charts.scores import chart_distribution, chart_score_interval
from renown.charts.sources import chart_sources
from renown.charts.trade_off import TradeOffPoint, chart_trade_off

__all__ = [
    "ArrivalDay",
    "AttackBar",
    "Changes",
    "Chart",
    "Column",
    "EvaluationRow",
    "FanPoint",
    "FeaturedActor",
    "HistoryPoint",
    "LedgerPart",
    "LedgerRow",
    "ReadingRow",
    "ReportContent",
    "RingDot",
    "Scope",
    "ScoreRow",
    "SourceRow",
    "StandingRow",
    "TradeOffPoint",
    "build_report",
    "chart_arrivals",
    "chart_attacks",
    "chart_audience",
    "chart_causal",
    "chart_changes",
    "chart_distribution",
    "chart_evaluation",
    "chart_forecast",
    "chart_history",
    "chart_ledger",
    "chart_ring",
    "chart_score_interval",
    "chart_sources",
    "chart_top",
    "chart_trade_off",
    "render_png",
    "render_svg",
    "themed",
    "write_report",
]
