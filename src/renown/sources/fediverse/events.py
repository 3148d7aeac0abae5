"""Server-sent events, read in a thread of their own, so that whoever takes them in can count the seconds."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from renown.errors import SourceError
from renown.sources.polite import PoliteClient

QUEUE_COUNT: Final = 5_000
"""Events that wait; then the server is not read on, and holds back what it has."""


@dataclass(frozen=True)
class Event:
    """What a stream said; or, with `fault`, why it said no more; with `is_begin`, that it can be heard."""

    name: str = ""
    payload: str = ""
    fault: SourceError | None = None
    is_begin: bool = False


def read_events(lines: Iterator[str]) -> Iterator[Event]:
    """Events from the lines of a stream; comments, which are its heartbeat, say nothing.

    Example:
        >>> list(read_events(iter([":)", "event: delete", "data: 7", "", "data: lost"])))
        [Event(name='delete', payload='7', fault=None, is_begin=False)]
    """
    name = ""
    payload: list[str] = []
    for line in lines:
        if not line:
            if payload:
                yield Event(name, "\n".join(payload))
            name, payload = "", []
            continue
        label, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if label == "event":
            name = value
        elif label == "data":
            payload.append(value)


class Listener:
    """Listens until it is closed or the stream ends; what ended it is the last event."""

    def __init__(
        self, client: PoliteClient, url: str, parameters: Mapping[str, Any], headers: Mapping[str, str]
    ) -> None:
        self._events: queue.Queue[Event] = queue.Queue(QUEUE_COUNT)
        self._is_closed = threading.Event()
        self._thread = threading.Thread(
            target=self._listen, args=(client, url, parameters, headers), name="listener", daemon=True
        )
        self._thread.start()

    def take(self, *, seconds: float, limit_count: int) -> list[Event]:
        """What has been said, waiting for so long at the most, or for so many events."""
        taken: list[Event] = []
        latest = time.monotonic() + seconds
        while len(taken) < limit_count and (left := latest - time.monotonic()) > 0:
            try:
                taken.append(self._events.get(timeout=left))
            except queue.Empty:
                break
        return taken

    def close(self) -> None:
        """Listen no more. Close the client as well: that ends a thread that waits for the server."""
        self._is_closed.set()

    def _listen(
        self, client: PoliteClient, url: str, parameters: Mapping[str, Any], headers: Mapping[str, str]
    ) -> None:
        from renown.errors import SourceUnreachableError

        fault: SourceError = SourceUnreachableError(f"{url} ended its stream.")
        try:
            with client.stream(url, parameters, headers=headers) as lines:
                self._put(Event(is_begin=True))
                for event in read_events(lines):
                    if not self._put(event):
                        return
        except SourceError as error:
            fault = error
        except Exception as error:  # closed from outside while it waited
            fault = SourceUnreachableError(f"{url} broke off: {error}")
        self._put(Event(fault=fault))

    def _put(self, event: Event) -> bool:
        while not self._is_closed.is_set():
            try:
                self._events.put(event, timeout=0.5)
            except queue.Full:
                continue
            return True
        return False
