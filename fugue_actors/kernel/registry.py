"""Names of one tree: path -> address, and tags.

1. One path, one address, from the first time it is ready until it is gone.
2. A name never leads to a dead incarnation: attaching and detaching are single steps.
3. Tags belong to the incarnation and go with it.

An object of the kernel, not an actor: it has no loop that could crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.kernel.faults import NoSuchActor

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.ref import Ref

ROOT = "/"


class Registry:
    """Who is there, under which path and which tags."""

    def __init__(self) -> None:
        self.refs: dict[str, Ref] = {}
        self.below: dict[str, dict[str, Ref]] = {}
        self.tags: dict[str, dict[Ref, list[Any]]] = {}
        self.tagged: dict[Ref, set[str]] = {}
        self.arrivals: dict[str, trio.Event] = {}

    # Paths

    def whereis(self, path: str) -> Ref | None:
        """The address of `path`, running or restarting; `None` if there is none."""
        return self.refs.get(path)

    def resolve(self, path: str) -> Ref:
        """The address of `path`.

        Raises:
            NoSuchActor: There is none.
        """
        ref = self.refs.get(path)
        if ref is None:
            raise NoSuchActor(f"no actor at {path}")
        return ref

    async def wait_for(self, path: str) -> Ref:
        """The address of `path` as soon as it is running."""
        await trio.lowlevel.checkpoint()
        while (ref := self.refs.get(path)) is None or ref.cell is None:
            await self.arrivals.setdefault(path, trio.Event()).wait()
        return ref

    # Tags

    def add_tag(self, ref: Ref, key: str, value: Any = None) -> None:
        """Tag the current incarnation of `ref`; the same key may stand there twice.

        Raises:
            ActorGone, ActorRestarting: There is no current incarnation.
        """
        if ref.cell is None:
            raise ref.absence()
        self.tags.setdefault(key, {}).setdefault(ref, []).append(value)
        self.tagged.setdefault(ref, set()).add(key)

    def remove_tag(self, ref: Ref, key: str, value: Any = None) -> bool:
        """Take one such tag away; false when there was none."""
        values = self.tags.get(key, {}).get(ref, [])
        if value not in values:
            return False
        values.remove(value)
        if not values:
            self.tagged[ref].discard(key)
            self.drop(key, ref)
        return True

    def lookup(self, key: str) -> tuple[tuple[Ref, Any], ...]:
        """All tags of this key, in the order they were added per address."""
        holders = self.tags.get(key, {})
        return tuple(
            (ref, value) for ref, values in holders.items() for value in values
        )

    def drop(self, key: str, ref: Ref) -> None:
        """Forget a holder, and a key without holders."""
        del self.tags[key][ref]
        if not self.tags[key]:
            del self.tags[key]

    # Called by the kernel

    def attach(self, cell: Cell) -> None:
        """The incarnation is ready: the address leads to it."""
        ref = cell.ref
        if ref.incarnation:
            ref.restarts += 1
        ref.cell = cell
        ref.kind = cell.kind
        ref.incarnation = cell.incarnation
        ref.status = "running"
        self.refs[ref.path] = ref
        if ref.path != ROOT:
            self.below.setdefault(parent_of(ref.path), {})[ref.path] = ref
        if (arrival := self.arrivals.pop(ref.path, None)) is not None:
            arrival.set()

    def detach(self, cell: Cell) -> None:
        """The incarnation has ended: the address leads nowhere, for now or for good."""
        ref = cell.ref
        ref.last_exit = cell.exit
        if ref.cell is not cell:
            return
        ref.cell = None
        ref.status = "restarting"
        for key in self.tagged.pop(ref, ()):
            self.drop(key, ref)
        if not cell.will_return():
            self.forget(ref)

    def forget(self, ref: Ref) -> None:
        """The address is gone, and so is whatever was to come back below it."""
        below = [other for other in self.descendants(ref.path) if other.cell is None]
        for lost in (*below, ref):
            lost.status = "gone"
            if self.refs.get(lost.path) is lost:
                self.remove(lost.path)
            if lost.gone is not None:
                lost.gone.set()

    def descendants(self, path: str) -> list[Ref]:
        """All addresses below a path, each after those above it."""
        found = list(self.below.get(path, {}).values())
        for ref in found:  # which grows
            found.extend(self.below.get(ref.path, {}).values())
        return found

    def remove(self, path: str) -> None:
        """Take a path out, and its parent's entry with the last child."""
        del self.refs[path]
        parent = parent_of(path)
        siblings = self.below.get(parent, {})
        siblings.pop(path, None)
        if not siblings:
            self.below.pop(parent, None)


def parent_of(path: str) -> str:
    """The path above; the root is above itself."""
    return path.rpartition("/")[0] or ROOT
