"""Visiting addresses: robots.txt first, one site not too often, nothing inside, nothing without bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from renown.errors import SourceAnswerError, SourceRefusedError
from renown.sources.openweb.addresses import PUBLIC_ONLY, Allowance, read_address
from renown.sources.openweb.pages import FEED_TYPES, PAGE_TYPES
from renown.sources.openweb.robots import LONGEST_ROBOTS_BYTES, NOTHING_ALLOWED, Rules, read_robots
from renown.sources.polite import Answer, Manners, PoliteClient
from renown.store.harvest import Validator

if TYPE_CHECKING:
    from renown.sources.openweb.guarded import GuardedTransport

PAGE_ACCEPT: Final = ", ".join(PAGE_TYPES)
FEED_ACCEPT: Final = ", ".join((*FEED_TYPES, *PAGE_TYPES))

_ROBOTS_HOURS: Final = 12
_MOST_SITES: Final = 1_000
"""Sites whose rules are remembered; then everything is asked anew, so that nothing grows without end."""

MODEST: Final = Manners(
    concurrent_count=4, attempts_count=2, longest_wait_seconds=60.0, timeout_seconds=10.0, answer_seconds=30.0
)


@dataclass(frozen=True)
class Visit:
    """What came of a visit: an answer, or the flag that kept Renown out."""

    url: str
    """where the answer came from, in its one spelling, redirects followed"""
    answer: Answer | None = None
    flag: str | None = None


class WebReader:
    """Visits pages and feeds of the open web; may be used from several threads.

    Args:     transport: how requests travel; default: the guarded one, to the public internet only.
              allowance: what is allowed beyond the public internet; must be the transport's.
              pause_seconds: between two requests to one host; robots.txt may ask for more.
    """

    def __init__(
        self,
        *,
        transport: GuardedTransport | None = None,
        allowance: Allowance = PUBLIC_ONLY,
        manners: Manners = MODEST,
        pause_seconds: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        from renown.sources.openweb.guarded import GuardedTransport

        self.allowance = allowance
        self._transport = transport or GuardedTransport(allowance=allowance)
        self._manners = manners
        self._pause_seconds = pause_seconds
        self._sleep = sleep
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._rules: dict[str, tuple[float, Rules]] = {}
        self._delays: dict[str, float] = {}
        self._next_at: dict[str, float] = {}
        self._client = PoliteClient(
            "web", manners=self._manners, transport=self._transport, sleep=self._sleep
        )

    def visit(self, url: str, *, accept: str = FEED_ACCEPT, validator: Validator | None = None) -> Visit:
        """Ask for an address, unless its site does not want it to be read.

        Raises:   UnsafeAddressError, SourceRefusedError (with status), SourceAnswerError,
                  SourceUnreachableError, SourceLimitError.
        """
        from renown.sources.openweb.guarded import FINAL_URL_HEADER

        asked = read_address(url, allowance=self.allowance)
        if not self._may_read(asked.url):
            return Visit(asked.url, flag="robots.txt")
        self._wait_for_turn(asked.host)
        answer = self._client.get(asked.url, headers={"accept": accept}, validator=validator)
        final = answer.headers.get(FINAL_URL_HEADER, asked.url)
        if final != asked.url and not self._may_read(final):
            return Visit(final, flag="robots.txt")
        return Visit(final, answer=answer)

    def _may_read(self, url: str) -> bool:
        address = read_address(url, allowance=self.allowance)
        known = self._rules.get(address.origin)
        if known is None or known[0] < time.monotonic():
            self._wait_for_turn(address.host)
            rules = self._ask_for_rules(address.origin)
            with self._lock:
                if len(self._rules) >= _MOST_SITES:
                    self._forget()
                self._delays[address.host] = rules.delay_seconds
                self._rules[address.origin] = (time.monotonic() + _ROBOTS_HOURS * 3_600, rules)
            known = self._rules.get(address.origin, (0.0, rules))
        return known[1].allows(address.target)

    def _ask_for_rules(self, origin: str) -> Rules:
        """What robots.txt says. None there: everything is allowed. In no readable form: nothing is."""
        try:
            answer = self._client.get(f"{origin}/robots.txt", headers={"accept": "*/*"})
        except SourceRefusedError:
            return Rules()
        except SourceAnswerError:
            return NOTHING_ALLOWED
        return read_robots(answer.content[:LONGEST_ROBOTS_BYTES].decode("utf-8", "replace"))

    def _wait_for_turn(self, host: str) -> None:
        """Take the next free moment of a host."""
        with self._lock:
            pause = max(self._pause_seconds, self._delays.get(host, 0.0))
            now = time.monotonic()
            turn = max(now, self._next_at.get(host, 0.0))
            self._next_at[host] = turn + pause
        if turn > now:
            self._sleep(turn - now)

    def close(self) -> None:
        """Let go of what is open."""
        self._client.close()
