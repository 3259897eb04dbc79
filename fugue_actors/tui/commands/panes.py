"""Commands about panes. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import Refused
from fugue_actors.tui.commands.arguments import whole
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.modes import Request
from fugue_actors.tui.targets import Target, beside, by_pane_id, find, neighbour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.protocol.monitor import AreaDocument
    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State

SIDES: Final = {"U": "up", "D": "down", "L": "left", "R": "right"}
PANE_ID: Final = re.compile("p[0-9a-f]{10}")
GO_THERE: Final = "select-pane -t {pane_id}"


def split_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    yield Request(
        name="split_pane",
        args={
            "pane": target.pane_id,
            "direction": "vertical" if "h" in given else "horizontal",
            "ratio": kept_share(state, target, given),
            "command": list(given.words) or None,
            "cwd": given.get("c"),
        },
        then=None if "d" in given else GO_THERE,
    )


def kept_share(state: State, target: Target, given: Arguments) -> float | None:
    """What the old pane keeps, when the size of the new one is asked for."""
    text = given.get("l") or (f"{given.get('p')}%" if "p" in given else None)
    if text is None:
        return None
    if text.endswith("%"):
        share = whole(text[:-1]) / 100
    else:
        area = area_of(state, target)
        room = area["columns"] if "h" in given else area["lines"]
        share = whole(text) / max(1, room)
    return min(max(1 - share, 0.1), 0.9)


def select_pane(state: State, given: Arguments) -> Iterable[Action]:
    if "l" in given:
        return last_pane(state, given)
    text = given.get("t")
    if text is not None and looks_new(state, text):
        state.go_to_pane(text)
        return ()
    target = find(state, text)
    pane_id: str | None = target.pane_id
    for direction in SIDES:
        if direction in given:
            pane_id = neighbour(state, target.window, target.pane_id, direction)
    return go(state, pane_id)


def looks_new(state: State, text: str) -> bool:
    """Whether this is the id of a pane that has no place yet, as far as is known here."""
    is_id = text in state.model.panes or PANE_ID.fullmatch(text) is not None
    return is_id and by_pane_id(state, text) is None


def last_pane(state: State, given: Arguments) -> Iterable[Action]:
    return go(state, state.last_pane_id)


def go(state: State, pane_id: str | None) -> Iterable[Action]:
    """Show a pane; one that is hidden behind a zoomed one as soon as that is not."""
    if pane_id is not None and not state.go_to_pane(pane_id):
        yield Request(name="focus_pane", args={"pane": pane_id})


def kill_pane(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    for area in state.tiles_of(target.window):
        if (area["pane_id"] == target.pane_id) != ("a" in given):
            yield Request(name="close_pane", args={"pane": area["pane_id"]})


def swap_pane(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    ids = [area["pane_id"] for area in state.tiles_of(target.window)]
    other: str | None
    if "s" in given:
        other = find(state, given.get("s")).pane_id
    elif "U" in given or "D" in given:
        other = beside(ids, target.pane_id, -1 if "U" in given else 1)
    else:
        other = state.pane_id
    if other is None or other == target.pane_id:
        return
    yield Request(name="swap_panes", args={"pane": target.pane_id, "other": other})


def break_pane(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("s") or given.get("t"))
    if len(state.tiles_of(target.window)) < 2:
        raise Refused("InvalidArgument", "the window has only this pane")
    yield Request(
        name="move_pane",
        args={"pane": target.pane_id},
        then=None if "d" in given else GO_THERE,
    )


def join_pane(state: State, given: Arguments) -> Iterable[Action]:
    moved = find(state, given.get("s"))
    target = find(state, given.get("t"))
    yield Request(
        name="move_pane",
        args={
            "pane": moved.pane_id,
            "beside": target.pane_id,
            "direction": "vertical" if "h" in given else "horizontal",
        },
        then=None if "d" in given else GO_THERE,
    )


def resize_pane(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    if "Z" in given:
        yield Request(name="zoom_pane", args={"pane": target.pane_id})
        return
    wanted: dict[str, Any] = {}
    for flag, key in (("x", "columns"), ("y", "lines")):
        if flag in given:
            total = target.window["columns" if key == "columns" else "lines"]
            wanted[key] = cells(given.values[flag], total)
    for direction, side in SIDES.items():
        if direction in given:
            wanted["border"] = side
            wanted["cells"] = whole(given.words[0]) if given.words else 1
    if wanted:
        yield Request(
            name="resize_pane",
            args={"pane": target.pane_id, **wanted},
            is_quiet="border" in wanted,
        )


def cells(text: str, total: int) -> int:
    """A number of cells, or a share of all."""
    return whole(text[:-1]) * total // 100 if text.endswith("%") else whole(text)


def area_of(state: State, target: Target) -> AreaDocument:
    """Where a pane stands."""
    tiles = state.tiles_of(target.window)
    return next(area for area in tiles if area["pane_id"] == target.pane_id)


def rename_pane(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    name = " ".join(given.words)
    yield Request(name="rename_pane", args={"pane": target.pane_id, "name": name})


COMMANDS: Final = (
    Command(
        name="split-window",
        alias="splitw",
        options="dhvc:l:p:t:",
        usage="[-dhv] [-c directory] [-l size] [-t pane] [command ...]",
        most=None,
        says="Open a pane below another one, or with -h to its right.",
        completes="pane",
        run=split_window,
    ),
    Command(
        name="select-pane",
        alias="selectp",
        options="DLRUlt:",
        usage="[-DLRUl] [-t pane]",
        says="Go to a pane: one that is named, or that lies in a direction.",
        completes="pane",
        run=select_pane,
    ),
    Command(
        name="last-pane",
        alias="lastp",
        says="Go to the pane where you were before.",
        run=last_pane,
    ),
    Command(
        name="kill-pane",
        alias="killp",
        options="at:",
        usage="[-a] [-t pane]",
        says="End a pane with its programs, or with -a all others of its window.",
        completes="pane",
        run=kill_pane,
    ),
    Command(
        name="swap-pane",
        alias="swapp",
        options="dDUs:t:",
        usage="[-dDU] [-s pane] [-t pane]",
        says="Let two panes change places.",
        completes="pane",
        run=swap_pane,
    ),
    Command(
        name="break-pane",
        alias="breakp",
        options="ds:t:",
        usage="[-d] [-s pane]",
        says="Give a pane a window of its own.",
        completes="pane",
        run=break_pane,
    ),
    Command(
        name="join-pane",
        alias="joinp",
        options="dhvs:t:",
        usage="[-dhv] [-s pane] [-t pane]",
        says="Put a pane below another one of its session, or with -h to its right.",
        completes="pane",
        run=join_pane,
    ),
    Command(
        name="resize-pane",
        alias="resizep",
        options="DLRUZt:x:y:",
        usage="[-DLRUZ] [-t pane] [-x columns] [-y lines] [cells]",
        most=1,
        says="Move a border of a pane, give it a size, or with -Z all of the window.",
        completes="pane",
        run=resize_pane,
    ),
    Command(
        name="rename-pane",
        options="t:",
        usage="[-t pane] name",
        least=1,
        most=1,
        says="Give a pane a name.",
        completes="pane",
        run=rename_pane,
    ),
)
