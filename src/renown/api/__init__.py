"""Renown from Python: a store that can also score, explain, compare, export and report."""

from renown.api.export import Exported
from renown.api.moments import Moment, parse_moment
from renown.api.results import Figure, PastScore, RankedActor
from renown.api.store import Store, open_store

__all__ = ["Exported", "Figure", "Moment", "PastScore", "RankedActor", "Store", "open_store", "parse_moment"]
