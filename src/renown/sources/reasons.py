"""Why a row can be refused: one table, which docs/reference/rejects.md lists and a test compares."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "missing_source": "nobody is named as the source, who gives attention",
    "missing_target": "nobody is named as the target, who receives it",
    "missing_time": "there is no time",
    "missing_kind": "there is no kind, and no default kind was given",
    "missing_network": "an id does not begin with its network, and no network was given",
    "unreadable_id": "an id is neither text nor a whole number",
    "unreadable_time": "the time is neither an epoch number nor ISO 8601",
    "unknown_kind": "the kind is none that is known, and was not translated",
    "id_too_long": "an id is longer than 512 bytes",
    "time_without_zone": "the time does not say its zone, and no time zone was given",
    "time_before_2000": "the time lies before 2000, so its unit is probably not what it seems",
    "time_in_future": "the time lies more than a day ahead of now",
    "mixed_time_unit": "the time is in another unit than the first of the file",
    "wrong_column_count": "the row has more or fewer columns than the file",
    "broken_quotes": "the quotes of the row do not open and close as those of CSV do",
    "stray_carriage_return": "a carriage return stands in the middle of the line",
    "invalid_utf8": "the row is not valid UTF-8",
    "nul_byte": "the row holds a NUL byte",
    "line_too_long": "the line is longer than the 16 MiB that are read at a time",
    "not_json": "the line is not JSON",
    "not_an_object": "the line is JSON, but not an object with named fields",
}
"""Every reason, with its meaning."""

STRUCTURAL_REASONS: Final = frozenset(
    {
        "missing_source",
        "missing_target",
        "missing_time",
        "missing_network",
        "unreadable_time",
        "time_without_zone",
        "wrong_column_count",
        "broken_quotes",
        "stray_carriage_return",
        "invalid_utf8",
        "nul_byte",
        "line_too_long",
        "not_json",
        "not_an_object",
    }
)
"""Where every row of a file is refused for one of these, the file was read in the wrong way: an error."""

REASON_CODES: Final[dict[str, int]] = {name: code for code, name in enumerate(REASONS, start=1)}
"""Small numbers for arrays of reasons; 0 is a good row."""

REASON_NAMES: Final[tuple[str, ...]] = ("", *REASONS)
"""The reason of each code."""
