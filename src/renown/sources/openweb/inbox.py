"""Webmentions that wait to be verified: a queue of bounded size, a few workers, and what became of each."""

from __future__ import annotations

import secrets
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from renown.errors import RenownError, SourceLimitError
from renown.sources.openweb.mentions import Verdict, mention_harvest
from renown.sources.openweb.sites import site_of
from renown.store.harvest import Harvest

MentionProgress = Literal[
    "waiting", "checking", "verified", "gone", "no-link", "refused", "unreachable", "failed"
]

RETRY_SECONDS: Final = 600.0
"""When a sender that was turned away may come again."""

_TOKEN_BYTES: Final = 16


@dataclass(frozen=True)
class InboxLimits:
    """How much an inbox holds.

    Fields:
        waiting_count: mentions that wait to be verified, in all.
        per_site_count: of those, how many sources of one site.
        kept_count: mentions whose fate can still be asked for.
        workers_count: mentions verified at once.
    """

    waiting_count: int = 1_000
    per_site_count: int = 20
    kept_count: int = 10_000
    workers_count: int = 2


@dataclass(frozen=True)
class Receipt:
    """A mention that was taken. `token` cannot be guessed: only who sent it can ask what became of it."""

    token: str
    source: str
    target: str
    state: MentionProgress
    received_at: datetime
    reason: str = ""


class MentionInbox:
    """Takes mentions, verifies them in turn, hands over what they change. Close it, or use `with`.

    Args:     verify: (source, target) to a verdict. deliver: takes what a verdict changes; called by one
              thread at a time. What it raises fails that mention only.
    """

    def __init__(
        self,
        *,
        verify: Callable[[str, str], Verdict],
        deliver: Callable[[Harvest], None],
        limits: InboxLimits | None = None,
    ) -> None:
        self._verify = verify
        self._deliver = deliver
        self._limits = limits or InboxLimits()
        self._waiting: deque[str] = deque()
        self._tokens: dict[tuple[str, str], str] = {}
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()
        self._by_site: Counter[str] = Counter()
        self._under_way = 0
        self._is_closed = False
        self._changed = threading.Condition()
        self._delivering = threading.Lock()
        self._workers = [
            threading.Thread(target=self._work, name=f"webmention-{number}", daemon=True)
            for number in range(self._limits.workers_count)
        ]
        for worker in self._workers:
            worker.start()

    def __enter__(self) -> MentionInbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def waiting_count(self) -> int:
        """Mentions that nobody has looked at yet."""
        return len(self._waiting)

    def accept(self, source: str, target: str) -> tuple[Receipt, bool]:
        """Take a mention; the second value says whether it is new. One that waits already waits once.

        Raises:   SourceLimitError: more wait than the inbox holds, in all or of one site.
        """
        site = site_of(source)
        with self._changed:
            known = self._tokens.get((source, target))
            if known is not None:
                return self._receipts[known], False
            if self._is_closed or len(self._waiting) >= self._limits.waiting_count:
                raise _full("Too many webmentions wait to be verified.")
            if self._by_site[site] >= self._limits.per_site_count:
                raise _full(f"Too many webmentions of {site} wait to be verified.")
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            receipt = Receipt(token, source, target, "waiting", datetime.now(UTC))
            self._receipts[token] = receipt
            self._tokens[source, target] = token
            self._by_site[site] += 1
            self._waiting.append(token)
            self._forget_oldest()
            self._changed.notify()
        return receipt, True

    def receipt(self, token: str) -> Receipt | None:
        """What became of a mention; None: no such mention, or one of long ago."""
        with self._changed:
            return self._receipts.get(token)

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Wait until nothing waits and nothing is being verified; False: it took too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._under_way, timeout=timeout_seconds
            )

    def close(self, *, timeout_seconds: float = 30.0) -> int:
        """Take nothing more, finish what is being verified; returns how many were left unverified."""
        with self._changed:
            self._is_closed = True
            left = len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.join(timeout_seconds)
        return left

    def _forget_oldest(self) -> None:
        """Forget what became of the oldest mentions; those that still wait are never so many."""
        while len(self._receipts) > max(self._limits.kept_count, len(self._tokens)):
            token = next(
                t for t, one in self._receipts.items() if (one.source, one.target) not in self._tokens
            )
            del self._receipts[token]

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if not self._waiting:
                    return
                token = self._waiting.popleft()
                receipt = self._note(token, "checking", "")
                self._under_way += 1
            state, reason = self._judge(receipt)
            with self._changed:
                self._under_way -= 1
                self._note(token, state, reason)
                self._tokens.pop((receipt.source, receipt.target), None)
                self._by_site -= Counter({site_of(receipt.source): 1})
                self._forget_oldest()
                self._changed.notify_all()

    def _note(self, token: str, state: MentionProgress, reason: str) -> Receipt:
        receipt = replace(self._receipts[token], state=state, reason=reason)
        self._receipts[token] = receipt
        return receipt

    def _judge(self, receipt: Receipt) -> tuple[MentionProgress, str]:
        """Verify one mention and hand over what it changes. Nothing that goes wrong here ends the worker."""
        try:
            verdict = self._verify(receipt.source, receipt.target)
            with self._delivering:
                self._deliver(mention_harvest(verdict))
        except RenownError:
            return "failed", "not-kept"
        except Exception:
            return "failed", "fault"
        return verdict.state, verdict.reason


def _full(message: str) -> SourceLimitError:
    return SourceLimitError(message, hint="Send it again later.", retry_after_seconds=RETRY_SECONDS)
