"""Whose attention counts: evidence about accounts, and what follows from it."""

from renown.trust.accounts import ACTORS_BASE_RATE, AccountJudgement, Reason, judge_accounts, judge_actors
from renown.trust.accounts_card import AccountCard, load_account_card
from renown.trust.accounts_columns import ACCOUNT_COLUMNS, Accounts
from renown.trust.accounts_mapping import AccountMapping, load_account_mapping, parse_account_mapping
from renown.trust.accounts_reading import AccountFile, read_accounts
from renown.trust.appeals import grant_appeal, read_appeals
from renown.trust.doubts import Doubts, read_doubts
from renown.trust.rule import TrustRule
from renown.trust.runs import (
    Trust,
    TrustRun,
    compute_trust,
    latest_trust_run,
    read_factors,
    read_trust_run,
    read_trust_runs,
    trust,
)

__all__ = [
    "ACCOUNT_COLUMNS",
    "ACTORS_BASE_RATE",
    "AccountCard",
    "AccountFile",
    "AccountJudgement",
    "AccountMapping",
    "Accounts",
    "Doubts",
    "Reason",
    "Trust",
    "TrustRule",
    "TrustRun",
    "compute_trust",
    "grant_appeal",
    "judge_accounts",
    "judge_actors",
    "latest_trust_run",
    "load_account_card",
    "load_account_mapping",
    "parse_account_mapping",
    "read_accounts",
    "read_appeals",
    "read_doubts",
    "read_factors",
    "read_trust_run",
    "read_trust_runs",
    "trust",
]
