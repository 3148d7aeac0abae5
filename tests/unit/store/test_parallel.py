"""Work on several items at once."""

import threading
import time

import pytest

from renown.errors import SourceFileError
from renown.store.parallel import in_order


def test_results_come_in_the_order_of_the_items():
    def work(item):
        time.sleep(0.01 * (item % 3 == 0))
        return item * item

    assert list(in_order(work, range(20), threads=3)) == [n * n for n in range(20)]


def test_an_error_of_the_items_comes_after_the_results_before_it():
    def items():
        yield from range(3)
        raise SourceFileError("The file ends here.")

    results = in_order(lambda item: item, items(), threads=4)
    assert [next(results), next(results), next(results)] == [0, 1, 2]
    with pytest.raises(SourceFileError, match="ends here"):
        next(results)


def test_no_more_items_are_in_use_than_promised():
    given, returned, most = 0, 0, 0
    lock = threading.Lock()

    def items():
        nonlocal given, most
        for item in range(50):
            with lock:
                given += 1
                most = max(most, given - returned)
            yield item

    for _ in in_order(lambda item: item, items(), threads=3):
        with lock:
            returned += 1
    assert most <= 5
