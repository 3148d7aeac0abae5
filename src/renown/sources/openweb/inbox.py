"""Webmentions that wait to be verified: a queue of bounded size, a few workers, and what became of each.

What was verified within a moment is handed over together, because a store keeps a hundred at once as quickly
as one. Given a file, what waits is on disk until it is done with, and is taken up again after a restart.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from renown.errors import RenownError, SourceLimitError
from renown.sources.openweb.mentions import Verdict, mention_harvest
from renown.sources.openweb.sites import site_of
from renown.sources.openweb.waiting import Waiting, WaitingFile
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
        batch_count, batch_seconds: what was verified is handed over when it is so many, when the first of
            them has waited so long, or when nothing more is being verified.
    """

    waiting_count: int = 1_000
    per_site_count: int = 20
    kept_count: int = 10_000
    workers_count: int = 4
    batch_count: int = 200
    batch_seconds: float = 1.0


@dataclass(frozen=True)
class Receipt:
    """A mention that was taken. `token` cannot be guessed: only who sent it can ask what became of it."""

    token: str
    source: str
    target: str
    state: MentionProgress
    received_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class _Judged:
    """A mention that was verified, and is not handed over yet."""

    receipt: Receipt
    state: MentionProgress
    reason: str
    harvest: Harvest | None


class MentionInbox:
    """Takes mentions, verifies them in turn, hands over what they change. Close it, or use `with`.

    Args:     verify: (source, target) to a verdict. deliver: takes what verdicts change, in order; called by
              one thread. What it raises is tried again one by one, so that it fails one mention only.
              waiting_file: where mentions wait across a restart; None: in memory only.
    """

    def __init__(
        self,
        *,
        verify: Callable[[str, str], Verdict],
        deliver: Callable[[Sequence[Harvest]], None],
        limits: InboxLimits | None = None,
        waiting_file: WaitingFile | None = None,
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
        self._file = waiting_file
        self._judged: list[_Judged] = []
        self._first_judged_at = 0.0
        self._has_workers = True
        for one in waiting_file.all() if waiting_file else ():
            self._queue(Receipt(one.token, one.source, one.target, "waiting", one.received_at))
        self._keeper = threading.Thread(target=self._keep, name="webmention-keeper", daemon=True)
        self._keeper.start()
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
            if self._file is not None:
                self._file.add(Waiting(token, source, target, receipt.received_at))
            self._queue(receipt)
            self._changed.notify_all()
        return receipt, True

    def _queue(self, receipt: Receipt) -> None:
        self._receipts[receipt.token] = receipt
        self._tokens[receipt.source, receipt.target] = receipt.token
        self._by_site[site_of(receipt.source)] += 1
        self._waiting.append(receipt.token)
        self._forget_oldest()

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
        """Take nothing more, finish what is being verified; returns how many were left waiting."""
        with self._changed:
            self._is_closed = True
            left = len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.join(timeout_seconds)
        with self._changed:
            self._has_workers = False
            self._changed.notify_all()
        self._keeper.join(timeout_seconds)
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
            judged = self._judge(receipt)
            with self._changed:
                self._first_judged_at = self._first_judged_at if self._judged else time.monotonic()
                self._judged.append(judged)
                self._changed.notify_all()

    def _keep(self) -> None:
        """Hand over what was verified, batch by batch."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._judged or not self._has_workers)
                if not self._judged:
                    return
                left = self._first_judged_at + self._limits.batch_seconds - time.monotonic()
                self._changed.wait_for(self._is_due, timeout=max(0.0, left))
                batch, self._judged = self._judged, []
            done = self._handed_over(batch)
            self._forget_waiting(done)
            with self._changed:
                for one in done:
                    self._under_way -= 1
                    self._note(one.receipt.token, one.state, one.reason)
                    self._tokens.pop((one.receipt.source, one.receipt.target), None)
                    self._by_site -= Counter({site_of(one.receipt.source): 1})
                self._forget_oldest()
                self._changed.notify_all()

    def _is_due(self) -> bool:
        is_idle = len(self._judged) == self._under_way and not self._waiting
        return is_idle or len(self._judged) >= self._limits.batch_count or not self._has_workers

    def _handed_over(self, batch: Sequence[_Judged]) -> list[_Judged]:
        """The same mentions, as they came out."""
        harvests = [one.harvest for one in batch if one.harvest is not None]
        if not harvests:
            return list(batch)
        try:
            self._deliver(harvests)
        except Exception as error:
            if len(harvests) > 1:
                return [kept for one in batch for kept in self._handed_over([one])]
            reason = "not-kept" if isinstance(error, RenownError) else "fault"
            # beside it in the batch may be some that failed before, for reasons of their own
            return [
                one if one.harvest is None else replace(one, state="failed", reason=reason) for one in batch
            ]
        return list(batch)

    def _forget_waiting(self, done: Sequence[_Judged]) -> None:
        """Their fate is in the store; one that cannot be struck off is only looked at once more."""
        if self._file is not None:
            with suppress(RenownError):
                self._file.remove([one.receipt.token for one in done])

    def _note(self, token: str, state: MentionProgress, reason: str) -> Receipt:
        receipt = replace(self._receipts[token], state=state, reason=reason)
        self._receipts[token] = receipt
        return receipt

    def _judge(self, receipt: Receipt) -> _Judged:
        """Verify one mention. Nothing that goes wrong here ends the worker."""
        try:
            verdict = self._verify(receipt.source, receipt.target)
            return _Judged(receipt, verdict.state, verdict.reason, mention_harvest(verdict))
        except RenownError:
            return _Judged(receipt, "failed", "not-kept", None)
        except Exception:
            return _Judged(receipt, "failed", "fault", None)


def _full(message: str) -> SourceLimitError:
    return SourceLimitError(message, hint="Send it again later.", retry_after_seconds=RETRY_SECONDS)
