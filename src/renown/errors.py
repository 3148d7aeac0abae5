"""Everything that can go wrong, as one tree.

Each error says what happened, what to do (`hint`), and whether trying again may help (`is_retryable`).

    RenownError
    ├── InputError               something handed in cannot be read
    │   ├── SourceFileError      a file is missing, empty, damaged or not what its name says
    │   ├── ColumnsError         the columns asked for are not the columns found
    │   ├── MappingError         a mapping file does not say how to read what was given
    │   └── RejectedRowsError    strict import: a row could not be read
    ├── SourceError              a network or server does not give what was asked
    │   ├── SourceUnreachableError   no answer, or one cut short (retryable)
    │   ├── SourceLimitError     too much was asked in too short a time (retryable, says when)
    │   ├── SourceRefusedError   it says no: not there, not allowed
    │   ├── SourceAnswerError    it answers, but not in the form that was agreed
    │   ├── CursorError          the place where reading stopped is no longer known
    │   └── UnsafeAddressError   an address leads where nothing may be fetched from
    ├── DefinitionError          a score definition is not valid
    ├── MomentError              a date or time cannot be understood or makes no sense here
    ├── StoreError               the store cannot be used
    │   ├── StoreNotFoundError   nothing there
    │   ├── StoreVersionError    written by a newer Renown
    │   ├── StoreConflictError   somebody else wrote at the same time (retryable)
    │   ├── StoreFullError       no space left
    │   └── StoreDamagedError    a table is missing or its files cannot be read
    ├── NotInStoreError          a name leads to nothing
    │   ├── ActorNotFoundError   no such actor (suggestions attached)
    │   ├── AmbiguousActorError  several actors answer to the name (candidates attached)
    │   └── RunNotFoundError     no such scoring run
    ├── TooLittleInputError      not enough to compute what was asked
    └── EngineError              an engine failed to run a step
"""

from __future__ import annotations

from collections.abc import Sequence


class RenownError(Exception):
    """Base of every error that Renown raises on purpose."""

    is_retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InputError(RenownError):
    """Something handed in cannot be read."""


class SourceFileError(InputError):
    """A file is missing, empty, damaged, or not what its name says."""


class ColumnsError(InputError):
    """The columns asked for are not the columns found."""


class MappingError(InputError):
    """A mapping file does not say how to read what was given."""


class RejectedRowsError(InputError):
    """A strict import met a row that cannot be read."""


class SourceError(RenownError):
    """A network or server does not give what was asked."""


class SourceUnreachableError(SourceError):
    """There was no answer, or one that was cut short."""

    is_retryable = True


class SourceLimitError(SourceError):
    """More was asked than the server allows in so short a time."""

    is_retryable = True

    def __init__(self, message: str, *, hint: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class SourceRefusedError(SourceError):
    """The server says no: what was asked is not there, or may not be read. `status`: in HTTP's words."""

    def __init__(self, message: str, *, hint: str = "", status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class SourceAnswerError(SourceError):
    """The server answers, but not in the form that was agreed."""


class CursorError(SourceError):
    """The place where reading stopped is no longer known to the source."""


class UnsafeAddressError(SourceError):
    """An address leads where nothing may be fetched from: inside this machine or its network."""


class DefinitionError(RenownError):
    """A score definition is not valid."""


class MomentError(RenownError):
    """A date or time cannot be understood, or makes no sense where it is used."""


class StoreError(RenownError):
    """The store cannot be used."""


class StoreNotFoundError(StoreError):
    """There is no store at this place."""


class StoreVersionError(StoreError):
    """The store was written by a newer Renown than this one."""


class StoreConflictError(StoreError):
    """Somebody else wrote to the store at the same time."""

    is_retryable = True


class StoreFullError(StoreError):
    """No space is left where the store is kept."""


class StoreDamagedError(StoreError):
    """A table of the store is missing or its files cannot be read."""


class NotInStoreError(RenownError):
    """A name leads to nothing in this store."""


class ActorNotFoundError(NotInStoreError):
    """No actor answers to this name."""

    def __init__(self, name: str, suggestions: Sequence[str] = ()) -> None:
        hint = (
            f"Did you mean {', '.join(suggestions)}?" if suggestions else "See `renown top` for who is there."
        )
        super().__init__(f"No actor is called {name!r} in this store.", hint=hint)
        self.name = name
        self.suggestions = tuple(suggestions)


class AmbiguousActorError(NotInStoreError):
    """Several actors answer to this name."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(
            f"{name!r} may be {len(candidates)} actors: {', '.join(candidates)}.",
            hint="Name one of them in full, as network:id.",
        )
        self.name = name
        self.candidates = tuple(candidates)


class RunNotFoundError(NotInStoreError):
    """No scoring run has this id, or there is none yet."""


class TooLittleInputError(RenownError):
    """There is not enough in the store to compute what was asked."""


class EngineError(RenownError):
    """An engine failed to run a step."""
