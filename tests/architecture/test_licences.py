"""What `pip install renown` brings along may be used, changed and sold by anybody, as Renown itself may."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement

PERMISSIVE = (
    "0BSD",
    "Apache",
    "BSD",
    "CC0",
    "ISC",
    "LLVM-exception",
    "MIT",
    "MPL",
    "PSF",
    "Python Software Foundation",
    "Zlib",
)
"""Words that name a licence without conditions on what one builds with it (MPL: on its own files only)."""

RESTRICTIVE = re.compile(
    r"GPL|GNU|Affero|SSPL|BUSL|Commons Clause|NonCommercial|CC-BY-NC|Proprietary", re.IGNORECASE
)


def closure(name: str) -> dict[str, Distribution]:
    """A distribution and everything it needs to run here, extras and development apart."""
    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        wanted = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if wanted not in found:
            found[wanted] = distribution(wanted)
            needs = map(Requirement, found[wanted].requires or ())
            waiting += [
                need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})
            ]
    return found


def licence(installed: Distribution) -> str:
    """What a distribution says of its licence: expression, else classifiers, else free text."""
    metadata = installed.metadata
    classifiers = [line for line in metadata.get_all("Classifier") or () if line.startswith("License ::")]
    free_text = (metadata.get("License") or "").strip().split("\n")[0]
    return metadata.get("License-Expression") or " ".join(classifiers) or free_text


def is_permissive(text: str) -> bool:
    """Every licence that must be kept (the parts of an AND) offers a permissive choice (of an OR)."""
    return bool(text) and all(
        any(
            not RESTRICTIVE.search(choice) and any(word.lower() in choice.lower() for word in PERMISSIVE)
            for choice in re.split(r"\bOR\b", part)
        )
        for part in re.split(r"\bAND\b", text)
    )


def test_every_library_of_the_core_is_permissive():
    core = closure("renown")
    assert len(core) > 10, sorted(core)
    offenders = {name: licence(found) for name, found in core.items() if not is_permissive(licence(found))}
    assert not offenders, f"not known to be permissive: {offenders}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apache-2.0", True),
        ("MIT OR GPL-3.0-only", True),
        ("BSD-3-Clause AND GPL-2.0-only", False),
        ("License :: OSI Approved :: GNU Affero General Public License v3", False),
        ("CC-BY-NC-4.0", False),
        ("LGPL-3.0-or-later", False),
        ("SSPL-1.0", False),
        ("a licence of our own", False),
        ("", False),
    ],
)
def test_a_restrictive_or_unknown_licence_is_refused(text, expected):
    assert is_permissive(text) is expected
