"""Commands about windows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import Refused
from fugue_actors.tui.attention import windows_in_need
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.modes import Request
from fugue_actors.tui.targets import beside, find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def new_window(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="session")
    pane: dict[str, Any] = {}
    if given.words:
        pane["command"] = list(given.words)
    if (directory := given.get("c")) is not None:
        pane["cwd"] = directory
    yield Request(
        name="create_layout",
        args={
            "session": target.session_id,
            "layout": {"pane": pane},
            "name": given.get("n"),
            "columns": max(2, state.area.columns),
            "lines": max(1, state.area.lines),
        },
        then=None if "d" in given else "select-pane -t {pane_ids}",
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
        raise Refused("WindowNotFound", "no other window of the session needs you")
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
        args={
            "session": target.session_id,
            "window": target.window_id,
            "name": given.words[0],
        },
    )


def select_layout(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="window")
    preset = given.words[0] if given.words else "tiled"
    if "n" in given or "p" in given or "o" in given:
        preset = "next" if "n" in given else "previous"
    yield Request(
        name="arrange_window",
        args={
            "session": target.session_id,
            "window": target.window_id,
            "preset": preset,
        },
    )


def next_layout(state: State, given: Arguments) -> Iterable[Action]:
    yield arranged(state, given, "next")


def previous_layout(state: State, given: Arguments) -> Iterable[Action]:
    yield arranged(state, given, "previous")


def arranged(state: State, given: Arguments, preset: str) -> Request:
    """The request for another arrangement of a window's panes."""
    target = find(state, given.get("t"), kind="window")
    return Request(
        name="arrange_window",
        args={
            "session": target.session_id,
            "window": target.window_id,
            "preset": preset,
        },
    )


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
        name="select-layout",
        alias="selectl",
        options="nopt:",
        usage="[-np] [-t window] [layout]",
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
