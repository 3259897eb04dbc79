"""Operations on panes: list, read, type, look at their state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.actors import panes
from fugue_actors.errors import Refused
from fugue_actors.gateways.authority import sees_session
from fugue_actors.gateways.operations import views
from fugue_actors.gateways.operations.ansi import ansi_row
from fugue_actors.gateways.operations.control import writer_of
from fugue_actors.protocol import hostwire
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.hosting import MouseAction

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context


async def list_panes(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """All panes, or those of one session."""
    state = context.journal.state
    found = tuple(state.panes.values())
    if arguments.get("session") is not None:
        session = await context.session(arguments["session"])
        found = state.panes_of(session.session_id)
    return {
        "panes": [
            views.pane(state, pane)
            for pane in found
            if sees_session(context.caller, pane.session_id)
        ]
    }


async def read_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a pane shows, or what it wrote since a cursor."""
    pane = await context.pane(arguments)
    if arguments.get("clipboard", False) and not context.caller.access.has("act"):
        raise Refused(
            "NotAllowed",
            "what a program copied may be a secret, and an observer only looks",
            hint="use a token with the role operator",
        )
    history = arguments.get("history", 0)
    screen = await panes.read(
        context.pane_actor(pane),
        history=history,
        skip=arguments.get("skip", 0),
        since=arguments.get("since"),
        styled=arguments.get("styled", False) or arguments.get("ansi", False),
        clipboard=arguments.get("clipboard", False),
    )
    shape: dict[str, Any] = {
        "pane_id": pane.pane_id,
        "columns": screen.columns,
        "lines": screen.lines,
        "cursor": to_json(screen.cursor),
        "cursor_shape": screen.cursor_shape,
        "title": screen.title,
        "directory": screen.directory or None,
        "alternate": screen.alternate,
        "progress": screen.progress and attrs.asdict(screen.progress),
        "notifications": [attrs.asdict(each) for each in screen.notifications],
        "text": list(screen.text if screen.new is None else screen.new),
        "next": screen.next,
        **views.program(pane),
    }
    if arguments.get("clipboard", False):
        shape["clipboard"] = screen.clipboard
    if history:
        shape["history"] = list(screen.history)
    if arguments.get("styled", False):
        shape["rows"] = hostwire.to_json(screen.rows or ())
        if history:
            shape["history_rows"] = hostwire.to_json(screen.history_rows or ())
    elif arguments.get("ansi", False):
        if screen.new is None:
            shape["text"] = list(map(ansi_row, screen.rows or ()))
        if history:
            shape["history"] = list(map(ansi_row, screen.history_rows or ()))
    if screen.new is not None:
        shape["partial"] = screen.is_partial
        shape["lost"] = screen.lost
    return shape


async def send_input(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Type into a pane."""
    text, keys = arguments.get("text"), tuple(arguments.get("keys", ()))
    submit = arguments.get("submit", False)
    mouse = tuple(MouseAction(**each) for each in arguments.get("mouse", ()))
    focus = arguments.get("focus")
    if not (text or keys or submit or mouse or focus is not None):
        raise Refused(
            "InvalidArgument",
            "there is nothing to type",
            hint="give text, keys, or submit: true for a plain Enter",
        )
    is_live = arguments.get("live", False)
    writer = writer_of(context, is_live=is_live)
    pane = await context.pane(arguments)
    context.expect(pane.pane_id)
    typed = await panes.type_into(
        context.pane_actor(pane),
        text=text,
        keys=keys,
        submit=submit,
        paste=arguments.get("paste", True),
        mouse=mouse,
        focus=focus,
        writer=writer,
        connection=context.holder if is_live else None,
        patience=arguments.get("wait_seconds"),
    )
    return {"pane_id": pane.pane_id, "bytes": typed.bytes, "next": typed.next}


async def get_status(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A session's report of itself, and the state of its panes."""
    if arguments.get("pane") is not None:
        pane = await context.pane(arguments)
        session = context.journal.state.sessions[pane.session_id]
    else:
        session = await context.session(arguments.get("session"))
    return views.session(context.journal.state, session)
