"""Make the shipped human-judgement model, and measure it: `python -m benchmarks.judgement [--write]`.

Reads ../shared/data/human-pairs (Kaggle / PeerIndex 2013). Without --write nothing in the repository changes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pyarrow import csv

from renown.evaluate.against_pairs import evaluate_pairs
from renown.evaluate.judgement_model import (
    PARTS,
    SHIPPED_MODEL,
    FittedOn,
    JudgementModel,
    ModelPart,
    SignalLine,
    fit_lines,
)
from renown.evaluate.pairs import Pairs, read_pairs

ROOT = Path(__file__).parents[1]
PAIRS = ROOT.parent / "shared" / "data" / "human-pairs" / "pairs.csv"
SHIPPED = ROOT / "src" / "renown" / "evaluate" / "shipped" / f"{SHIPPED_MODEL}.toml"
KNOT_DIGITS, SLOPE_DIGITS = 1, 3


def rounded(line: SignalLine) -> SignalLine:
    """As many digits as the judgements can tell apart."""
    return SignalLine(
        signal=line.signal,
        knots=tuple(round(knot, KNOT_DIGITS) for knot in line.knots),
        slopes=tuple(round(slope, SLOPE_DIGITS) for slope in line.slopes),
    )


def fit_model(pairs: Pairs) -> JudgementModel:
    return JudgementModel(
        name=SHIPPED_MODEL,
        fitted_on=FittedOn(pairs=len(pairs), people=pairs.people_count, fingerprint=pairs.fingerprint()),
        parts=tuple(
            ModelPart(name=name, lines=tuple(map(rounded, fit_lines(pairs, signals))))
            for name, signals in PARTS.items()
        ),
    )


def as_toml(model: JudgementModel) -> str:
    lines = [
        "# The human-judgement model, made by benchmarks/judgement.py (docs/concepts/human-judgement.md).",
        "# slopes: log odds per unit of ln(1 + count), before, between and after the knots.",
        f'name = "{model.name}"',
        "",
        "[fitted_on]",
        f"pairs = {model.fitted_on.pairs}",
        f"people = {model.fitted_on.people}",
        f'fingerprint = "{model.fitted_on.fingerprint}"',
    ]
    for part in model.parts:
        lines += ["", "[[parts]]", f'name = "{part.name}"']
        for line in part.lines:
            lines += [
                "",
                "[[parts.lines]]",
                f'signal = "{line.signal}"',
                f"knots = {list(line.knots)}",
                f"slopes = {list(line.slopes)}",
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    pairs = read_pairs(csv.read_csv(PAIRS))
    text = as_toml(fit_model(pairs))
    if "--write" in sys.argv:
        SHIPPED.parent.mkdir(exist_ok=True)
        SHIPPED.write_text(text, encoding="utf8")
    print(text)
    found = evaluate_pairs(pairs)
    print(f"{found.pairs_count} pairs of {found.people_count} people, part {found.part},"
          f" {found.repeated_count} repeated, {found.contradicted_count} contradicted,"
          f" ceiling {found.accuracy_ceiling:.3f}")  # fmt: skip
    for one in found.measures:
        print(f"{one.measure:28s} auc {one.auc:.4f} [{one.auc_low:.3f} {one.auc_high:.3f}]"
              f" accuracy {one.accuracy:.4f}", end="")  # fmt: skip
        print("" if one.ece is None else f" brier {one.brier:.4f} ece {one.ece:.4f}"
              f" one order {one.ece_one_order:.4f} by chance {one.ece_by_chance:.4f}")  # fmt: skip
    print(f"{found.splits_count} splits: {found.train_pairs_mean:.0f} and {found.test_pairs_mean:.0f} pairs")
    for split in found.split_measures:
        print(f"{split.measure:28s} auc {split.auc:.4f} sd {split.splits_sd:.4f}"
              f" accuracy {split.accuracy:.4f} brier {split.brier:.4f} ece {split.ece:.4f}"
              f" one order {split.ece_one_order:.4f}")  # fmt: skip
    for less in found.differences:
        print(
            f"{less.measure:28s} {less.metric:8s} {less.difference:+.4f} [{less.low:+.4f} {less.high:+.4f}]"
        )


if __name__ == "__main__":
    main()
