"""What a key or a paste does: for a table, for a mode, or for the pane. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.bindings import REPEAT_SECONDS
from fugue_actors.tui.events import Key, Paste
from fugue_actors.tui.modes import Notice, Request, Run, Type
from fugue_actors.tui.state import PREFIX, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.tui.modes import Action, Mode
    from fugue_actors.tui.state import State

DEAF_SECONDS: Final = 0.5
"""How long what is typed is dropped when the session that it was meant for has ended, and
how long a pause tells that what comes next is not the rest of what was refused."""


def press(state: State, key: Key, now: float) -> Iterator[Action]:
    """What is to happen when a key is pressed.

    Args:
        state: Of the client; the table of the next key changes.
        key: The key.
        now: The time, for keys that repeat.
    """
    mode = state.mode
    if mode is not None and mode.takes_all:
        yield from press_in_mode(state, mode, key)
        return
    if state.table != ROOT:
        table, state.table = state.table, ROOT
        yield from press_bound(state, table, key, now)
        return
    if now < state.repeat_until and state.bindings.repeats(key.name):
        yield from press_bound(state, PREFIX, key, now)
        return
    state.repeat_until = 0.0
    if key.name == state.settings.prefix:
        state.table = PREFIX
        if state.pane_id is not None:
            yield Request(
                name="note_activity",
                args={"pane": state.pane_id, "activity": "prefix"},
                is_quiet=True,
            )
        return
    command = state.bindings.command(ROOT, key.name)
    if command is not None:
        yield Run(command)
    elif mode is not None:
        yield from press_in_mode(state, mode, key)
    else:
        yield from press_in_pane(state, key)


def deafen(state: State, now: float, *, until_pause: bool = False) -> None:
    """Drop what is typed for a moment, and what was begun with the prefix.

    Args:
        state: Of the client.
        now: The time.
        until_pause: Whether the moment lasts for as long as somebody goes on typing.
    """
    state.table, state.repeat_until = ROOT, 0.0
    state.deaf_until = now + DEAF_SECONDS
    state.is_deaf_until_pause = until_pause


def is_deaf(state: State, event: object, now: float) -> bool:
    """Whether an event was typed for what was there before, and is to be dropped."""
    if not isinstance(event, Key | Paste) or now >= state.deaf_until:
        return False
    if state.mode is not None:
        return False
    if state.is_deaf_until_pause:
        state.deaf_until = now + DEAF_SECONDS
    return True


def resume(state: State, now: float) -> bool:
    """The daemon is back; whether somebody was typing meanwhile, and is to pause first.

    What they type next may be the rest of a line whose beginning was refused, and would
    mean something else.
    """
    is_typing = now < state.refused_at + DEAF_SECONDS
    if is_typing:
        deafen(state, now, until_pause=True)
    return is_typing


def press_bound(state: State, table: str, key: Key, now: float) -> Iterator[Action]:
    """A key of a table other than the usual one; if it is not bound, nothing happens."""
    command = state.bindings.command(table, key.name)
    repeats = command is not None and table == PREFIX
    repeats = repeats and state.bindings.repeats(key.name)
    state.repeat_until = now + REPEAT_SECONDS if repeats else 0.0
    if command is not None:
        yield Run(command)


def press_in_mode(state: State, mode: Mode, key: Key) -> Iterator[Action]:
    """A key for what has taken over the keys."""
    command = state.bindings.command(mode.table, key.name) if mode.table else None
    if command is not None:
        yield Run(command)
    else:
        yield from mode.key(key)


def press_in_pane(state: State, key: Key) -> Iterator[Action]:
    """A key for the pane's program; where that has ended, Enter closes the pane."""
    pane = state.pane
    if pane is None:
        return
    if is_over(pane["state"]):
        if key.name == "Enter":
            yield Run("kill-pane")
        return
    if key.text:
        yield Type(pane_id=pane["pane_id"], text=key.text)
    else:
        yield Type(pane_id=pane["pane_id"], keys=(key.name,))


def paste(state: State, pasted: Paste) -> Iterator[Action]:
    """What is to happen when text is pasted."""
    state.table = ROOT
    if state.mode is not None:
        yield from state.mode.key(pasted)
    elif state.pane is not None and not is_over(state.pane["state"]):
        yield Type(pane_id=state.pane["pane_id"], text=pasted.text, paste=True)
    if pasted.cut:
        text = f"the paste was too long: its last {pasted.cut:,} bytes are left out"
        yield Notice(text, is_error=True)


def is_over(pane_state: str) -> bool:
    """Whether a pane's program runs no more."""
    return pane_state in ("exited", "lost")
