"""What a score is: frozen, hashed by content, written as TOML."""

from renown.definitions.definition import (
    SHIPPED_DEFINITION,
    Definition,
    Freshness,
    load_definition,
    parse_definition,
)

__all__ = ["SHIPPED_DEFINITION", "Definition", "Freshness", "load_definition", "parse_definition"]
