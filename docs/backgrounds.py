"""Stores that pages of figures are measured on: a simulated town, and the Higgs data set.

The scripts beside it import it as `docs.backgrounds`, once the folder of the repository is in `sys.path`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renown.api import Store
    from renown.simulate import Town, TownRules


def town_store(folder: Path, people: int, seed: int, *, rules: TownRules | None = None) -> tuple[Store, Town]:
    """A new store with the interactions, actors and persons of a town, and the town with its truth."""
    import renown

    town = renown.build_town(people_count=people, seed=seed, rules=rules)
    store = renown.open(folder / "town")
    store.import_interactions([town.interactions])
    store.add_actors(town.actors)
    store.add_persons(town.persons)
    return store, town


def higgs_store(folder: Path, file: Path) -> Store:
    """A new store of the Higgs data set: retweets, mentions and replies around 4 July 2012."""
    from typer.testing import CliRunner

    import renown
    from renown.cli.main import app

    place = folder / "higgs"
    words = ["import", "interactions", str(file), "--columns", "source target time kind"]
    words += ["--kinds", "RT=repost,MT=mention,RE=reply", "--network", "twitter", "--store", str(place)]
    done = CliRunner().invoke(app, words)
    if done.exit_code:
        raise SystemExit(done.output)
    return renown.open(place)
