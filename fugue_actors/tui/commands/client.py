"""Commands about the client itself: its terminal, its keys, what it says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.bigdigits import Clock, PaneNumbers
from fugue_actors.tui.commands.arguments import join_words
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.commands.copying import nothing_copied
from fugue_actors.tui.formats import expand
from fugue_actors.tui.modes import Detach, Notice, Open, Redraw, Request, Suspend
from fugue_actors.tui.settings import key_name
from fugue_actors.tui.state import PREFIX, ROOT
from fugue_actors.tui.targets import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State

DESCRIPTION: Final = "[#S] #I:#W, pane #P (#{pane_id}) #{pane_width}x#{pane_height} #T"


def detach_client(state: State, given: Arguments) -> Iterable[Action]:
    session = state.session
    where = "" if session is None else f" (from session {session['session_name']})"
    yield Detach(f"detached{where}")


def suspend_client(state: State, given: Arguments) -> Iterable[Action]:
    yield Suspend()


def refresh_client(state: State, given: Arguments) -> Iterable[Action]:
    yield Redraw()
    window = state.window
    if window is not None and state.session_id is not None and may_resize(state):
        yield Request(
            name="resize_window",
            args={
                "session": state.session_id,
                "window": window["window_id"],
                "columns": max(2, state.area.columns),
                "lines": max(1, state.area.lines),
            },
        )


def may_resize(state: State) -> bool:
    """Whether this client gives windows their size."""
    return state.settings.size == "latest" and not state.settings.is_read_only


def display_message(state: State, given: Arguments) -> Iterable[Action]:
    yield Notice(expand(" ".join(given.words) or DESCRIPTION, state))


def bind_key(state: State, given: Arguments) -> Iterable[Action]:
    key, *command = given.words
    table = ROOT if "n" in given else given.get("T") or PREFIX
    text = command[0] if len(command) == 1 else join_words(command)
    state.bindings.bind(table, key_name(key), text, repeats="r" in given)
    return ()


def unbind_key(state: State, given: Arguments) -> Iterable[Action]:
    table = ROOT if "n" in given else given.get("T") or PREFIX
    state.bindings.unbind(table, key_name(given.words[0]))
    return ()


def display_panes(state: State, given: Arguments) -> Iterable[Action]:
    yield Open(PaneNumbers(state=state))


def clock_mode(state: State, given: Arguments) -> Iterable[Action]:
    yield Open(Clock(state=state), find(state, given.get("t")).pane_id)


def list_buffers(state: State, given: Arguments) -> Iterable[Action]:
    if not state.buffers:
        raise nothing_copied()
    parts = (
        f"{number}: {shortened(text)}" for number, text in enumerate(state.buffers[:5])
    )
    yield Notice(" │ ".join(parts))


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 20 else line[:19] + "…"


COMMANDS: Final = (
    Command(
        name="detach-client",
        alias="detach",
        says="Leave; everything goes on.",
        run=detach_client,
    ),
    Command(
        name="suspend-client",
        alias="suspendc",
        says="Stop this client until its shell wakes it up.",
        run=suspend_client,
    ),
    Command(
        name="refresh-client",
        alias="refresh",
        says="Draw everything anew, and give the window this terminal's size.",
        run=refresh_client,
    ),
    Command(
        name="display-message",
        alias="display",
        options="p",
        usage="[text]",
        most=None,
        says="Say something in the status line; by default where you are.",
        run=display_message,
    ),
    Command(
        name="bind-key",
        alias="bind",
        options="nrT:",
        usage="[-nr] [-T table] key command ...",
        least=2,
        most=None,
        says="Let a key do something, until this client ends.",
        completes="key",
        run=bind_key,
    ),
    Command(
        name="unbind-key",
        alias="unbind",
        options="nT:",
        usage="[-n] [-T table] key",
        least=1,
        most=1,
        says="Let a key do nothing, until this client ends.",
        completes="key",
        run=unbind_key,
    ),
    Command(
        name="display-panes",
        alias="displayp",
        says="Show the panes' numbers; the key of a number goes there.",
        run=display_panes,
    ),
    Command(
        name="clock-mode",
        options="t:",
        usage="[-t pane]",
        says="Show the time in place of a pane.",
        completes="pane",
        run=clock_mode,
    ),
    Command(
        name="list-buffers",
        alias="lsb",
        says="Name what was copied.",
        run=list_buffers,
    ),
)
