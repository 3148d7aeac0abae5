"""The attack laboratory: what it costs to buy a score, and what the defence costs everybody else."""

from renown.evaluate.attacks.defence import Assessment, Defence
from renown.evaluate.attacks.laboratory import choose_attacks, run_attacks
from renown.evaluate.attacks.prices import Prices, load_prices
from renown.evaluate.attacks.records import AttackReport, AttackRow, Battlefield, GenuineLosses, LeftOut
from renown.evaluate.attacks.terms import LOOKS_HOURS, ORDINARY, LabTerms
from renown.evaluate.attacks.trust_defence import TrustDefence

__all__ = [
    "LOOKS_HOURS",
    "ORDINARY",
    "Assessment",
    "AttackReport",
    "AttackRow",
    "Battlefield",
    "Defence",
    "GenuineLosses",
    "LabTerms",
    "LeftOut",
    "Prices",
    "TrustDefence",
    "choose_attacks",
    "load_prices",
    "run_attacks",
]
