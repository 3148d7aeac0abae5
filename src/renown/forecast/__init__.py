"""Forecasts: how far a cascade, a post, an actor will reach, each with an interval that was checked."""

from renown.forecast.card import CascadeCard, load_cascade_card, parse_cascade_card
from renown.forecast.cascade import Cascade, build_cascade, parse_cascade
from renown.forecast.conformal import conformal_offsets, conformal_quantile
from renown.forecast.records import (
    ActorForecast,
    CascadeForecast,
    PeopleForecast,
    PostForecast,
    SizeForecast,
    SizePoint,
)
from renown.forecast.spreading import forecast_cascade
from renown.forecast.store_reach import forecast_actor, forecast_post

__all__ = [
    "ActorForecast",
    "Cascade",
    "CascadeCard",
    "CascadeForecast",
    "PeopleForecast",
    "PostForecast",
    "SizeForecast",
    "SizePoint",
    "build_cascade",
    "conformal_offsets",
    "conformal_quantile",
    "forecast_actor",
    "forecast_cascade",
    "forecast_post",
    "load_cascade_card",
    "parse_cascade",
    "parse_cascade_card",
]
