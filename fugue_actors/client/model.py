"""A client's memory: the fold of what a daemon tells. Pure.

`snapshot` replaces the collections that it has, `put` upserts whole documents, `drop`
deletes; screens are whole, or what of them has changed. Nothing else changes anything, so
two clients that were told the same know the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.protocol.monitor import (
    COLLECTIONS,
    ActorDocument,
    LayoutDocument,
    MessageDocument,
    PaneDocument,
    ResourceDocument,
    RunDocument,
    ScreenDocument,
    SessionDocument,
    StateDocument,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.define
class Change:
    """What became other than it was, since it was asked for last.

    Attributes:
        documents: Ids of those that came, changed or went, by collection.
        screens: Ids of the panes on whose screens something is new.
        events: The log's, oldest first.
        lagged: Why the daemon had to start over, if it had; then everything may be other,
            and there may be a gap in the log.
    """

    documents: dict[str, set[str]] = attrs.Factory(dict)
    screens: set[str] = attrs.Factory(set)
    events: list[dict[str, Any]] = attrs.Factory(list)
    lagged: str | None = None

    def __bool__(self) -> bool:
        return bool(self.documents or self.screens or self.events or self.lagged)


@attrs.define
class Screen:
    """One screen.

    Attributes:
        head: All of it but the rows: `columns`, `lines`, `cursor`, `alternate`, `modes`
            and `next`.
        rows: Each a list of runs.
    """

    head: ScreenDocument
    rows: list[list[RunDocument]]

    @property
    def text(self) -> list[str]:
        """The rows as plain text."""
        return ["".join(run["text"] for run in row) for row in self.rows]


@attrs.define(eq=False)
class Model:
    """What is the case, as far as the client subscribed to it. Read freely.

    Attributes:
        seq: The event up to which this is true.
        generation: The daemon's life that this number belongs to; None before the first
            snapshot.
    """

    seq: int = 0
    generation: int | None = None
    sessions: dict[str, SessionDocument] = attrs.Factory(dict)
    panes: dict[str, PaneDocument] = attrs.Factory(dict)
    layouts: dict[str, LayoutDocument] = attrs.Factory(dict)
    states: dict[str, StateDocument] = attrs.Factory(dict)
    messages: dict[str, MessageDocument] = attrs.Factory(dict)
    actors: dict[str, ActorDocument] = attrs.Factory(dict)
    resources: dict[str, ResourceDocument] = attrs.Factory(dict)
    screens: dict[str, Screen] = attrs.Factory(dict)

    def collection(self, name: str) -> dict[str, Any]:
        """A collection by its name."""
        found: dict[str, Any] = getattr(self, name)
        return found

    def apply(
        self, frame: Mapping[str, Any], change: Change, generation: int | None = None
    ) -> None:
        """Fold one frame in.

        Args:
            frame: What the daemon said.
            change: Gets what this changes.
            generation: The daemon's life that it is from, if known.
        """
        self.seq = frame["seq"]
        if "lagged" in frame:
            change.lagged = frame["lagged"]
        if "snapshot" in frame:
            self.generation = generation
        for name in COLLECTIONS:
            known = self.collection(name)
            touched = set(frame.get("put", {}).get(name, ()))
            if (whole := frame.get("snapshot", {}).get(name)) is not None:
                touched |= known.keys() | whole.keys()
                known.clear()
                known.update(whole)
            known.update(frame.get("put", {}).get(name, {}))
            for key in frame.get("drop", {}).get(name, ()):
                if known.pop(key, None) is not None:
                    touched.add(key)
            if touched:
                change.documents.setdefault(name, set()).update(touched)
        for pane_id, screen in frame.get("screens", {}).items():
            self.draw(pane_id, screen)
            change.screens.add(pane_id)
        change.events += frame.get("log", ())

    def draw(self, pane_id: str, said: ScreenDocument) -> None:
        """Fold what was said of one screen in."""
        head: Any = {k: v for k, v in said.items() if k not in ("full", "rows")}
        screen = self.screens.get(pane_id)
        if said.get("full") or screen is None:
            screen = self.screens[pane_id] = Screen(head, [])
        else:
            screen.head.update(head)
        lines = screen.head.get("lines", 0)
        del screen.rows[lines:]
        screen.rows += [[] for _ in range(lines - len(screen.rows))]
        for number, runs in said.get("rows", {}).items():
            screen.rows[int(number)] = runs
