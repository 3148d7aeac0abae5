"""Towns as files: one Parquet file per table, and the cast as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from renown.simulate.happenings import (
    interaction_truth_table,
    interactions_table,
    original_posts_table,
    reaction_posts_table,
)
from renown.simulate.influence import Truth
from renown.simulate.registers import (
    actors_table,
    build_cast,
    follows_table,
    new_follows_table,
    persons_table,
    truth_table,
)
from renown.simulate.rules import TownPlan
from renown.simulate.simulation import simulate
from renown.simulate.town import Town
from renown.simulate.world import World, build_world
from renown.types import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES: Final = ("actors", "persons", "posts", "interactions", "interaction_truth", "follows", "truth")
_ACCOUNTS_AT_ONCE: Final = 100_000


def write_town(town: Town, folder: str | Path, *, with_csv: bool = False) -> dict[str, Path]:
    """Write a town's tables as Parquet files, the interactions also as interactions.csv.gz if asked.

    Returns:  table name (and "cast", "interactions_csv") to the file that holds it.
    Notes:    makes the folder; files of an earlier town in it are replaced.
    """
    with _TownFiles(Path(folder)) as files:
        for name in _TABLES:
            files.add(name, getattr(town, name))
        files.add_cast(town.cast)
        if with_csv:
            files.add_csv(town.interactions)
    return files.paths


def stream_town(plan: TownPlan, folder: str | Path, *, progress: Progress = no_progress) -> dict[str, Path]:
    """Build a town of any size straight into Parquet files, without holding its interactions or posts.

    Returns:  table name (and "cast") to the file that holds it.
    Notes:    the same rows as `write_town(build_town(...))`, in another order: author by author.
    """
    world = build_world(plan)
    truth = Truth(world)
    with _TownFiles(Path(folder)) as files:
        for block in simulate(world, truth, progress):
            files.add("interactions", interactions_table(world, block.rows))
            files.add("interaction_truth", interaction_truth_table(world, block.rows))
            files.add("posts", original_posts_table(world, block.first, block.stop))
            files.add("posts", reaction_posts_table(world, block.rows))
            files.add("follows", new_follows_table(world, block.rows))
        for first, stop in _portions(world):
            files.add("actors", actors_table(world, truth, first, stop))
            files.add("follows", follows_table(world, first, stop))
        files.add("persons", persons_table(world))
        files.add("truth", truth_table(world, truth))
        files.add_cast(build_cast(world))
    return files.paths


def _portions(world: World) -> Iterator[tuple[int, int]]:
    count = len(world.people)
    for first in range(0, count, _ACCOUNTS_AT_ONCE):
        yield first, min(first + _ACCOUNTS_AT_ONCE, count)


class _TownFiles:
    """Open files of a folder, one per table; closed together."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.paths: dict[str, Path] = {}
        self._writers: dict[str, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> _TownFiles:
        self._stack.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        self._stack.__exit__(*failure)

    def add(self, name: str, table: pa.Table) -> None:
        """Append rows to a table's file."""
        import pyarrow.parquet as pq

        table = _plain(table)
        if name not in self._writers:
            self.paths[name] = self.folder / f"{name}.parquet"
            writer = pq.ParquetWriter(self.paths[name], table.schema, compression="zstd")
            self._writers[name] = self._stack.enter_context(writer)
        self._writers[name].write_table(table)

    def add_cast(self, cast: dict[str, str]) -> None:
        """Write who plays which part."""
        import json

        self.paths["cast"] = self.folder / "cast.json"
        self.paths["cast"].write_text(json.dumps(cast, indent=2) + "\n", encoding="utf8")

    def add_csv(self, table: pa.Table) -> None:
        """Write one table as compressed CSV."""
        import pyarrow as pa
        import pyarrow.csv as pc

        self.paths["interactions_csv"] = self.folder / "interactions.csv.gz"
        with pa.CompressedOutputStream(self.paths["interactions_csv"], "gzip") as out:
            pc.write_csv(_plain(table), out)


def _plain(table: pa.Table) -> pa.Table:
    """Strings instead of dictionaries: Parquet makes its own, and every reader knows strings."""
    import pyarrow as pa

    fields = [
        pa.field(field.name, field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
