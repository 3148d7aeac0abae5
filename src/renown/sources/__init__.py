"""Reading something foreign, yielding canonical batches of interactions."""

from renown.sources.columns import ROLES, ColumnPlan, Role, parse_columns
from renown.sources.options import ReadOptions, parse_kinds
from renown.sources.reasons import REASONS
from renown.sources.registry import ReadBatches, Request, Source, find_source, read_interactions, sources
from renown.sources.rejects import Reject, RejectLog

__all__ = [
    "REASONS",
    "ROLES",
    "ColumnPlan",
    "ReadBatches",
    "ReadOptions",
    "Reject",
    "RejectLog",
    "Request",
    "Role",
    "Source",
    "find_source",
    "parse_columns",
    "parse_kinds",
    "read_interactions",
    "sources",
]
