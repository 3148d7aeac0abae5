"""Why a score is what it is: the ledger, what changed, and actors side by side, as plain records."""

from renown.explain.audit import Audit, Ring
from renown.explain.audit_reading import AuditTerms, NamedGroup, TrustEvidence, audit_actor
from renown.explain.changes import ChangePart, ChangeRow, Changes, DefinitionChange, Succession, build_changes
from renown.explain.compare import ComparedActor, ComparedPair, Comparison, Measured, build_comparison
from renown.explain.definition_change import put_in_place
from renown.explain.discounts import Discount, build_discounts
from renown.explain.ledger import (
    DIMENSIONS,
    Dimension,
    Ledger,
    LedgerRow,
    NotCounted,
    build_ledger,
    build_part,
)
from renown.explain.measure import ScoreRow, measure_actor
from renown.explain.reactions import NO_POST_ID, Chosen, Reaction, reactions_of
from renown.explain.reading import (
    Explanation,
    choose_reactions,
    compare_actors,
    explain_actor,
    explain_changes,
    explain_reactions,
)
from renown.explain.records import ActorName, Basis, Record

__all__ = [
    "DIMENSIONS",
    "NO_POST_ID",
    "ActorName",
    "Audit",
    "AuditTerms",
    "Basis",
    "ChangePart",
    "ChangeRow",
    "Changes",
    "Chosen",
    "ComparedActor",
    "ComparedPair",
    "Comparison",
    "DefinitionChange",
    "Dimension",
    "Discount",
    "Explanation",
    "Ledger",
    "LedgerRow",
    "Measured",
    "NamedGroup",
    "NotCounted",
    "Reaction",
    "Record",
    "Ring",
    "ScoreRow",
    "Succession",
    "TrustEvidence",
    "audit_actor",
    "build_changes",
    "build_comparison",
    "build_discounts",
    "build_ledger",
    "build_part",
    "choose_reactions",
    "compare_actors",
    "explain_actor",
    "explain_changes",
    "explain_reactions",
    "measure_actor",
    "put_in_place",
    "reactions_of",
]
