"""Commands about windows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import Refused
from fugue_actors.tui.attention import windows_in_need
from fugue_actors.tui.commands.arguments import whole
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.modes import Request
from fugue_actors.tui.targets import Target, beside, find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.protocol.monitor import AreaDocument
    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def new_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="session")
    yield Request(
        name="new_window",
        args={
            "session": target.session_id,
            "name": given.get("n"),
            "command": list(given.words) or None,
            "cwd": given.get("c"),
            "columns": max(2, state.area.columns),
            "lines": max(1, state.area.lines),
        },
        then=None if "d" in given else "select-pane -t {pane_id}",
    )


def select_window(state: State, given: Arguments) -> Iterable[Action]:
    if "n" in given or "p" in given or "l" in given:
        word = "+" if "n" in given else "-" if "p" in given else "!"
        return go(state, word)
    return go(state, given.get("t"))


def next_window(state: State, given: Arguments) -> Iterable[Action]:
    return step(state, given, 1)


def previous_window(state: State, given: Arguments) -> Iterable[Action]:
    return step(state, given, -1)


def step(state: State, given: Arguments, by: int) -> Iterable[Action]:
    """To a window beside this one, or with -a to one beside it that needs somebody."""
    if "a" not in given:
        return go(state, "+" if by > 0 else "-")
    session_id, window = state.session_id, state.window
    if session_id is None or window is None:
        return ()
    needy = windows_in_need(state.model, session_id)
    ids = [each["window_id"] for each in state.windows_of(session_id)]
    candidates = [each for each in ids if each in needy or each == window["window_id"]]
    near = beside(candidates, window["window_id"], by)
    if near is None or near == window["window_id"]:
        raise Refused("InvalidArgument", "no other window of the session needs you")
    state.go_to_window(session_id, near)
    return ()


def last_window(state: State, given: Arguments) -> Iterable[Action]:
    return go(state, "!")


def go(state: State, text: str | None) -> Iterable[Action]:
    """Show a window."""
    target = find(state, text, kind="window")
    state.go_to_window(target.session_id, target.window_id)
    return ()


def kill_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="window")
    for window in state.windows_of(target.session_id):
        if (window["window_id"] == target.window_id) != ("a" in given):
            yield Request(
                name="close_window",
                args={"session": target.session_id, "window": window["window_id"]},
            )


def rename_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="window")
    yield Request(
        name="rename_window",
        args={**named(target), "name": given.words[0]},
    )


def move_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("s"), kind="window")
    number = (given.get("t") or "").removeprefix(":")
    yield Request(
        name="move_window",
        args={**named(target), "number": whole(number) if number else None},
    )


def swap_window(state: State, given: Arguments) -> Iterable[Action]:
    one = find(state, given.get("s"), kind="window")
    other = find(state, given.get("t"), kind="window")
    yield Request(name="swap_windows", args={**named(one), "other": other.window_id})


def rotate_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="window")
    args = {**named(target), "back": True if "D" in given else None}
    yield Request(name="rotate_window", args=args)


def select_layout(state: State, given: Arguments) -> Iterable[Action]:
    window = state.window
    preset = given.words[0] if given.words else "next"
    if "E" in given and window is not None:
        preset = even(state.tiles_of(window))
    elif "n" in given or "p" in given:
        preset = "next" if "n" in given else "previous"
    yield arranged(state, given, preset)


def even(areas: list[AreaDocument]) -> str:
    """The layout that gives panes the same size, without another arrangement."""
    rows = {area["y"] for area in areas}
    columns = {area["x"] for area in areas}
    if len(rows) == 1:
        return "even-horizontal"
    return "even-vertical" if len(columns) == 1 else "tiled"


def next_layout(state: State, given: Arguments) -> Iterable[Action]:
    yield arranged(state, given, "next")


def previous_layout(state: State, given: Arguments) -> Iterable[Action]:
    yield arranged(state, given, "previous")


def arranged(state: State, given: Arguments, preset: str) -> Request:
    """The request for another arrangement of a window's panes."""
    target = find(state, given.get("t"), kind="window")
    return Request(name="arrange_window", args={**named(target), "preset": preset})


def named(target: Target) -> dict[str, Any]:
    """How a request names a window."""
    return {"session": target.session_id, "window": target.window_id}


COMMANDS: Final = (
    Command(
        name="new-window",
        alias="neww",
        options="dc:n:t:",
        usage="[-d] [-c directory] [-n name] [-t session] [command ...]",
        most=None,
        says="Open a window.",
        completes="session",
        run=new_window,
    ),
    Command(
        name="select-window",
        alias="selectw",
        options="lnpt:",
        usage="[-lnp] [-t window]",
        says="Go to a window.",
        completes="window",
        run=select_window,
    ),
    Command(
        name="next-window",
        alias="next",
        options="a",
        usage="[-a]",
        says="Go to the next window, or with -a to the next that needs you.",
        run=next_window,
    ),
    Command(
        name="previous-window",
        alias="prev",
        options="a",
        usage="[-a]",
        says="Go to the previous window, or with -a to the previous that needs you.",
        run=previous_window,
    ),
    Command(
        name="last-window",
        alias="last",
        says="Go to the window where you were before.",
        run=last_window,
    ),
    Command(
        name="kill-window",
        alias="killw",
        options="at:",
        usage="[-a] [-t window]",
        says="End a window with all its programs, or with -a all others.",
        completes="window",
        run=kill_window,
    ),
    Command(
        name="rename-window",
        alias="renamew",
        options="t:",
        usage="[-t window] name",
        least=1,
        most=1,
        says="Give a window a name.",
        completes="window",
        run=rename_window,
    ),
    Command(
        name="move-window",
        alias="movew",
        options="s:t:",
        usage="[-s window] [-t number]",
        says="Give a window another number.",
        completes="window",
        run=move_window,
    ),
    Command(
        name="swap-window",
        alias="swapw",
        options="ds:t:",
        usage="[-s window] [-t window]",
        says="Let two windows of a session change their numbers.",
        completes="window",
        run=swap_window,
    ),
    Command(
        name="rotate-window",
        alias="rotatew",
        options="DUt:",
        usage="[-DU] [-t window]",
        says="Let each pane have the place of the one before it, or with -D after it.",
        completes="window",
        run=rotate_window,
    ),
    Command(
        name="select-layout",
        alias="selectl",
        options="Enpt:",
        usage="[-Enp] [-t window] [layout]",
        most=1,
        says="Arrange the panes of a window in a usual way.",
        completes="layout",
        run=select_layout,
    ),
    Command(
        name="next-layout",
        alias="nextl",
        options="t:",
        usage="[-t window]",
        says="Arrange the panes of a window in the next of the usual ways.",
        completes="window",
        run=next_layout,
    ),
    Command(
        name="previous-layout",
        alias="prevl",
        options="t:",
        usage="[-t window]",
        says="Arrange the panes of a window in the previous of the usual ways.",
        completes="window",
        run=previous_layout,
    ),
)
