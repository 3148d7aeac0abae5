"""A score definition: every number that decides a score, in one frozen object."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import msgspec

from renown.errors import DefinitionError
from renown.types import KINDS

SHIPPED_DEFINITION = "renown-1"

Origin = str | int | float | list[str | int | float]
"""What the table `fitted` says of where the numbers of a definition come from."""


class Freshness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much an actor counts by how lately its people reacted (docs/concepts/freshness.md).

    Formula:  fresh(v)     = sum over u of c(u,v) * 2^(-time since u's latest reaction to v / half_life)
              freshness(v) = (prior_people + fresh(v) / usual_share) / (prior_people + E(v))
    """

    half_life_days: float
    usual_share: float
    """of attention, how much is fresh as a rule: an actor of whom so much is fresh has freshness 1"""
    prior_people: float
    """effective people with whom an actor's own share counts as much as the usual one"""


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a score. Two definitions with equal content have equal hashes.

    Formula (docs/concepts/score.md):
        w(e)   = weights[kind] / (1 + (n - 1) / selectivity_scale)^selectivity
        m(u,v) = sum over counted e of w(e) * 2^(-age / half_life)
        a(u,v) = m^exponent
        score  = min(100, points_per_doubling * log2(1 + sum over u of trust * independence * a))
        With `freshness`, that sum is multiplied by the actor's freshness.
    Raises:   DefinitionError from `load_definition` and `parse_definition`, naming the field.
    Example:
        >>> from renown.definitions import load_definition
        >>> load_definition("renown-1").attention_half_life_days()
        90.0
    """

    name: str
    summary: str = ""
    half_life_days: float
    momentum_half_life_days: float
    exponent: float
    daily_cap: int
    selectivity: float
    selectivity_scale: float
    points_per_doubling: float
    phi: float
    interval_level: float
    weights: dict[str, float]
    people_shape: float | None = None
    people_rate: float | None = None
    freshness: Freshness | None = None
    fitted: dict[str, Origin] | None = None

    def content_hash(self) -> str:
        """Sha256 (hex) of the content; labels (name, summary, fitted) and what is not said do not count."""
        content = {
            key: value
            for key, value in msgspec.to_builtins(self).items()
            if key not in ("name", "summary", "fitted") and value is not None
        }
        canonical = msgspec.json.encode(content, order="deterministic")
        return hashlib.sha256(canonical).hexdigest()

    def attention_half_life_days(self) -> float:
        """Days of silence after which attention is half: half_life / exponent."""
        return round(self.half_life_days / self.exponent, 9)

    def to_toml(self) -> str:
        """The definition as TOML that `parse_definition` reads back to an equal object."""
        fields = msgspec.to_builtins(self)
        weights, fitted = fields.pop("weights"), fields.pop("fitted") or {}
        freshness = fields.pop("freshness") or {}
        lines = [f"{key} = {_toml_value(value)}" for key, value in fields.items() if value is not None]
        lines += ["", "[weights]", *(f"{kind} = {_toml_value(weights[kind])}" for kind in sorted(weights))]
        for name, table in (("freshness", freshness), ("fitted", fitted)):
            if table:
                lines += ["", f"[{name}]", *(f"{key} = {_toml_value(value)}" for key, value in table.items())]
        return "\n".join(lines) + "\n"


def load_definition(name_or_path: str | Path = SHIPPED_DEFINITION) -> Definition:
    """Read a shipped definition by name, or any by its path.

    Raises:   DefinitionError: no such file or name, or a field that makes no sense.
    Example:
        >>> from renown.definitions import load_definition
        >>> load_definition("renown-1").weights["like"]
        1.0
    """
    shipped = resources.files("renown.definitions") / "shipped"
    names = sorted(
        entry.name.removesuffix(".toml") for entry in shipped.iterdir() if entry.name.endswith(".toml")
    )
    if str(name_or_path) in names:
        return parse_definition(
            (shipped / f"{name_or_path}.toml").read_text(encoding="utf8"), str(name_or_path)
        )
    path = Path(name_or_path)
    if not path.is_file():
        raise DefinitionError(
            f"There is no definition {str(name_or_path)!r}: neither a file nor a shipped name.",
            hint=f"Shipped: {', '.join(names)}.",
        )
    try:
        text = path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{path} is not UTF-8 text.") from error
    return parse_definition(text, str(path))


def parse_definition(text: str, where: str = "definition") -> Definition:
    """Read a definition from TOML text and check that it keeps the promises of a score.

    Raises:   DefinitionError: not TOML, a field missing, unknown or out of range; the message names it.
    """
    try:
        definition = msgspec.toml.decode(text, type=Definition)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DefinitionError(
            f"{where}: {error}", hint="Compare with `renown definitions show renown-1`."
        ) from error
    _check(definition, where)
    return definition


def _check(definition: Definition, where: str) -> None:
    ranges = {
        "half_life_days": (0, 36_500),
        "momentum_half_life_days": (0, 36_500),
        "exponent": (0, 1),
        "daily_cap": (0, 10_000),
        "selectivity": (-1e-12, 1),
        "selectivity_scale": (0, 1e9),
        "points_per_doubling": (0, 100),
        "phi": (0, 1e6),
        "interval_level": (0, 0.9999),
    }
    for field, (low, high) in ranges.items():
        value = getattr(definition, field)
        if not low < value <= high:
            raise DefinitionError(
                f"{where}: {field} is {value}; it must be above {max(low, 0):g} and at most {high:g}."
            )
    _check_shrinkage(definition, where)
    _check_freshness(definition.freshness, where)
    _check_weights(definition, where)


def _check_shrinkage(definition: Definition, where: str) -> None:
    """The prior of the number of people: both of its numbers, or neither."""
    numbers = (definition.people_shape, definition.people_rate)
    if numbers == (None, None):
        return
    if any(number is None or not 0 < number <= 1e6 for number in numbers):
        raise DefinitionError(
            f"{where}: people_shape and people_rate must both be above 0 and at most 1e+06, or left out."
        )


def _check_freshness(freshness: Freshness | None, where: str) -> None:
    """Each number where it makes sense: no share is above 1, and nothing is divided by 0."""
    if freshness is None:
        return
    highest = {"half_life_days": 36_500.0, "usual_share": 1.0, "prior_people": 1e6}
    for field, high in highest.items():
        value = getattr(freshness, field)
        if not 0 < value <= high:
            raise DefinitionError(
                f"{where}: freshness.{field} is {value}; it must be above 0 and at most {high:g}."
            )


def _check_weights(definition: Definition, where: str) -> None:
    unknown = sorted(set(definition.weights) - set(KINDS))
    if unknown:
        raise DefinitionError(
            f"{where}: weights names unknown kinds: {', '.join(unknown)}.", hint=f"Known: {', '.join(KINDS)}."
        )
    if not all(0 <= weight < 1e6 for weight in definition.weights.values()):
        raise DefinitionError(f"{where}: weights must be 0 or more, and below a million.")
    positive = [weight for weight in definition.weights.values() if weight > 0]
    if not positive:
        raise DefinitionError(f"{where}: no kind has a weight above 0, so nobody could have a score.")
    _check_that_more_is_never_less(definition, where, ratio=max(positive) / min(positive))


def _check_that_more_is_never_less(definition: Definition, where: str, ratio: float) -> None:
    """One more reaction to v also makes u less selective; refuse numbers by which that would lower v.

    With k counted reactions of weight `max` on a day of n >= k, one more of weight `min` raises v's mass when
    (1 + 1 / (k * ratio)) >= ((scale + n) / (scale + n - 1))^selectivity; n = k is the worst. The new reaction
    may be up to a day older than the others, which shrinks it by 2^(-1 / half_life).
    """
    fade = 2 ** (-1 / min(definition.half_life_days, definition.momentum_half_life_days))
    scale = definition.selectivity_scale
    for k in range(1, definition.daily_cap):
        gain = 1 + fade / (k * ratio)
        loss = ((scale + k) / (scale + k - 1)) ** definition.selectivity
        if gain < loss:
            raise DefinitionError(
                f"{where}: with these weights a reaction could lower the score of the one who receives it.",
                hint="Raise selectivity_scale, lower selectivity, or bring the weights closer together.",
            )


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return repr(value)
