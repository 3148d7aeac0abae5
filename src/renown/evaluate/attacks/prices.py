"""What an attack costs under stated prices."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from renown.errors import MappingError, SourceFileError
from renown.simulate.attacks import Acts, AttackPlan, Cast
from renown.types import KINDS

LEAST_POINTS: Final = 0.05
"""Below this gain there is no price of a point: one divides by chance."""

_AGED: Final = ("aged", "aged-camouflaged", "bought")


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices of accounts and acts, and where they come from."""

    currency: str
    source: str
    account: dict[str, float]
    """`fresh` and `aged`"""
    act: dict[str, float]
    """by kind, and `member`: one by a real person in a pod"""

    def flat(self) -> dict[str, float]:
        """Every price by name."""
        accounts = {f"account, {name}": price for name, price in self.account.items()}
        return accounts | {f"act, {name}": price for name, price in self.act.items()}


def load_prices(path: str | PathLike[str] | None = None) -> Prices:
    """Prices from a TOML file; the shipped ones without.

    Raises:   SourceFileError: the file cannot be read. MappingError: it is no list of prices.
    Example:
        >>> load_prices().currency
        'EUR'
    """
    if path is None:
        place = resources.files("renown.evaluate.attacks") / "shipped" / "prices.toml"
        return _parse(place.read_text(encoding="utf8"), "the shipped prices")
    try:
        return _parse(Path(path).read_text(encoding="utf8"), str(path))
    except OSError as error:
        raise SourceFileError(f"{path}: {error.strerror or error}.") from error


def _parse(text: str, where: str) -> Prices:
    needed = "currency, source, [account] with fresh and aged, and [act] with every kind and member"
    try:
        prices = msgspec.convert(tomllib.loads(text), type=Prices)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise MappingError(f"{where}: {error}", hint=f"Needed: {needed}.") from error
    wanted = {"account": ("fresh", "aged"), "act": (*KINDS, "member")}
    for name, keys in wanted.items():
        given = getattr(prices, name)
        missing = [key for key in keys if key not in given]
        unknown = [key for key in given if key not in keys]
        if missing or unknown or min(given.values()) < 0:
            problem = f"lacks {', '.join(missing)}" if missing else f"does not know {', '.join(unknown)}"
            raise MappingError(
                f"{where}: [{name}] {problem if missing or unknown else 'has a price below 0'}.",
                hint=f"Needed: {needed}.",
            )
    return prices


def cost_of(plan: AttackPlan, cast: Cast, acts: Acts, prices: Prices) -> float:
    """What an attack costs: its accounts, and every act by its kind.

    A pod's members bring their own accounts; their acts cost a person's time.
    """
    if cast.members.size:
        return acts.source.size * prices.act["member"]
    age = "aged" if plan.family in _AGED else "fresh"
    counts = np.bincount(acts.kind, minlength=len(KINDS))
    by_kind = sum(int(count) * prices.act[kind] for kind, count in zip(KINDS, counts.tolist(), strict=True))
    return cast.accounts.size * prices.account[age] + by_kind


def cost_per_point(cost: float, points: float | None) -> float | None:
    """The price of one point; None where less than a twentieth of one was gained."""
    return None if points is None or points < LEAST_POINTS else cost / points
