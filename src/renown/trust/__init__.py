"""Whose attention counts: evidence about accounts, and what follows from it."""

from renown.trust.accounts import ACTORS_BASE_RATE, AccountJudgement, Reason, judge_accounts, judge_actors
from renown.trust.accounts_card import AccountCard, load_account_card
from renown.trust.accounts_columns import ACCOUNT_COLUMNS, Accounts
from renown.trust.accounts_mapping import AccountMapping, load_account_mapping, parse_account_mapping
from renown.trust.accounts_reading import AccountFile, read_accounts

__all__ = [
    "ACCOUNT_COLUMNS",
    "ACTORS_BASE_RATE",
    "AccountCard",
    "AccountFile",
    "AccountJudgement",
    "AccountMapping",
    "Accounts",
    "Reason",
    "judge_accounts",
    "judge_actors",
    "load_account_card",
    "load_account_mapping",
    "parse_account_mapping",
    "read_accounts",
]
