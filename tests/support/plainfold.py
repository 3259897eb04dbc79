"""The fold of the monitor protocol's frames, in the plainest way. Pure.

Every client has to come to the same: a snapshot replaces the collections it has, `put`
upserts whole documents, `drop` deletes. Screens are whole, or the keys and rows of a
change.
"""

from __future__ import annotations

import copy
from typing import Any, Final

COLLECTIONS: Final = (
    "sessions",
    "panes",
    "layouts",
    "states",
    "messages",
    "actors",
    "resources",
)


def folded(frames: list[dict[str, Any]]) -> dict[str, Any]:
    """What is the case after these frames; `screens` have all rows as a list."""
    state: dict[str, Any] = {name: {} for name in (*COLLECTIONS, "screens")}
    for frame in copy.deepcopy(frames):
        if "snapshot" in frame:
            state |= frame["snapshot"]
            state["screens"] = {}
        for name, documents in frame.get("put", {}).items():
            state[name] |= documents
        for name, keys in frame.get("drop", {}).items():
            for key in keys:
                state[name].pop(key, None)
                if name == "panes":
                    state["screens"].pop(key, None)
        for pane, change in frame.get("screens", {}).items():
            draw(state["screens"], pane, change)
    return state


def draw(screens: dict[str, Any], pane: str, change: dict[str, Any]) -> None:
    """Fold one screen's change in."""
    rows, is_full = change.pop("rows", {}), change.pop("full", False)
    if is_full:
        screens[pane] = {"rows": []}
    elif pane not in screens:
        return  # a change of what is not watched any more
    screen = screens[pane]
    screen |= change
    kept = screen["rows"][: screen["lines"]]
    screen["rows"] = kept + [[] for _ in range(screen["lines"] - len(kept))]
    for number, runs in rows.items():
        if int(number) < screen["lines"]:
            screen["rows"][int(number)] = runs
