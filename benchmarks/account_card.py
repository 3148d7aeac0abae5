"""Make the account scorecard from people labelled by people: `python -m benchmarks.account_card`.

Monotone additive logistic regression: each term is a piecewise linear curve that may go one way only, drawn
towards level (ridge) and towards straight (differences of neighbouring slopes). Both bands weigh the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from scipy.optimize import minimize

from renown.trust.accounts_card import AccountCard, CardLine
from renown.trust.accounts_columns import Accounts
from renown.trust.accounts_mapping import parse_account_mapping
from renown.trust.accounts_reading import read_accounts
from renown.trust.accounts_terms import TERM_BY_CODE

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
SHIPPED = ROOT / "src" / "renown" / "trust" / "shipped" / "accounts-1.toml"
BANDS = ("1k", "1M")
RIDGE_PER_ACCOUNT = 0.004
STRAIGHT_PER_ACCOUNT = 0.008
LN2 = np.log(2)

CORE_KNOTS = {
    "posts_often": [2, 5, 10, 20, 40, 80, 160, 320],
    "likes_little": [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 3],
    "reposts_little": [0.2, 0.5, 0.8, 0.95],
    "answers_little": [0.05, 0.3, 0.6, 1],
    "links_often": [0.1, 0.4, 0.7, 0.95],
    "follows_many": [0.3, 0.63, 1, 2, 10, 100],
    "is_new": [100, 300, 600],
    "digits_in_handle": [2, 4, 6],
}
TOOL_KNOTS = {"no_phone": [0, 1], "automation_tool": [0, 1], "unlisted_tool": [0, 1]}
STATED = {"says_bot": 2.0, "declared_bot": 6.0, "default_picture": 0.5, "empty_bio": 0.25}
"""Points that too few accounts here could tell: set by hand, and said to be so."""

GILANI_MAPPING = """
[row]
id = "screen_name"
[columns]
handle = "screen_name"
own_post_count = "user_tweeted"
repost_count = "user_retweeted"
liked_count = "user_favourited"
reply_count = "user_replied"
followers_per_following = "follower_friend_ratio"
posts_per_day = "tweet_frequency"
age_days = "age_of_account_in_days"
source_count = "sources_count"
url_count = "urls_count"
[columns.posting_tools]
column = "source_identity"
[columns.posting_tools.words]
0 = "unlisted"
1 = "browser"
2 = "phone"
3 = "scheduler"
4 = "automation"
5 = "automation"
6 = "scheduler"
"""


@dataclass(frozen=True)
class Labelled:
    """Accounts with what people said of them (1: automated)."""

    accounts: Accounts
    labels: np.ndarray

    def at(self, rows: np.ndarray) -> Labelled:
        accounts = self.accounts
        return Labelled(
            Accounts(
                len(rows),
                {name: column[rows] for name, column in accounts.numbers.items()},
                {name: column[rows] for name, column in accounts.texts.items()},
            ),
            self.labels[rows],
        )

    def without(self, *columns: str) -> Labelled:
        """The same accounts, with columns unknown."""
        accounts = self.accounts
        return Labelled(
            Accounts(
                accounts.row_count,
                {name: column for name, column in accounts.numbers.items() if name not in columns},
                {name: column for name, column in accounts.texts.items() if name not in columns},
            ),
            self.labels,
        )


def joined(*parts: Labelled) -> Labelled:
    """Accounts of several sets under each other."""
    first = parts[0].accounts
    return Labelled(
        Accounts(
            sum(part.accounts.row_count for part in parts),
            {name: np.concatenate([part.accounts.numbers[name] for part in parts]) for name in first.numbers},
            {name: np.concatenate([part.accounts.texts[name] for part in parts]) for name in first.texts},
        ),
        np.concatenate([part.labels for part in parts]),
    )


def read_band(band: str) -> Labelled:
    """One band of Gilani et al. (2017)."""
    mapping = parse_account_mapping(GILANI_MAPPING)
    parts = []
    for kind in ("bots", "humans"):
        accounts = read_accounts(SHARED / "bots" / "gilani" / f"{kind}.{band}.csv", mapping).accounts
        parts.append(Labelled(accounts, np.full(accounts.row_count, float(kind == "bots"))))
    return joined(*parts)


def fit_card(parts: list[Labelled], *, name: str = "accounts-1") -> AccountCard:
    """The scorecard of some sets, each of which weighs the same."""
    every = joined(*parts)
    sizes = [part.accounts.row_count for part in parts]
    mean = sum(sizes) / len(sizes)
    weights = np.concatenate([np.full(size, mean / size) for size in sizes])
    labels = every.labels
    curves, intercept = _fit_curves(every, weights)
    points = np.stack([_filled(line.points_of(_scored(line.code, every))) for line in curves], axis=1)
    likely = 1 / (1 + np.exp2(-intercept - points.sum(axis=1)))
    at_stake = weights * likely * (1 - likely)
    at_stake /= at_stake.sum()
    usual = at_stake @ points
    centred = points - usual
    core = [
        msgspec.structs.replace(line, usual=_round(value)) for line, value in zip(curves, usual, strict=True)
    ]
    base = intercept + sum(line.usual for line in core)
    tools = _fit_tools(every, weights, base + centred.sum(axis=1), at_stake)
    return AccountCard(
        name=name,
        fit_base_rate=_round(float(weights @ labels / weights.sum())),
        base_points=_round(base),
        lines=[*core, *tools, *_stated()],
    )


def _scored(code: str, labelled: Labelled) -> np.ndarray:
    return TERM_BY_CODE[code].measure(labelled.accounts).scored


def _filled(values: np.ndarray) -> np.ndarray:
    """Missing evidence as the mean of what is known: it must not move the fit."""
    mean = 0.0 if np.isnan(values).all() else float(np.nanmean(values))
    return np.where(np.isnan(values), mean, values)


def _fit_curves(labelled: Labelled, weights: np.ndarray) -> tuple[list[CardLine], float]:
    """Core lines (usual still 0) and the intercept, in points."""
    columns, owners = [], []
    for code, knots in CORE_KNOTS.items():
        for step in _steps(code, knots):
            columns.append(_filled(step.points_of(_scored(code, labelled))))
            owners.append(code)
    slopes, intercept = _fit_monotone(np.stack(columns, axis=1), labelled.labels, weights, owners)
    rises = {code: slopes[[owner == code for owner in owners]] / LN2 for code in CORE_KNOTS}
    return [_line(code, "core", knots, rises[code]) for code, knots in CORE_KNOTS.items()], intercept / LN2


def _steps(code: str, knots: list[float]) -> list[CardLine]:
    """Unit rises between neighbouring knots, in the direction of the term."""
    return [
        _line(code, "core", knots, [float(i == place) for i in range(len(knots) - 1)], digits=None)
        for place in range(len(knots) - 1)
    ]


def _line(code: str, group: str, knots: list[float], rises: object, digits: int | None = 3) -> CardLine:
    """Points from the rises between knots: 0 where a term says least for automation."""
    values = np.asarray(rises, dtype=float)
    if TERM_BY_CODE[code].direction == "more":
        points = np.concatenate([[0.0], np.cumsum(values)])
    else:
        points = np.concatenate([np.cumsum(values[::-1])[::-1], [0.0]])
    shown = [float(value) if digits is None else _round(float(value), digits) for value in points]
    return CardLine(code=code, group=group, knots=[float(knot) for knot in knots], points=shown, usual=0.0)


def _fit_monotone(
    columns: np.ndarray, labels: np.ndarray, weights: np.ndarray, owners: list[str], given: object = None
) -> tuple[np.ndarray, float]:
    """Logistic regression with slopes of at least 0, ridge, and a penalty on bends within a term.

    `given`: log odds that hold already; then there is no intercept.
    """
    count = columns.shape[1]
    penalty = RIDGE_PER_ACCOUNT * np.eye(count)
    for i in range(count - 1):
        if owners[i] == owners[i + 1]:
            bend = np.zeros(count)
            bend[i], bend[i + 1] = 1, -1
            penalty += STRAIGHT_PER_ACCOUNT * np.outer(bend, bend)
    penalty *= len(labels)
    offset = np.zeros(len(labels)) if given is None else np.asarray(given)

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        slopes = values[1:]
        log_odds = offset + columns @ slopes + values[0]
        missed = weights * (1 / (1 + np.exp(-log_odds)) - labels)
        total = weights @ (np.logaddexp(0, log_odds) - labels * log_odds) + slopes @ penalty @ slopes / 2
        return total, np.concatenate([[missed.sum()], columns.T @ missed + penalty @ slopes])

    start = np.concatenate([[0.0], np.full(count, 0.1)])
    bounds = [(None, None) if given is None else (0, 0)] + [(0, None)] * count
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    return found.x[1:], float(found.x[0])


def _fit_tools(
    labelled: Labelled, weights: np.ndarray, core: np.ndarray, at_stake: np.ndarray
) -> list[CardLine]:
    """What the posting tools add to the core (in points), where they are known."""
    plain = np.stack([_filled(_scored(code, labelled)) for code in TOOL_KNOTS], axis=1)
    usual = at_stake @ plain
    slopes, _ = _fit_monotone(plain - usual, labelled.labels, weights, list(TOOL_KNOTS), core * LN2)
    return [
        msgspec.structs.replace(_line(code, "tools", knots, [slope / LN2]), usual=_round(slope * share / LN2))
        for slope, share, (code, knots) in zip(slopes, usual, TOOL_KNOTS.items(), strict=True)
    ]


def _stated() -> list[CardLine]:
    return [_line(code, "stated", [0, 1], [points]) for code, points in STATED.items()]


def _round(value: float, digits: int = 3) -> float:
    return round(float(value), digits) + 0.0


def to_toml(card: AccountCard) -> str:
    """The scorecard as TOML that `parse_account_card` reads back to an equal object."""
    lines = [
        "# The account scorecard, made by benchmarks/account_card.py (docs/concepts/account-evidence.md).",
        "# One point doubles the odds that an account is automated.",
        f'name = "{card.name}"',
        f"fit_base_rate = {card.fit_base_rate}",
        f"base_points = {card.base_points}",
    ]
    for line in card.lines:
        lines += [
            "",
            "[[lines]]",
            f'code = "{line.code}"',
            f'group = "{line.group}"',
            f"knots = {line.knots}",
            f"points = {line.points}",
            f"usual = {line.usual}",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    SHIPPED.write_text(to_toml(fit_card([read_band(band) for band in BANDS])), encoding="utf8")
    print(f"Wrote {SHIPPED.relative_to(ROOT)}.")
