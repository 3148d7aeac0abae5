from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from renown.errors import MomentError, StoreNotFoundError, TooLittleInputError
from renown.evaluate import Split, default_splits
from renown.store import TableStore
from tests.unit.evaluate.worlds import Act, day, random_acts, store_of


def test_five_days_make_three_cuts_at_midnight(tmp_path):
    store = store_of(tmp_path / "store", random_acts(1, days=5.0))
    splits = default_splits(store)
    assert [split.train_until for split in splits] == [day(2), day(3), day(4)]
    assert [split.test_until for split in splits][:2] == [day(3), day(4)]
    assert day(4.9) < splits[-1].test_until <= day(5)
    assert all(split.train_from is None for split in splits)


def test_the_newest_interaction_is_in_the_last_future(tmp_path):
    acts = random_acts(2, days=20.0)
    split = default_splits(store_of(tmp_path / "store", acts), count=1)[0]
    newest = max(act.day for act in acts)
    assert split.train_until < day(newest) < split.test_until


def test_hours_are_not_cut_at_midnight(tmp_path):
    splits = default_splits(store_of(tmp_path / "store", random_acts(3, days=0.5)))
    lengths = [split.test_until - split.train_until for split in splits]
    assert max(lengths) - min(lengths) < timedelta(seconds=1)
    assert abs(lengths[0] - timedelta(hours=12) / 5) < timedelta(minutes=5)


@pytest.mark.parametrize("days", [3, 4])
def test_cuts_that_would_meet_at_one_midnight_stay_where_they_are(tmp_path, days):
    acts = [Act(f"f{n}", "a", "like", days * n / 600) for n in range(600)]
    splits = default_splits(store_of(tmp_path / "store", acts))
    lengths = [one.test_until - one.train_until for one in splits]
    assert max(lengths) - min(lengths) < timedelta(seconds=1)
    assert lengths[0].total_seconds() == pytest.approx(days * 86_400 / 5, rel=0.01)


def test_a_burst_is_cut_by_number(tmp_path):
    """Nearly everything happens on the first day: equal stretches of time would have empty futures."""
    acts = [*random_acts(4, count=995, days=1.0), *[Act("x", "y", "like", 5 + number) for number in range(5)]]
    store = store_of(tmp_path / "store", acts)
    splits = default_splits(store)
    bounds = [split.train_until for split in splits] + [splits[-1].test_until]
    held = [sum(low <= day(act.day) < high for act in acts) for low, high in pairwise(bounds)]
    assert sum(held) == pytest.approx(600, abs=10)
    assert min(held) > 150


def test_too_little_is_refused(tmp_path):
    with pytest.raises(StoreNotFoundError):
        default_splits(TableStore(str(tmp_path / "nothing")))
    with pytest.raises(TooLittleInputError, match="too few"):
        default_splits(store_of(tmp_path / "few", random_acts(5, count=50)))
    moment = [Act(f"a{number}", "b", "like", 1) for number in range(200)]
    with pytest.raises(TooLittleInputError, match="one moment"):
        default_splits(store_of(tmp_path / "moment", moment))
    two = [Act(f"a{number}", "b", "like", float(number == 0)) for number in range(200)]
    with pytest.raises(TooLittleInputError, match="cannot be cut"):
        default_splits(store_of(tmp_path / "two", two))


def test_moments_must_rise_and_have_a_zone():
    with pytest.raises(MomentError, match="rise"):
        Split(day(2), day(1))
    with pytest.raises(MomentError, match="rise"):
        Split(day(2), day(3), train_from=day(2))
    with pytest.raises(MomentError, match="zone"):
        Split(datetime(2026, 1, 1), day(1))  # noqa: DTZ001
    assert Split(datetime(2026, 1, 1, tzinfo=UTC), day(1)).train_from is None
