"""How functions are compiled. Beside this module only wide.py imports numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_WITHOUT_COUNTING: Final[dict[str, Any]] = {"error_model": "numpy", "_nrt": False}
_STEP: Final[dict[str, Any]] = {
    **_WITHOUT_COUNTING,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def compiled(function: Function) -> Function:
    """Compile on first call, keep the machine code on disk, release the interpreter's lock while running."""
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_without_allocation(function: Function) -> Function:
    """As `compiled`, for kernels that make no arrays: the counting of who holds which is left out.

    It is done with locked instructions at each call of a step: a loop over bytes was five times slower.
    """
    return cast(Function, njit(cache=True, nogil=True, **_WITHOUT_COUNTING)(function))


def inlined(function: Function) -> Function:
    """Compile into whoever calls it: a small step of a kernel that makes no arrays.

    A call that hands over arrays costs some 25 ns, because numba takes each apart into up to nine numbers.
    """
    return cast(Function, njit(forceinline=True, **_STEP)(function))


def called(function: Function) -> Function:
    """A larger or rarer step of a kernel that makes no arrays. Python cannot call it."""
    return cast(Function, njit(**_STEP)(function))
