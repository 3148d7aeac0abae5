"""How likely accounts are automated, by profile and behaviour counts, with the reasons.

A probability is evidence, not a verdict: nobody is called fake. It is private to the operator and the actor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from renown.errors import InputError
from renown.trust.accounts_card import AccountCard, load_account_card
from renown.trust.accounts_columns import Accounts
from renown.trust.accounts_terms import TERM_BY_CODE

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from renown.trust.accounts_columns import FloatArray

    Points = npt.NDArray[np.float32]

ACTORS_BASE_RATE: Final = 0.1
"""Share of automated accounts presumed among the actors of a store (Varol et al. 2017: 9 to 15 %)."""

LEAST_POINTS: Final = 0.25
"""A term is a reason when it shifts the odds by at least a factor of 2^0.25, 1.19."""

_ROWS_AT_ONCE: Final = 250_000


@dataclass(frozen=True)
class Reason:
    """One term's say: above 0 points speak for automation, below for a person; one point doubles the odds."""

    code: str
    points: float
    text: str


@dataclass(frozen=True)
class AccountJudgement:
    """The probability that each account is automated, and what it is made of.

    `points[i, t]` is what term t adds for account i (log2 odds against a typical account; NaN: not known);
    `evidence_count` is how many terms were known.
    """

    automated_probability: FloatArray
    evidence_count: npt.NDArray[np.int64]
    points: Points
    shown: Points
    codes: tuple[str, ...]
    card: AccountCard

    def reasons(self, row: int) -> tuple[Reason, ...]:
        """What speaks for and against automation, the strongest first.

        Example:
            >>> judged = judge_accounts({"posts_per_day": [140.0], "liked_per_post": [0.00001]})
            >>> [reason.text for reason in judged.reasons(0)]
            ['posts 140 times a day', 'gives 0.01 likes for each 1,000 posts']
        """
        # a plain list and plain floats: this runs for every row of a file
        weighty = [
            (-abs(points), term)
            for term, points in enumerate(self.points[row].tolist())
            if abs(points) >= LEAST_POINTS  # false for NaN
        ]
        shown = self.shown[row].tolist() if weighty else []
        return tuple(
            Reason(
                self.codes[term],
                float(self.points[row, term]),
                TERM_BY_CODE[self.codes[term]].sentence(shown[term]),
            )
            for _, term in sorted(weighty)
        )


def judge_accounts(
    accounts: Accounts | Mapping[str, Any], *, base_rate: float | None = None, card: AccountCard | None = None
) -> AccountJudgement:
    """The probability that each account is automated, from whatever is known of it.

    Formula:  log2 odds = base + sum over known terms of (points - usual);  p = odds / (1 + odds)
    Args:     accounts: `Accounts`, or canonical columns by name (`ACCOUNT_COLUMNS`): sequences of numbers,
              booleans, texts, and datetimes for moments. None and NaN are missing evidence, never zeros.
              base_rate: share of automated accounts presumed among these. None: as in the accounts that the
              points come from (about 0.4). Where nothing is known of an account, it is the answer.
              card: other points than the shipped ones.
    Returns:  probabilities in the order of the rows, with points per term and reasons.
    Raises:   ColumnsError: an unknown column, or columns of unequal length. InputError: no such base rate.
    Notes:    cost O(rows); deterministic; monotone in every term; no row depends on another.
    Source:   points from Gilani et al. (2017), labels by people; docs/concepts/account-evidence.md.
    Example:
        >>> judged = judge_accounts({"posts_per_day": [2.0, 140.0, None]})
        >>> low, high, unknown = judged.automated_probability
        >>> bool(low < unknown < high)
        True
    """
    from renown.trust.accounts_values import as_accounts

    card = card or load_account_card()
    rate = card.fit_base_rate if base_rate is None else base_rate
    if not 0 < rate < 1:
        raise InputError(
            f"A base rate of {rate:g} makes no sense.", hint="It is a share between 0 and 1, such as 0.1."
        )
    known = accounts if isinstance(accounts, Accounts) else as_accounts(accounts)
    parts = [
        _judge(_slice(known, start), card, rate) for start in range(0, max(known.row_count, 1), _ROWS_AT_ONCE)
    ]
    probability, points, shown = (np.concatenate(column) for column in zip(*parts, strict=True))
    return AccountJudgement(
        automated_probability=probability,
        evidence_count=(~np.isnan(points)).sum(axis=1),
        points=points,
        shown=shown,
        codes=tuple(line.code for line in card.lines),
        card=card,
    )


def judge_actors(
    actors: pa.Table, counts: pa.Table | None = None, *, base_rate: float = ACTORS_BASE_RATE
) -> AccountJudgement:
    """The probability that each actor of a store is automated, in the order of the rows of `actors`.

    Args:     actors: rows as in the table `actors`, one per actor; columns that are not there are not known.
              counts: behaviour counts by `actor_id`, any of the canonical columns; one row per actor at most.
              base_rate: share of automated accounts presumed among the actors.
    Raises:   ColumnsError: no column actor_id, or an unknown column of counts.
    Notes:    cost O(actors); no profile at all leaves the base rate.
    Example:
        >>> import pyarrow as pa
        >>> actors = pa.table({"actor_id": ["x:1", "x:2"], "is_declared_bot": [True, None]})
        >>> [round(float(p), 2) for p in judge_actors(actors).automated_probability]
        [0.87, 0.1]
    """
    from renown.trust.accounts_actors import accounts_of_actors

    return judge_accounts(accounts_of_actors(actors, counts), base_rate=base_rate)


def _slice(accounts: Accounts, start: int) -> Accounts:
    stop = min(start + _ROWS_AT_ONCE, accounts.row_count)
    return Accounts(
        stop - start,
        {name: column[start:stop] for name, column in accounts.numbers.items()},
        {name: column[start:stop] for name, column in accounts.texts.items()},
    )


def _judge(accounts: Accounts, card: AccountCard, base_rate: float) -> tuple[FloatArray, Points, Points]:
    count = len(card.lines)
    points = np.empty((accounts.row_count, count), dtype=np.float32)
    shown = np.empty((accounts.row_count, count), dtype=np.float32)
    log_odds = np.full(accounts.row_count, card.base_points)
    is_known = np.zeros(accounts.row_count, dtype=bool)
    for place, line in enumerate(card.lines):
        measured = line.term.measure(accounts)
        own = line.points_of(measured.scored) - line.usual
        points[:, place], shown[:, place] = own, measured.shown
        log_odds += np.nan_to_num(own)
        is_known |= ~np.isnan(own)
    log_odds[~is_known] = _log2_odds(card.fit_base_rate)
    log_odds += _log2_odds(base_rate) - _log2_odds(card.fit_base_rate)
    return 1 / (1 + np.exp2(-log_odds)), points, shown


def _log2_odds(share: float) -> float:
    return math.log2(share / (1 - share))
