"""The store: Delta tables on a folder or an object store, and nothing else that owns them."""

from renown.store.records import Actor, Finding, ImportReport
from renown.store.table_store import TableStore

__all__ = ["Actor", "Finding", "ImportReport", "TableStore"]
