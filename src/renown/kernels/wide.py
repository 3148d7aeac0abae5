"""Loads and stores wider than a byte, for kernels that read text. Numba by itself goes byte by byte.

Whoever calls sees to it that `WIDTH` bytes from the place on are there.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic as _intrinsic

WIDTH: Final = 32
_NEWLINE: Final = 10
_QUOTE: Final = 34
_BACKSLASH: Final = 92
_FIRST_PRINTABLE: Final = 32

intrinsic: Any = _intrinsic  # what it makes is called without the first parameter


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, place: Any) -> Any:
    content = context.make_array(array_type)(context, builder, array).data
    return builder.gep(content, [place])


def _splat(value: int) -> Any:
    vector = ir.VectorType(ir.IntType(8), WIDTH)
    return ir.Constant(vector, [value] * WIDTH)


@intrinsic
def word_at(typing_context, text, place):  # type: ignore[no-untyped-def]  # numba calls it
    """The 8 bytes at a place as one number, the first byte lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        return builder.load(builder.bitcast(pointer, ir.IntType(64).as_pointer()), align=1)

    return types.int64(text, types.int64), generate


@intrinsic
def marks_at(typing_context, text, place):  # type: ignore[no-untyped-def]  # numba calls it
    """Which of 32 bytes end a string or need a look: quotes, backslashes, control characters. A bit each."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        vector = ir.VectorType(ir.IntType(8), WIDTH)
        found = builder.load(builder.bitcast(pointer, vector.as_pointer()), align=1)
        is_quote = builder.icmp_unsigned("==", found, _splat(_QUOTE))
        is_backslash = builder.icmp_unsigned("==", found, _splat(_BACKSLASH))
        is_control = builder.icmp_unsigned("<", found, _splat(_FIRST_PRINTABLE))
        marked = builder.or_(builder.or_(is_quote, is_backslash), is_control)
        bits = builder.bitcast(marked, ir.IntType(WIDTH))
        return builder.zext(bits, ir.IntType(64))

    return types.int64(text, types.int64), generate


@intrinsic
def newlines_at(typing_context, text, place):  # type: ignore[no-untyped-def]  # numba calls it
    """Which of 32 bytes are newlines. A bit each."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        vector = ir.VectorType(ir.IntType(8), WIDTH)
        found = builder.load(builder.bitcast(pointer, vector.as_pointer()), align=1)
        bits = builder.bitcast(builder.icmp_unsigned("==", found, _splat(_NEWLINE)), ir.IntType(WIDTH))
        return builder.zext(bits, ir.IntType(64))

    return types.int64(text, types.int64), generate


@intrinsic
def first_bit(typing_context, bits):  # type: ignore[no-untyped-def]  # numba calls it
    """The place of the lowest bit that is set; 64 where none is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), generate


@intrinsic
def copy_wide(typing_context, target, target_place, text, place):  # type: ignore[no-untyped-def]
    """Copy 32 bytes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.IntType(8), WIDTH).as_pointer()
        to = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        source = _pointer(context, builder, signature.args[2], arguments[2], arguments[3])
        found = builder.load(builder.bitcast(source, vector), align=1)
        builder.store(found, builder.bitcast(to, vector), align=1)
        return context.get_dummy_value()

    return types.void(target, types.int64, text, types.int64), generate
