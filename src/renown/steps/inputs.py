"""The tables that the steps read beside `interactions`."""

from __future__ import annotations

from renown.schema import Column, Table

PERSON_KEYS = Table(
    "person_keys",
    "an account of a proven person who has more than one; an account that is missing is its own person",
    ("actor_key",),
    (
        Column("actor_key", "int64", "the account", is_nullable=False),
        Column("person_key", "int64", "smallest actor_key of the person's accounts", is_nullable=False),
    ),
)

TRUST = Table(
    "trust",
    "how far a person's attention is taken at its word; a person who is missing has trust 1",
    ("actor_key",),
    (
        Column("actor_key", "int64", "the person, by person_key", is_nullable=False),
        Column("trust", "float64", "share of the person's attention that counts, 0..1", is_nullable=False),
    ),
)

INDEPENDENCE = Table(
    "independence",
    "how far a tie counts as one more independent person's; a tie that is missing counts as 1",
    ("source_person_key", "target_actor_key"),
    (
        Column("source_person_key", "int64", "the person who gave attention", is_nullable=False),
        Column("target_actor_key", "int64", "the actor who received it", is_nullable=False),
        Column(
            "independence", "float64", "share of the tie's attention that counts, 0..1", is_nullable=False
        ),
    ),
)
