import json

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from renown.definitions import load_definition
from renown.errors import DefinitionError, InputError, StoreNotFoundError, TooLittleInputError
from renown.evaluate import Split, evaluate_store
from renown.scoring import compute_scores
from renown.store import TableStore
from tests.unit.evaluate.worlds import Act, counted, day, random_acts, store_of

SHIPPED = load_definition()
QUICK = msgspec.structs.replace(SHIPPED, name="quick", half_life_days=1.0)
SPLITS = (Split(day(4), day(7)), Split(day(7), day(10)))


@pytest.fixture(scope="module")
def acts():
    return random_acts(11, count=900)


@pytest.fixture(scope="module")
def store(acts, tmp_path_factory):
    return store_of(tmp_path_factory.mktemp("future") / "store", acts)


@pytest.fixture(scope="module")
def evaluation(store):
    return evaluate_store(store, definitions=[SHIPPED, QUICK], splits=SPLITS)


def test_figures_are_scipys_and_those_of_plain_counting(acts, store, evaluation):
    for place, (cut, stop) in enumerate([(4, 7), (7, 10)], 1):
        paper = counted(acts, cut, stop, half_life=30)
        scored = compute_scores(store, definition=SHIPPED, as_of=day(cut))
        ids = [name.removeprefix("n:") for name in store.actor_ids(scored.actor_key).to_pylist()]
        earned = dict(zip(ids, scored.earned_attention.round(10).tolist(), strict=True))
        names = list(paper.measures["raw counts"])
        future = np.array([paper.new_people[name] for name in names])
        for measure, values in {**paper.measures, "renown-1": earned}.items():
            (row,) = [row for row in evaluation.rows if (row.measure, row.split) == (measure, place)]
            mine = np.array([values[name] for name in names]).round(10)
            assert row.actors == len(names)
            assert row.spearman == pytest.approx(spearmanr(mine, future).statistic, abs=1e-9)
            positive = future > 0
            expected = spearmanr(mine[positive], future[positive]).statistic
            assert row.spearman_positive == pytest.approx(expected, abs=1e-9)
        summary = evaluation.splits[place - 1]
        assert (summary.positive_actors, summary.new_people) == ((future > 0).sum(), future.sum())
        assert summary.page_rank_converged


def test_every_measure_is_there_and_scores_are_marked(evaluation):
    names = {row.measure for row in evaluation.rows}
    assert names == {
        "renown-1",
        "quick",
        "distinct reactors",
        "raw counts",
        "decayed mass (30 d)",
        "decayed mass (1 d)",
        "PageRank",
        "own activity",
        "h-index of posts",
    }
    assert {row.measure for row in evaluation.rows if row.is_score} == {"renown-1", "quick"}
    assert [one.measure for one in evaluation.skipped] == ["followers"]
    assert [one.name for one in evaluation.scores] == ["renown-1", "quick"]


def test_means_and_differences_follow_from_the_rows(evaluation):
    by_row = {(row.measure, row.split): row for row in evaluation.rows}
    means = {(one.measure, one.metric): one for one in evaluation.means}
    for (measure, metric), figure in means.items():
        parts = [getattr(by_row[measure, split], metric) for split in (1, 2)]
        assert figure.value == pytest.approx(np.mean(parts), abs=1e-12)
        assert figure.low < figure.high
    for one in evaluation.differences:
        parts = [
            getattr(by_row[one.score, split], one.metric) - getattr(by_row[one.measure, split], one.metric)
            for split in ((1, 2) if one.split is None else (one.split,))
        ]
        assert one.difference == pytest.approx(np.mean(parts), abs=1e-12)
        assert one.low <= one.high
    compared = {one.measure for one in evaluation.differences if one.score == "renown-1"}
    assert compared == {measure for measure, _ in means} - {"renown-1"}


def test_the_same_question_has_the_same_answer(store, evaluation):
    again = evaluate_store(store, definitions=[SHIPPED, QUICK], splits=SPLITS)
    assert again.as_dict() == evaluation.as_dict()


