"""A town whose true influence is known, to measure scores against (docs/concepts/town.md)."""

from renown.simulate.rules import TownPlan, TownRules
from renown.simulate.town import Town, build_town, iter_town_interactions
from renown.simulate.writing import stream_town, write_town

__all__ = [
    "Town",
    "TownPlan",
    "TownRules",
    "build_town",
    "iter_town_interactions",
    "stream_town",
    "write_town",
]
