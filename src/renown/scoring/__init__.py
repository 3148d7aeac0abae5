"""The orchestration that a user calls: compute scores, write a run, say what one actor's score is made of."""

from renown.scoring.contributions import contributions, contributions_at
from renown.scoring.forms import Scored, compute_scores
from renown.scoring.runs import Run, Work, latest_run, read_run, read_runs, score
from renown.store.run_inputs import newest_moment

__all__ = [
    "Run",
    "Scored",
    "Work",
    "compute_scores",
    "contributions",
    "contributions_at",
    "latest_run",
    "newest_moment",
    "read_run",
    "read_runs",
    "score",
]