def test_it_is_json(evaluation):
    text = json.dumps(evaluation.as_dict(), allow_nan=False)
    assert json.loads(text)["splits"][0]["train_until"] == "2026-03-05T00:00:00Z"


def test_the_future_may_be_of_some_kinds_only(store, acts):
    found = evaluate_store(store, definitions=[SHIPPED], splits=SPLITS[:1], future_kinds=["repost"])
    paper = counted(acts, 4, 7, half_life=30, kinds=("repost",))
    known = paper.measures["raw counts"]
    assert found.splits[0].new_people == sum(paper.new_people[name] for name in known)
    assert found.future_kinds == ("repost",)


def test_linear_gain_is_another_figure(store, evaluation):
    linear = evaluate_store(store, definitions=[SHIPPED, QUICK], splits=SPLITS, gain="linear")
    pairs = [(one, other) for one, other in zip(linear.rows, evaluation.rows, strict=True)]
    assert all(one.spearman == other.spearman for one, other in pairs)
    assert any(one.ndcg_100 != other.ndcg_100 for one, other in pairs)


def test_what_happens_after_the_cut_never_reaches_a_measure(acts, evaluation, tmp_path):
    """Another future: the measures and who is ranked stay, only what they are compared with changes."""
    past = [act for act in acts if act.day < 4]
    fresh = [Act(f"new{number}", "a0", "like", 5) for number in range(50)]
    other = evaluate_store(
        store_of(tmp_path / "store", [*past, *fresh]), definitions=[SHIPPED, QUICK], splits=SPLITS[:1]
    )
    assert other.splits[0].actors == evaluation.splits[0].actors
    assert other.splits[0].new_people == 50
    assert other.splits[0].page_rank_iterations == evaluation.splits[0].page_rank_iterations


def test_default_splits_are_used(store):
    assert len(evaluate_store(store, definitions=[SHIPPED]).splits) == 3


def test_progress_is_told(store):
    heard = []
    evaluate_store(
        store,
        definitions=[SHIPPED],
        splits=SPLITS,
        progress=lambda stage, done, total: heard.append((stage, done, total)),
    )
    assert [entry[1:] for entry in heard] == [(0, 2), (1, 2), (2, 2)]


def test_a_measure_of_some_splits_has_no_mean(acts, tmp_path):
    """Profiles are read after the first cut: followers are known in the second split only."""
    store = store_of(tmp_path / "store", acts)
    ids = [f"n:a{number}" for number in range(40)]
    observed = pa.array([day(5)] * 40, pa.timestamp("us", tz="UTC"))
    store.add_actors(
        pa.table(
            {
                "actor_id": ids,
                "network": ["n"] * 40,
                "followers_count": list(range(40)),
                "observed_at": observed,
            }
        )
    )
    found = evaluate_store(store, definitions=[SHIPPED], splits=SPLITS)
    assert [row.split for row in found.rows if row.measure == "followers"] == [2]
    assert "followers" not in {one.measure for one in found.means}
    (skipped,) = found.skipped
    assert skipped.reason.startswith("split 1: known of 0%")


def test_bad_questions_are_refused(store, tmp_path):
    with pytest.raises(InputError, match="boost"):
        evaluate_store(store, definitions=[SHIPPED], splits=SPLITS, future_kinds=["boost"])
    with pytest.raises(InputError, match="no definition"):
        evaluate_store(store, definitions=[], splits=SPLITS)
    with pytest.raises(InputError, match="no split"):
        evaluate_store(store, definitions=[SHIPPED], splits=[])
    with pytest.raises(DefinitionError, match="both called renown-1"):
        evaluate_store(store, definitions=[SHIPPED, SHIPPED], splits=SPLITS)
    with pytest.raises(StoreNotFoundError):
        evaluate_store(TableStore(str(tmp_path / "nothing")), definitions=[SHIPPED])
    with pytest.raises(TooLittleInputError, match="nobody can be ranked"):
        evaluate_store(store, definitions=[SHIPPED], splits=[Split(day(-2), day(4))])
    with pytest.raises(TooLittleInputError, match="Nobody new"):
        evaluate_store(store, definitions=[SHIPPED], splits=[Split(day(20), day(21))])
