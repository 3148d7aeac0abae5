"""What forecasts of cascades are compared with: Szabo-Huberman growth and regression, and SEISMIC."""

from __future__ import annotations

import numpy as np

from renown.forecast.cascade import Cascade
from renown.forecast.memory import EXPONENT, LEVEL_DENSITY, LEVEL_SECONDS, awaited_share

MEAN_DEGREE = 100.0
MOST_INFECTED = 0.999
ALPHAS = np.geomspace(0.2, 2.0, 31)
GAMMAS = np.array([0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0])


def constant_growth(count: np.ndarray, came: np.ndarray, train: np.ndarray) -> np.ndarray:
    """log final = a + log count, a by the median (Szabo, Huberman 2010)."""
    return count + np.median((came - count)[train])


def regression(count: np.ndarray, came: np.ndarray, train: np.ndarray, *, is_robust: bool) -> np.ndarray:
    """log final = a + b log count, by least squares or by least absolute errors."""
    columns = np.column_stack([np.ones(count.size), count])
    weights = np.ones(train.size)
    for _ in range(60 if is_robust else 1):
        root = np.sqrt(weights)
        slopes = np.linalg.lstsq(columns[train] * root[:, None], came[train] * root, rcond=None)[0]
        weights = 1 / np.maximum(np.abs(came[train] - columns[train] @ slopes), 1e-4)
    return columns @ slopes


def _primitive(delays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integrals from 0 of the memory density and of delay times it."""
    early, ratio = np.clip(delays, 0, LEVEL_SECONDS), np.maximum(delays, LEVEL_SECONDS) / LEVEL_SECONDS
    level = LEVEL_DENSITY * LEVEL_SECONDS**2
    first = LEVEL_DENSITY * early**2 / 2 + level * (ratio ** (1 - EXPONENT) - 1) / (1 - EXPONENT)
    return 1 - awaited_share(np.maximum(delays, 0)), first


def windowed_exposure(seconds: np.ndarray, moment: float) -> np.ndarray:
    """Integral of the triangular window times the memory density of each act, up to a moment.

    The window is max(1 - 2 (moment - s) / moment, 0): the later half of the time, the latest weighing most.
    """
    start = np.maximum(seconds, moment / 2)
    mass_to, first_to = _primitive(moment - seconds)
    mass_from, first_from = _primitive(start - seconds)
    # 1 - 2 (moment - s) / moment = 2 s / moment - 1, and s = its act's second + delay.
    constant = 2 * seconds / moment - 1
    return constant * (mass_to - mass_from) + 2 / moment * (first_to - first_from)


class Seismic:
    """SEISMIC (Zhao et al. 2015) with its published kernel, window and mean degree of 100.

    Formula:  p = sum of window(t_i) / sum of degree_i * windowed exposure_i
              final = count + alpha p (awaited audience) / (1 - gamma p mean degree)
    alpha and gamma are chosen to make the median absolute percentage error of the training cascades least, as
    in the paper; where gamma p mean degree reaches 1 (supercritical) the denominator stops at 0.001.
    """

    def __init__(self, cascades: tuple[Cascade, ...], moment: float) -> None:
        # Where audiences are not known everybody has one follower, and the mean is one.
        self.mean_degree = 1.0 if cascades[0].audiences is None else MEAN_DEGREE
        parts = [self._parts(cascade.until(moment), moment) for cascade in cascades]
        self.count, self.infectiousness, self.awaited = map(np.array, zip(*parts, strict=True))

    @staticmethod
    def _parts(cascade: Cascade, moment: float) -> tuple[float, float, float]:
        seconds = np.concatenate([[0.0], cascade.seconds])
        degrees = np.ones(seconds.size) if cascade.audiences is None else cascade.audiences
        window = np.maximum(1 - 2 * (moment - cascade.seconds) / moment, 0).sum()
        exposure = (degrees * windowed_exposure(seconds, moment)).sum()
        awaited = float((degrees * awaited_share(moment - seconds)).sum())
        return float(cascade.seconds.size), float(window / max(exposure, 1e-12)), awaited

    def finals(self, alpha: float, gamma: float) -> np.ndarray:
        """Forecast final sizes, in logarithms."""
        left = np.maximum(1 - gamma * self.infectiousness * self.mean_degree, 1 - MOST_INFECTED)
        return np.log(self.count + alpha * self.infectiousness * self.awaited / left + 0.5)

    def fitted(self, came: np.ndarray, train: np.ndarray, least: float = 0.0) -> np.ndarray:
        """Forecasts, of at least `least`, with the alpha and gamma that do best in training."""
        best = min(
            ((alpha, gamma) for alpha in ALPHAS for gamma in GAMMAS),
            key=lambda pair: np.median(
                np.abs(np.expm1(np.maximum(self.finals(*pair), least)[train] - came[train]))
            ),
        )
        return np.maximum(self.finals(*best), least)
