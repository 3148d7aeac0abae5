"""What docs/reference/rejects.md says, and what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import renown.sources
from renown.sources.reasons import REASON_CODES, REASON_NAMES, REASONS, STRUCTURAL_REASONS

ROOT = Path(__file__).parents[3]


def test_every_reason_is_in_the_reference_with_its_meaning():
    page = (ROOT / "docs" / "reference" / "rejects.md").read_text(encoding="utf8")
    table = page.split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", table, flags=re.MULTILINE))
    assert listed == REASONS


def test_every_reason_is_used():
    code = "".join(
        path.read_text(encoding="utf8")
        for path in Path(renown.sources.__file__).parent.glob("*.py")
        if path.name != "reasons.py"
    )
    assert [reason for reason in REASONS if f'"{reason}"' not in code] == []


def test_codes_and_names_belong_together():
    assert all(REASON_NAMES[code] == name for name, code in REASON_CODES.items())
    assert max(REASON_CODES.values()) < 255
    assert set(REASONS) >= STRUCTURAL_REASONS
