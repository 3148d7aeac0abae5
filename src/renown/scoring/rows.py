"""What scoring takes from the store's rows; they are read where trust can read them too."""

from renown.store.kernel_rows import (
    KERNEL_COLUMNS,
    Stretch,
    given_and_rule,
    in_order,
    join_rows,
    kernel_rule,
    kind_codes,
    others_only,
    pick,
    read_stretch,
    row_order,
    table_rows,
)

__all__ = [
    "KERNEL_COLUMNS",
    "Stretch",
    "given_and_rule",
    "in_order",
    "join_rows",
    "kernel_rule",
    "kind_codes",
    "others_only",
    "pick",
    "read_stretch",
    "row_order",
    "table_rows",
]
