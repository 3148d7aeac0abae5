"""Whole processes from outside: wall clock, processor time and peak memory, everything included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

_KILOBYTES_PER_GB = 1e6 if sys.platform != "darwin" else 1e9


@dataclass(frozen=True)
class Measured:
    """One finished process."""

    wall_seconds: float
    cpu_seconds: float
    peak_gb: float


class BenchmarkError(Exception):
    """A measured command did not end well; its figure would mean nothing."""


def measure(command: Sequence[str], *, runs: int = 1) -> Measured:
    """Run a command to its end, `runs` times, and take the median by wall clock."""
    return sorted((_once(command) for _ in range(runs)), key=lambda one: one.wall_seconds)[runs // 2]


def _once(command: Sequence[str]) -> Measured:
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    complaints = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise BenchmarkError(f"{' '.join(command)}\n{complaints.decode(errors='replace')}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KILOBYTES_PER_GB)
