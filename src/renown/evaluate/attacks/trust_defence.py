"""Trust as the defence that the laboratory tries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from renown.definitions import Definition, load_definition
from renown.evaluate.attacks.defence import Assessment
from renown.store import TableStore
from renown.trust import TrustRule, compute_trust


@dataclass(frozen=True)
class TrustDefence:
    """What `renown trust` would find, and `renown score` use, at each moment."""

    definition: Definition = field(default_factory=load_definition)
    rule: TrustRule = field(default_factory=TrustRule)

    @property
    def name(self) -> str:
        """The rule by the beginning of its hash."""
        return f"trust by the rule {self.rule.content_hash()[:12]}"

    def assess(self, store: TableStore, as_of: datetime) -> Assessment:
        """Trust computed in memory from what happened before the moment."""
        found = compute_trust(store, definition=self.definition, as_of=as_of, rule=self.rule)
        members = [np.asarray(finding.members, np.int64) for finding in found.findings]
        return Assessment(
            found.factors(),
            np.concatenate([np.empty(0, np.int64), *members]),
            np.repeat(np.arange(len(members)), [one.size for one in members]),
        )
