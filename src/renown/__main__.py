"""`python -m renown`: the command, where its script is not on the path."""

from renown.cli.main import run

run()
