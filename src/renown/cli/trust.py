"""`renown trust`: whose attention counts, and why."""

from __future__ import annotations

from renown.cli.command import group
from renown.cli.trust_accounts import add_accounts_command

app = group("Whose attention counts.")

add_accounts_command(app)
