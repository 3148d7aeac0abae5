"""The human-judgement model: how likely people call one of two actors the more influential.

It tells from public counts what people think of visible fame, and enters no score. It alone may look at
followers and lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from renown.errors import DefinitionError
from renown.evaluate.pair_metrics import probability
from renown.evaluate.pairs import Pairs

FloatArray = NDArray[np.float64]

SHIPPED_MODEL: Final = "judgement-1"
REACTIONS: Final = "reactions"
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "peerindex": (
        "followers_count", "listed_count", "mentions_received", "reposts_received", "network_feature_1"
    ),
    "visible": ("followers_count", "listed_count", "mentions_received", "reposts_received"),
    REACTIONS: ("mentions_received", "reposts_received"),
}  # fmt: skip
"""Parts of the model and the signals they look at, the widest first."""
RIDGE: Final = 15.0
"""Penalty of the log-likelihood, on slopes per standard deviation. Of 1, 5, 15 and 40 it is the one whose
margins are neither too bold nor too timid on person-disjoint splits (calibration slope 0.99)."""
_KNOT_SHARES: Final = (0.33, 0.67)
_START: Final = 0.05


class SignalLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one signal adds: log odds per unit of ln(1 + count), one slope before, between, after the knots.

    No slope is negative (more of a signal never makes an actor look less influential), and none is steeper
    than the one before it.
    """

    signal: str
    knots: tuple[float, ...]
    slopes: tuple[float, ...]

    def worth(self, counts: FloatArray) -> FloatArray:
        """Log odds of counts, next to a count of 0."""
        logs, ends = np.log1p(counts), np.log1p(self.knots)
        total = self.slopes[-1] * logs
        for slope, following, end in zip(self.slopes, self.slopes[1:], ends, strict=False):
            total = total + (slope - following) * np.minimum(logs, end)
        found: FloatArray = total
        return found


class FittedOn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The judgements behind a model."""

    pairs: int
    people: int
    fingerprint: str


class ModelPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complete model of its own for those who know these signals and no others.

    Formula:
        log odds that A is called more influential = sum over signals of worth(A) - worth(B)
    Swapping A and B turns the sign; two equal actors are even. A signal that is not known adds nothing.
    """

    name: str
    lines: tuple[SignalLine, ...]

    @property
    def signals(self) -> tuple[str, ...]:
        """What it looks at."""
        return tuple(line.signal for line in self.lines)


class JudgementModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every number of the model. `reactions` is the part that sees neither followers nor lists."""

    name: str
    fitted_on: FittedOn
    parts: tuple[ModelPart, ...]

    def part(self, name: str) -> ModelPart:
        """A part by its name."""
        return next(part for part in self.parts if part.name == name)

    def widest(self, signals: Iterable[str]) -> ModelPart:
        """The part that uses most of what is known and misses nothing; else the one that misses least."""
        known = set(signals)
        return min(
            self.parts, key=lambda part: (len(set(part.signals) - known), -len(set(part.signals) & known))
        )


def margins(
    lines: Iterable[SignalLine], a: Mapping[str, FloatArray], b: Mapping[str, FloatArray]
) -> FloatArray:
    """Log odds for each pair by the signals that are known.

    Example:
        >>> model = load_judgement_model()
        >>> few, many = {"followers_count": np.array([10.0])}, {"followers_count": np.array([1000.0])}
        >>> bool(margins(model.part("visible").lines, many, few)[0] > 0)
        True
    """
    size = len(next(iter(a.values())))
    total = np.zeros(size)
    for line in lines:
        if line.signal in a and line.signal in b:
            total = total + (line.worth(a[line.signal]) - line.worth(b[line.signal]))
    return total


def fit_lines(pairs: Pairs, signals: Sequence[str], *, ridge: float = RIDGE) -> tuple[SignalLine, ...]:
    """Fit the worth of some signals to judgements: penalised likelihood, slopes never negative, concave.

    Signals that the pairs do not have are left out.
    Cost:     O(pairs * signals) for each of some dozen steps.
    Source:   Bradley and Terry (1952) with covariates; `benchmarks/judgement.py` chose knots and penalty.
    """
    known = [name for name in signals if name in pairs.a]
    columns, shapes = [], []
    for name in known:
        logs = np.log1p(np.concatenate([pairs.a[name], pairs.b[name]]))
        spread = float(logs.std()) or 1.0
        ends = np.unique(np.quantile(logs, _KNOT_SHARES))
        parts = [logs, *(np.minimum(logs, end) for end in ends)]
        columns += [(part[: len(pairs)] - part[len(pairs) :]) / spread for part in parts]
        shapes.append((name, spread, ends))
    if not columns:
        return ()
    weights = fit_logistic(np.stack(columns, axis=1), pairs, ridge=ridge, least=0.0)
    lines, place = [], 0
    for name, spread, ends in shapes:
        own = weights[place : place + 1 + ends.size] / spread
        place += own.size
        # The slope before a knot is the lasting one and all that end at this knot or later.
        slopes = own[0] + np.concatenate([np.cumsum(own[1:][::-1])[::-1], [0.0]])
        lines.append(
            SignalLine(signal=name, knots=tuple(np.expm1(ends).tolist()), slopes=tuple(slopes.tolist()))
        )
    return tuple(lines)


def fit_logistic(
    differences: FloatArray, pairs: Pairs, *, ridge: float, least: float | None = None
) -> FloatArray:
    """Weights of a logistic regression without intercept on differences of A and B: so it is antisymmetric.

    Args:     least: no weight may be below; None: any weight.
    """
    from scipy.optimize import minimize

    sign = np.where(pairs.chose_a, 1.0, -1.0)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        """What is minimised, and its gradient."""
        right = sign * (differences @ weights)
        slope = -sign * probability(-right)
        value = np.logaddexp(0, -right).sum() + 0.5 * ridge * (weights @ weights)
        return float(value), differences.T @ slope + ridge * weights

    count = differences.shape[1]
    found = minimize(
        loss,
        np.full(count, _START),
        jac=True,
        method="L-BFGS-B",
        bounds=[(least, None)] * count,
        options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-7},
    )
    weights: FloatArray = found.x
    return weights


def parse_judgement_model(text: str, where: str = "judgement model") -> JudgementModel:
    """Read a model from TOML, and check that it is monotone.

    Raises:   DefinitionError: not TOML, a field missing, a negative slope, or knots that do not rise.
    """
    try:
        model = msgspec.toml.decode(text, type=JudgementModel)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DefinitionError(f"{where}: {error}") from error
    if REACTIONS not in [part.name for part in model.parts]:
        raise DefinitionError(f"{where}: there is no part called {REACTIONS}.")
    for line in (line for part in model.parts for line in part.lines):
        if len(line.slopes) != len(line.knots) + 1 or (np.diff(line.knots) <= 0).any():
            raise DefinitionError(
                f"{where}: {line.signal} needs rising knots, and one slope more than knots."
            )
        if not all(np.isfinite(line.slopes)) or min(line.slopes) < 0:
            raise DefinitionError(
                f"{where}: {line.signal} has a slope below 0; more may never count against."
            )
    return model


@cache
def load_judgement_model() -> JudgementModel:
    """The model that comes with Renown.

    Example:
        >>> load_judgement_model().name
        'judgement-1'
    """
    path = resources.files("renown.evaluate") / "shipped" / f"{SHIPPED_MODEL}.toml"
    return parse_judgement_model(path.read_text(encoding="utf8"), SHIPPED_MODEL)
