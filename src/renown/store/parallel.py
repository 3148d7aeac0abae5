"""Work on several stretches at once, handing results back in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_THREADS = 8


def thread_count() -> int:
    """Threads that compute at once: the processors this process may use, at most eight."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:
        available = os.cpu_count() or 1
    return min(MOST_THREADS, available)


def read_ahead(items: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """The same items, with up to `depth` of them read by another thread while the caller works on one.

    An error of the reading is raised where its item would have come; leaving early stops the reading.
    """
    queue: Queue[tuple[Item | None, BaseException | None]] = Queue(depth)
    is_wanted = Event()
    is_wanted.set()

    def hand_over(item: Item | None, error: BaseException | None) -> None:
        """Put an item, an error or the end into the queue, unless nobody wants more."""
        while is_wanted.is_set():
            with suppress(Full):
                queue.put((item, error), timeout=0.1)
                return

    def read() -> None:
        """Hand over every item and then the end, or the error that came instead."""
        try:
            for item in items:
                hand_over(item, None)
                if not is_wanted.is_set():
                    return
        except BaseException as error:
            hand_over(None, error)
        else:
            hand_over(None, None)

    reader = Thread(target=read, daemon=True, name="renown-read-ahead")
    reader.start()
    try:
        while True:
            item, error = queue.get()
            if error is not None:
                raise error
            if item is None:
                return
            yield item
    finally:
        is_wanted.clear()
        reader.join()


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], *, threads: int | None = None
) -> Iterator[Result]:
    """Results of `work` in the order of `items`; only a few are ever waiting, so memory stays bounded.

    The work must release the interpreter's lock (Arrow and the compiled kernels do) to run in parallel. An
    error of `items` is raised where its result would have come. At most `threads` + 2 items are in use.
    """
    remaining = iter(items)
    threads = threads or thread_count()
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()

        def submit(count: int) -> None:
            """Begin the next so many items; an error of theirs takes the place of a result."""
            try:
                waiting.extend(pool.submit(work, item) for item in islice(remaining, count))
            except Exception as error:
                waiting.append(_failed(error))

        try:
            submit(threads + 1)
            while waiting:
                result = waiting.popleft().result()
                submit(1)
                yield result
        finally:
            for future in waiting:
                future.cancel()


def run_all(work: Callable[[Item], None], items: Iterable[Item]) -> None:
    """Do the same with work that leaves its results elsewhere, and wait until all of it is done."""
    for _ in in_order(work, items):
        pass


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
