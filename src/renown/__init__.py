"""Renown: an open measure of online influence that anybody can check.

Example:
    >>> import renown
    >>> renown.load_definition("renown-1").attention_half_life_days()
    90.0
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renown.api import Store
    from renown.api import open_store as open
    from renown.definitions import Definition, load_definition
    from renown.errors import (
        ActorNotFoundError,
        AmbiguousActorError,
        ColumnsError,
        CursorError,
        DefinitionError,
        EngineError,
        InputError,
        MappingError,
        MomentError,
        NotInStoreError,
        RejectedRowsError,
        RenownError,
        RunNotFoundError,
        SourceAnswerError,
        SourceError,
        SourceFileError,
        SourceLimitError,
        SourceRefusedError,
        SourceUnreachableError,
        StoreConflictError,
        StoreDamagedError,
        StoreError,
        StoreFullError,
        StoreNotFoundError,
        StoreVersionError,
        TooLittleInputError,
        UnsafeAddressError,
    )
    from renown.simulate import build_town

__version__ = "0.1.0"

# Where each public name lives. They are imported when first asked for, so that `import renown` costs nothing.
_HOMES = {
    "ActorNotFoundError": "renown.errors",
    "AmbiguousActorError": "renown.errors",
    "ColumnsError": "renown.errors",
    "CursorError": "renown.errors",
    "Definition": "renown.definitions",
    "DefinitionError": "renown.errors",
    "EngineError": "renown.errors",
    "InputError": "renown.errors",
    "MappingError": "renown.errors",
    "MomentError": "renown.errors",
    "NotInStoreError": "renown.errors",
    "RejectedRowsError": "renown.errors",
    "RenownError": "renown.errors",
    "RunNotFoundError": "renown.errors",
    "SourceAnswerError": "renown.errors",
    "SourceError": "renown.errors",
    "SourceFileError": "renown.errors",
    "SourceLimitError": "renown.errors",
    "SourceRefusedError": "renown.errors",
    "SourceUnreachableError": "renown.errors",
    "Store": "renown.api",
    "StoreConflictError": "renown.errors",
    "StoreDamagedError": "renown.errors",
    "StoreError": "renown.errors",
    "StoreFullError": "renown.errors",
    "StoreNotFoundError": "renown.errors",
    "StoreVersionError": "renown.errors",
    "TooLittleInputError": "renown.errors",
    "UnsafeAddressError": "renown.errors",
    "build_town": "renown.simulate",
    "load_definition": "renown.definitions",
    "open": "renown.api",
}
_NAMES_AT_HOME = {"open": "open_store"}

__all__ = [
    "ActorNotFoundError",
    "AmbiguousActorError",
    "ColumnsError",
    "CursorError",
    "Definition",
    "DefinitionError",
    "EngineError",
    "InputError",
    "MappingError",
    "MomentError",
    "NotInStoreError",
    "RejectedRowsError",
    "RenownError",
    "RunNotFoundError",
    "SourceAnswerError",
    "SourceError",
    "SourceFileError",
    "SourceLimitError",
    "SourceRefusedError",
    "SourceUnreachableError",
    "Store",
    "StoreConflictError",
    "StoreDamagedError",
    "StoreError",
    "StoreFullError",
    "StoreNotFoundError",
    "StoreVersionError",
    "TooLittleInputError",
    "UnsafeAddressError",
    "__version__",
    "build_town",
    "load_definition",
    "open",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'renown' has no attribute {name!r}")
    value = getattr(import_module(home), _NAMES_AT_HOME.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
