import json

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from renown.definitions import load_definition
from renown.errors import ColumnsError, InputError, TooLittleInputError
from renown.evaluate import evaluate_truth
from renown.scoring import compute_scores
from tests.unit.evaluate.worlds import counted, random_acts, store_of

SHIPPED = load_definition()


@pytest.fixture(scope="module")
def acts():
    return random_acts(5, count=900, actors=60)


@pytest.fixture(scope="module")
def store(acts, tmp_path_factory):
    return store_of(tmp_path_factory.mktemp("truth") / "store", acts)


@pytest.fixture(scope="module")
def truth(acts):
    """Influence of 60 actors and of five whom the store never saw, in no order."""
    random = np.random.default_rng(8)
    names = [f"n:a{number}" for number in range(60)] + [f"n:ghost{number}" for number in range(5)]
    influence = np.concatenate([np.arange(60)[::-1] ** 1.2 + random.random(60) * 20, np.zeros(5)])
    order = random.permutation(65)
    return pa.table(
        {"actor_id": [names[place] for place in order], "true_influence": influence[order], "role": [""] * 65}
    )


def test_figures_are_scipys_and_those_of_plain_counting(acts, store, truth):
    found = evaluate_truth(store, truth, [SHIPPED])
    ids, influence = truth["actor_id"].to_pylist(), truth["true_influence"].to_numpy()
    paper = counted(acts, 11, 12, half_life=30).measures
    scored = compute_scores(store, definition=SHIPPED)
    earned = dict(
        zip(store.actor_ids(scored.actor_key).to_pylist(), scored.earned_attention.round(10), strict=True)
    )
    values = {
        "renown-1": [earned.get(name, 0) for name in ids],
        "distinct reactors": [paper["distinct reactors"].get(name.removeprefix("n:"), 0) for name in ids],
        "PageRank": [paper["PageRank"].get(name.removeprefix("n:"), 0) for name in ids],
    }
    received = np.array([name.removeprefix("n:") in paper["raw counts"] for name in ids])
    top = np.argsort(-influence)[:10]
    for measure, column in values.items():
        (row,) = [row for row in found.rows if row.measure == measure]
        mine = np.array(column, float).round(9)
        assert row.spearman_received == pytest.approx(
            spearmanr(mine[received], influence[received]).statistic, abs=1e-9
        )
        if measure != "PageRank":  # who only gives has a rank too, but received nothing to be measured by
            assert row.spearman == pytest.approx(spearmanr(mine, influence).statistic, abs=1e-9)
        assert row.spearman_top == pytest.approx(spearmanr(mine[top], influence[top]).statistic, abs=1e-9)
        assert (row.actors, row.received_actors, row.top_actors) == (65, received.sum(), 10)


def test_it_has_intervals_and_paired_differences(store, truth):
    quick = msgspec.structs.replace(SHIPPED, name="quick", half_life_days=1.0)
    found = evaluate_truth(store, truth, [SHIPPED, quick])
    (figure,) = [one for one in found.means if (one.measure, one.metric) == ("renown-1", "spearman")]
    assert figure.low < figure.value < figure.high
    (row,) = [row for row in found.rows if row.measure == "quick"]
    (difference,) = [
        one
        for one in found.differences
        if (one.score, one.measure, one.metric) == ("renown-1", "quick", "spearman")
    ]
    assert difference.split is None
    assert difference.difference == pytest.approx(figure.value - row.spearman, abs=1e-12)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["resamples"] == 200


def test_the_order_of_the_truth_does_not_matter(store, truth):
    backwards = truth.take(pa.array(range(truth.num_rows - 1, -1, -1)))
    assert evaluate_truth(store, backwards, [SHIPPED]).rows == evaluate_truth(store, truth, [SHIPPED]).rows


def test_a_truth_that_is_none_is_refused(store, truth):
    with pytest.raises(ColumnsError, match="true_influence"):
        evaluate_truth(store, truth.drop_columns(["true_influence"]), [SHIPPED])
    with pytest.raises(InputError, match="twice"):
        evaluate_truth(store, pa.concat_tables([truth, truth]), [SHIPPED])
    elsewhere = truth.set_column(0, "actor_id", pa.array([f"m:{number}" for number in range(65)]))
    with pytest.raises(TooLittleInputError, match="0 of the truth's 65"):
        evaluate_truth(store, elsewhere, [SHIPPED])
