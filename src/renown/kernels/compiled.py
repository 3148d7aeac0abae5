"""The one place that imports numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first call, keep the machine code on disk, release the interpreter's lock while running."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))
