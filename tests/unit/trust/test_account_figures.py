"""The figures of docs/concepts/account-evidence.md, measured again; and what must hold of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import account_card, accounts
from renown.trust import judge_accounts, load_account_card

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "concepts" / "account-evidence.md"
pytestmark = pytest.mark.shared_data


def published(*first_cells):
    """The row of the page's tables that begins with these cells: the figures after them."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text("utf8").splitlines()]
    (row,) = [row[len(first_cells) :] for row in cells if row[: len(first_cells)] == list(first_cells)]
    return [float(cell) for cell in row]


@pytest.fixture(scope="module")
def bands():
    folder = account_card.SHARED / "bots" / "gilani"
    if not folder.is_dir():
        pytest.skip(f"the accounts of Gilani et al. are not there ({folder.relative_to(ROOT.parent)})")
    return {band: account_card.read_band(band) for band in account_card.BANDS}


def test_the_shipped_card_is_what_the_script_makes(bands):
    made = account_card.fit_card(list(bands.values()))
    shipped = load_account_card()
    assert [line.code for line in made.lines] == [line.code for line in shipped.lines]
    for ours, theirs in zip(made.lines, shipped.lines, strict=True):
        np.testing.assert_allclose(ours.points, theirs.points, atol=0.02)
        assert ours.usual == pytest.approx(theirs.usual, abs=0.02)
    assert made.base_points == pytest.approx(shipped.base_points, abs=0.02)


def test_across_bands_is_as_published_and_better_than_asked(bands, record_property):
    for name in ("all columns", "without posting tools"):
        for way, train, test in accounts.crossings(bands):
            known = test.without(*accounts.SETS[name])
            found = accounts.figures(
                test.labels, accounts.probabilities(account_card.fit_card([train]), known)
            )
            np.testing.assert_allclose(list(found.values()), published(name, way), atol=0.01)
            assert found["auc"] >= 0.80
            assert found["accuracy"] >= 0.72
            assert found["ece"] <= 0.08
            record_property("measured", f"account evidence, {name}, {way}: AUC {found['auc']:.3f}")


def test_within_a_band_is_as_published(bands):
    for band, labelled in bands.items():
        name = "without posting tools"
        found = accounts.figures(labelled.labels, accounts.cross_validated(labelled, accounts.SETS[name]))
        np.testing.assert_allclose(list(found.values()), published(name, f"within {band}"), atol=0.015)


def test_the_cross_validated_shipped_card_is_as_published(bands):
    for name, found in accounts.pooled(bands):
        left_out, band = name.split(" | ")
        if left_out != "without tools, ratio, handle":
            np.testing.assert_allclose(list(found.values()), published(left_out, band), atol=0.015)
            assert found["ece"] <= 0.05


def test_scikit_learn_agrees_that_the_fit_is_a_logistic_regression(bands):
    """Without bends to penalise, one straight step per tool: the same as an unpenalised bounded fit."""
    from sklearn.linear_model import LogisticRegression

    labelled = bands["1k"]
    codes = list(account_card.TOOL_KNOTS)
    columns = np.stack([account_card._scored(code, labelled) for code in codes], axis=1)
    weights = np.ones(len(labelled.labels))
    slopes, intercept = account_card._fit_monotone(columns, labelled.labels, weights, codes)
    ridge = account_card.RIDGE_PER_ACCOUNT * len(weights)
    witness = LogisticRegression(C=1 / ridge, tol=1e-8).fit(columns, labelled.labels)
    np.testing.assert_allclose(slopes, witness.coef_[0], atol=0.01)
    assert intercept == pytest.approx(float(witness.intercept_[0]), abs=0.01)


def test_people_disagree_as_published():
    folder = account_card.SHARED / "bots" / "twibot"
    if not folder.is_dir():
        pytest.skip("the judgements of TwiBot are not there")
    found = list(accounts.twibot())
    text = PAGE.read_text("utf8")
    agreements = [value for name, value in found if name.startswith("agreement")]
    assert [f"{100 * value:.1f} %" in text for value in agreements] == [True] * 3
    aucs = [f"{value:.3f}" for name, value in found if "AUC" in name]
    assert [figure in text for figure in aucs] == [True] * 3


def test_the_columns_of_the_page_are_the_columns_of_the_code():
    from renown.trust import ACCOUNT_COLUMNS

    text = PAGE.read_text("utf8")
    for column in ACCOUNT_COLUMNS.values():
        terms = ", ".join(f"`{code}`" for code in column.carries) or "none"
        assert f"| `{column.name}` | {column.kind} |" in text
        assert f"| {terms} |" in next(line for line in text.splitlines() if f"| `{column.name}` |" in line)


def test_the_points_of_the_page_are_the_points_of_the_card():
    text = PAGE.read_text("utf8")
    for line in load_account_card().lines:
        knots = ", ".join(f"{knot:g}" for knot in line.knots)
        points = ", ".join(f"{value:g}" for value in line.points)
        assert f"| `{line.code}` | {line.term.measures} | {knots} | {points} | {line.usual:g} |" in text
    assert f"log2 odds = {load_account_card().base_points:g} +" in text
    assert judge_accounts({"bio": [None]}).automated_probability[0] == load_account_card().fit_base_rate
