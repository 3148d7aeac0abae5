"""Where an import keeps what it has read until it is complete, so that a broken one changes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from renown.store.delta import Delta

_FOLDER = "_staging"
_LOCK = "writer.lock"


@contextmanager
def staging_folder(delta: Delta) -> Iterator[Path]:
    """A folder of this import's own; gone afterwards, and after a kill swept by the next import."""
    root = staging_root(delta)
    folder = root / uuid.uuid4().hex
    was_missing = [path for path in (root, *root.parents) if not path.exists()]
    folder.mkdir(parents=True)
    for leftover in leftovers(delta):
        shutil.rmtree(leftover, ignore_errors=True)
    lock = _hold(folder)
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)
        for path in was_missing or [root]:
            _remove_if_empty(path)


def staging_root(delta: Delta) -> Path:
    """Beside the tables for a folder, so that one disk is enough; among temporary files for a URL."""
    if delta.is_local():
        return Path(delta.location.removeprefix("file://")) / _FOLDER
    return Path(tempfile.gettempdir()) / "renown-staging"


def leftovers(delta: Delta) -> list[Path]:
    """Staging folders whose import is no longer alive."""
    root = staging_root(delta)
    return [path for path in sorted(root.iterdir()) if _is_abandoned(path)] if root.is_dir() else []


def _hold(folder: Path) -> int:
    descriptor = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR)
    _try_lock(descriptor)
    return descriptor


def _is_abandoned(folder: Path) -> bool:
    """The lock of a living writer cannot be taken; the system lets go of a dead one's."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # no such lock on this system: never call a folder abandoned
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return
