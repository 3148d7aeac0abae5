"""What trust does to a score stands below the table, paired."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from renown.cli.evaluate import trust_lines
from renown.evaluate import Difference

TRUSTED = Difference(
    score="mine with trust",
    measure="mine",
    metric="ndcg_100",
    split=None,
    difference=-0.0123,
    low=-0.02,
    high=0.001,
)


def test_each_metric_has_a_line_and_nothing_else_has():
    others = [
        replace(TRUSTED, split=1),
        replace(TRUSTED, measure="raw counts"),
        replace(TRUSTED, score="mine", measure="mine with trust"),
    ]
    lines = trust_lines(SimpleNamespace(differences=(*others, TRUSTED)))
    assert lines == ["mine with trust less without: NDCG@100 -0.0123 [-0.0200, +0.0010]"]


def test_without_trust_there_is_nothing_to_say():
    assert trust_lines(SimpleNamespace(differences=(replace(TRUSTED, score="mine"),))) == []
