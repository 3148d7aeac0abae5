"""The values that a mapping looks up, as the tree of names that kernels/json_paths.py walks along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from renown.sources.mapped.paths import EACH, Path, Step

_WORD_BYTES: Final = 8


class NotInKernel(Exception):  # noqa: N818 - caught by who compiles: the mapping is then run as SQL
    """Something that a mapping may say has no form for the kernel."""


@dataclass
class Place:
    """A place in the records. `scope`: of an element, the number of its list; `row`: where it is told."""

    children: dict[str, Place] = field(default_factory=dict)
    element: Place | None = None
    scope: int = -1
    within: int = -1
    slot: int = -1
    is_wanted: bool = False
    row: int = 0

    def reach(self, steps: tuple[Step, ...]) -> Place:
        """The place at the end of a path, made where there is none yet."""
        place = self
        for step in steps:
            if step is EACH:
                place.element = place.element or Place()
                place = place.element
            elif isinstance(step, str):
                place = place.children.setdefault(step, Place())
            else:
                raise NotInKernel
        return place

    def below(self) -> list[Place]:
        """It and all places below it."""
        under = [*self.children.values(), *([self.element] if self.element else [])]
        return [self, *(one for place in under for one in place.below())]


class WantedPaths:
    """Collects paths; then knows the slot of each, and the scope of each list that is gone through."""

    def __init__(self) -> None:
        self.root = Place()
        self.scopes: list[Place] = []
        self.slots_count = 0

    def add(self, path: Path, each: Path | None) -> None:
        """Make room for what a path leads to."""
        steps = _whole(path, each)
        place = self.root.reach(steps)
        place.is_wanted = True
        if EACH in steps:
            last = len(steps) - 1 - steps[::-1].index(EACH)
            place.within = self._scope(steps[: last + 1])

    def add_list(self, each: Path) -> None:
        """Make room for the elements of a list."""
        if not each.steps or each.steps[-1] is not EACH:
            raise NotInKernel
        self._scope(each.steps)

    def _scope(self, steps: tuple[Step, ...]) -> int:
        place = self.root.reach(steps)
        if place.scope < 0:
            place.scope = len(self.scopes)
            self.scopes.append(place)
        return place.scope

    def number(self) -> None:
        """Give every wanted place its slot; those of one list stand together."""
        wanted = [place for place in self.root.below() if place.is_wanted]
        for slot, place in enumerate(sorted(wanted, key=lambda one: one.within)):
            place.slot = slot
        self.slots_count = len(wanted)

    def slot(self, path: Path, each: Path | None) -> int:
        """The slot of a path that was added."""
        return self.root.reach(_whole(path, each)).slot

    def scope(self, steps: tuple[Step, ...]) -> int:
        """The scope of the last list on the way."""
        last = len(steps) - 1 - steps[::-1].index(EACH)
        return self.root.reach(steps[: last + 1]).scope

    def rows(self, constant: Any) -> list[list[int]]:
        """The tree as rows: the places first, then the names. `constant` keeps bytes and says where."""
        places = self.root.below()
        for row, place in enumerate(places):
            place.row = row
        nodes: list[list[int]] = []
        keys: list[list[int]] = []
        for place in places:
            element = -1 if place.element is None else place.element.row
            inside = [one.slot for one in places if one.is_wanted and one.within == place.scope >= 0]
            first_key = len(places) + len(keys)
            slots = [min(inside, default=0), len(inside)]
            nodes.append(
                [first_key, len(place.children), place.slot, element, place.scope, *slots, place.within]
            )
            for name, child in place.children.items():
                text = name.encode()
                word = int.from_bytes(text[:_WORD_BYTES], "little")
                signed = word - (1 << 64) if word >> 63 else word
                keys.append([signed, len(text), constant(text), child.row, 0, 0, 0, 0])
        return nodes + keys


def _whole(path: Path, each: Path | None) -> tuple[Step, ...]:
    if not path.is_element:
        return path.steps
    if each is None or EACH in path.steps:
        raise NotInKernel
    return (*each.steps, *path.steps)
