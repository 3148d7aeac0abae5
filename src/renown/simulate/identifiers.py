"""Identifiers made from numbers, a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from renown.simulate.chance import Bits, Bools, Ints
from renown.simulate.people import NETWORKS

if TYPE_CHECKING:
    import pyarrow as pa

_DECIMAL: Final = np.frombuffer(b"0123456789", np.uint8)
_BASE_32: Final = np.frombuffer(b"234567abcdefghijklmnopqrstuvwxyz", np.uint8)
_ACCOUNT_DIGITS: Final = 8
_LONG_DIGITS: Final = 13


def account_ids(network: Ints, account: Ints) -> pa.StringArray:
    """The actor id of each account.

    Example:
        >>> import numpy as np
        >>> account_ids(np.array([0, 1]), np.array([7, 12]))[1].as_py()
        'harbor:u00000012'
    """
    number = account.astype(np.uint64)
    powers = np.array([10**place for place in reversed(range(_ACCOUNT_DIGITS))], np.uint64)
    digits = _DECIMAL[(number[:, None] // powers) % np.uint64(10)]
    return _prefixed(network, "u", digits, None)


def long_ids(network: Ints, letter: str, number: Bits, is_missing: Bools | None = None) -> pa.StringArray:
    """An id for each 64-bit number, null where it is missing.

    Example:
        >>> import numpy as np
        >>> long_ids(np.array([0]), "p", np.array([2**64 - 1], np.uint64))[0].as_py()
        'meadow:pjzzzzzzzzzzzz'
    """
    shifts = np.array([5 * place for place in reversed(range(_LONG_DIGITS))], np.uint64)
    digits = _BASE_32[(number[:, None] >> shifts) & np.uint64(31)]
    return _prefixed(network, letter, digits, is_missing)


def _prefixed(network: Ints, letter: str, digits: Ints, is_missing: Bools | None) -> pa.StringArray:
    """Write `network:letter` before the digits. All network names are equally long, so every id is."""
    import pyarrow as pa

    prefixes = np.array([np.frombuffer(f"{name}:{letter}".encode(), np.uint8) for name in NETWORKS])
    width = prefixes.shape[1] + digits.shape[1]
    letters = np.empty((len(network), width), np.uint8)
    letters[:, : prefixes.shape[1]] = prefixes[network]
    letters[:, prefixes.shape[1] :] = digits
    offsets = np.arange(len(network) + 1, dtype=np.int32) * np.int32(width)
    valid = None
    if is_missing is not None:
        valid = pa.py_buffer(np.packbits(~is_missing, bitorder="little"))
    return pa.StringArray.from_buffers(len(network), pa.py_buffer(offsets), pa.py_buffer(letters), valid)
