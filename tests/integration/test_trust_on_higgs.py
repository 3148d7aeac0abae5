"""What trust takes from real actors, and leaves of a flood, on the Higgs data set."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import renown
from renown.cli.main import app
from renown.scoring import compute_scores
from renown.trust import compute_trust

HIGGS = Path(__file__).parents[3] / "shared" / "data" / "higgs" / "activity.txt.gz"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not HIGGS.exists(), reason="the Higgs data set is not there (shared/data/higgs)"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("higgs") / "store"
    options = ["--network", "twitter", "--columns", "source target time kind"]
    options += ["--kinds", "RT=repost,MT=mention,RE=reply", "--store", str(folder), "--quiet"]
    result = CliRunner().invoke(app, ["import", "interactions", str(HIGGS), *options])
    assert result.exit_code == 0, result.output
    return folder


def scores(store, factors=None):
    """Score of every actor key, undefended or by some factors."""
    scored = compute_scores(store, factors=factors)
    found = np.zeros(store.actor_count())
    found[scored.actor_key] = scored.score
    return found


def test_what_genuine_actors_lose(place):
    store = renown.open(place)
    plain, defended = scores(store), scores(store, compute_trust(store).factors())
    top = np.argsort(-plain, kind="stable")[:1000]
    loss = plain[top] - defended[top]
    assert np.median(loss) <= 0.2
    assert np.percentile(loss, 99) <= 3.0


def test_a_thousand_fresh_accounts_on_an_ordinary_actor(place, tmp_path):
    """Within an hour, at a time that the test does not choose by the target's."""
    import shutil

    attacked = tmp_path / "attacked"
    shutil.copytree(place, attacked)
    store = renown.open(attacked)
    before = scores(store), scores(store, compute_trust(store).factors())
    ordinary = np.flatnonzero((before[0] > 15) & (before[0] < 25))
    target = int(np.random.default_rng(7).choice(ordinary))
    first, last = store.time_bounds()
    moment = first + 0.8 * (last - first)
    times = [moment + timedelta(seconds=3.6 * n) for n in range(1000)]
    rows = pa.table(
        {
            "source": [f"twitter:fresh{n}" for n in range(1000)],
            "target": store.actor_ids(np.full(1000, target)),
            "kind": ["repost"] * 1000,
            "time": pa.array(times, pa.timestamp("us", tz="UTC")),
        }
    )
    store.add_interactions(rows)
    after = scores(store), scores(store, compute_trust(store).factors())
    gained, kept = (later[target] - sooner[target] for later, sooner in zip(after, before, strict=True))
    assert gained > 20
    assert kept <= 0.15 * gained


def test_prediction_is_no_worse_with_trust(place, tmp_path):
    """Of whom new people react to next: none of the figures falls by more than one in a hundred."""
    import shutil

    judged = tmp_path / "judged"
    shutil.copytree(place, judged)
    store = renown.open(judged)
    store.trust()
    means = {(row.measure, row.metric): row.value for row in store.evaluate().means}
    for metric in ("ndcg_100", "ndcg_1000", "spearman", "spearman_positive"):
        assert means["renown-1 with trust", metric] >= 0.99 * means["renown-1", metric], metric


def test_a_thousand_accounts_over_days_on_a_top_actor(place):
    """Means over five targets each, by seeds that no number of the rule was chosen on."""
    from renown.evaluate.attacks import LabTerms, TrustDefence, run_attacks

    for seed in (11, 12):
        terms = LabTerms(seed=seed, defence=TrustDefence(), attacks=["fresh-1000-days-top"])
        (row,) = run_attacks(renown.open(place), terms).attacks
        assert row.gained_points > 5
        assert row.kept_share <= 0.15
