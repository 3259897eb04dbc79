"""Commands about sessions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import Refused
from fugue_actors.tui import attention
from fugue_actors.tui.commands import panes
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.modes import Notice, Request
from fugue_actors.tui.targets import beside, find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def new_session(state: State, given: Arguments) -> Iterable[Action]:
    name = given.get("s")
    if name is None:
        taken = {each["session_name"] for each in state.model.sessions.values()}
        name = next(f"s{n}" for n in range(len(taken) + 1) if f"s{n}" not in taken)
    session = state.session
    directory = given.get("c") or (None if session is None else session["cwd"])
    args: dict[str, Any] = {
        "name": name,
        "command": list(given.words) or None,
        "cwd": directory,
        "columns": max(2, state.area.columns),
        "lines": max(1, state.area.lines),
    }
    yield Request(
        name="create_session",
        args=args,
        then=None if "d" in given else "select-pane -t {pane_id}",
    )


def switch_client(state: State, given: Arguments) -> Iterable[Action]:
    ids = list(state.session_ids())
    if "n" in given or "p" in given:
        near = beside(ids, state.session_id, 1 if "n" in given else -1)
        if near is not None:
            state.go_to_session(near)
    elif "l" in given:
        state.go_to_session(find(state, "!", kind="session").session_id)
    elif "T" in given:
        state.table = given.values["T"]
    else:
        target = find(state, given.get("t"), kind="session")
        text = given.get("t") or ""
        if any(mark in text for mark in ":.%"):
            state.go_to_pane(target.pane_id)
        else:
            state.go_to_session(target.session_id)
    return ()


def kill_session(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="session")
    for session_id in state.session_ids():
        if (session_id == target.session_id) != ("a" in given):
            yield Request(name="kill_session", args={"session": session_id})


def rename_session(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"), kind="session")
    yield Request(
        name="rename_session",
        args={"session": target.session_id, "name": given.words[0]},
    )


def next_attention(state: State, given: Arguments) -> Iterable[Action]:
    pane_id = attention.next_in_need(state)
    if pane_id is None:
        yield Notice("nobody needs you")
        return
    if pane_id == state.pane_id:
        yield Notice("nobody else needs you")
    yield from panes.go(state, pane_id)
    if (reason := attention.why(state.model, pane_id)) is not None:
        yield Notice(reason)


def has_session(state: State, given: Arguments) -> Iterable[Action]:
    find(state, given.get("t"), kind="session")
    return ()


def list_sessions(state: State, given: Arguments) -> Iterable[Action]:
    names = [state.model.sessions[each]["session_name"] for each in state.session_ids()]
    if not names:
        raise Refused("SessionNotFound", "there is no session")
    yield Notice(" ".join(names))


COMMANDS: Final = (
    Command(
        name="new-session",
        alias="new",
        options="dc:s:",
        usage="[-d] [-c directory] [-s name] [command ...]",
        most=None,
        says="Start a session and go to it.",
        run=new_session,
    ),
    Command(
        name="switch-client",
        alias="switchc",
        options="lnpt:T:",
        usage="[-lnp] [-t session] [-T table]",
        says="Go to a session, or with -T let the next key be one of another table.",
        completes="session",
        run=switch_client,
    ),
    Command(
        name="kill-session",
        options="at:",
        usage="[-a] [-t session]",
        says="End a session with all its programs, or with -a all others.",
        completes="session",
        run=kill_session,
    ),
    Command(
        name="rename-session",
        alias="rename",
        options="t:",
        usage="[-t session] name",
        least=1,
        most=1,
        says="Give a session another name.",
        completes="session",
        run=rename_session,
    ),
    Command(
        name="next-attention",
        says="Go to the next pane that needs you, and say why.",
        run=next_attention,
    ),
    Command(
        name="has-session",
        alias="has",
        options="t:",
        usage="[-t session]",
        says="Say so if there is no such session.",
        completes="session",
        run=has_session,
    ),
    Command(
        name="list-sessions",
        says="Name the sessions.",
        run=list_sessions,
    ),
)
