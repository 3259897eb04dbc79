"""Operations on windows: new ones, their names, numbers, focus, sizes and arrangement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import fleet, layouts, windows
from fugue_actors.errors import Refused
from fugue_actors.gateways.operations import views
from fugue_actors.gateways.operations.layout import directory, place, surroundings
from fugue_actors.gateways.operations.sessions import split_command
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.ids import (
    check_pane_name,
    check_window_name,
    new_pane_id,
)
from fugue_actors.protocol.layout import Layout, Leaf, Window
from fugue_actors.protocol.presets import MAIN
from fugue_actors.protocol.windows import meant

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.protocol.values import Session


async def new_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A window with one pane; where that is."""
    session = await context.session(arguments.get("session"))
    columns, lines, environment = surroundings(context, session)
    name, pane_name = arguments.get("name"), arguments.get("pane_name")
    command = arguments.get("command")
    if isinstance(command, str):
        command = split_command(command)
    new = fleet.NewPane(
        pane_id=new_pane_id(),
        argv=tuple(command or ()),
        cwd=directory(context, arguments.get("cwd"), session.cwd),
        name=None if pane_name is None else check_pane_name(pane_name),
        extra=arguments.get("env", {}),
        environment=environment,
        restart=arguments.get("restart", "never"),
    )
    window = Window(
        window_id="w" + new.pane_id.removeprefix("p"),
        name=None if name is None else check_window_name(name),
        columns=arguments.get("columns", columns),
        lines=arguments.get("lines", lines),
        focus=new.pane_id,
        root=Leaf(pane_id=new.pane_id),
    )
    await fleet.open_panes(
        context.fleet,
        fleet.OpenPanes(
            session_id=session.session_id,
            panes=(new,),
            place=(window,),
            focus=arguments.get("focus", False),
        ),
    )
    return place(context, new.pane_id)


async def close_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """End all panes of a window."""
    session, window = await chosen(context, arguments)
    state = context.journal.state
    reports = await fleet.close_window(
        context.fleet, session.session_id, window.window_id
    )
    return {
        "window_id": window.window_id,
        "session_id": session.session_id,
        "session_name": session.session_name,
        "session_ended": session.session_id not in state.sessions,
        "ended": sum(report.ended for report in reports),
        "killed": [to_json(each) for report in reports for each in report.forced],
    }


async def rename_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another name for a window, or none."""
    session, window = await chosen(context, arguments)
    name = arguments["name"] or None
    if name is not None:
        check_window_name(name)
    request = windows.RenameWindow(window_id=window.window_id, name=name)
    shape = await arranged(context, session, request)
    return {**shape, "previous_name": window.name}


async def focus_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The focus of a session on a window."""
    session, window = await chosen(context, arguments)
    request = windows.FocusWindow(window_id=window.window_id)
    return await arranged(context, session, request)


async def move_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another number for a window."""
    session, window = await chosen(context, arguments)
    request = windows.MoveWindow(
        window_id=window.window_id,
        number=arguments.get("number"),
        insert=arguments.get("insert", False),
    )
    return await arranged(context, session, request)


async def swap_windows(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Two windows under each other's number."""
    session, window = await chosen(context, arguments)
    other = meant(layout_of(context, session), arguments["other"])
    request = windows.SwapWindows(one=window.window_id, other=other.window_id)
    return await arranged(context, session, request)


async def rotate_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Each pane of a window in the place of the one before it."""
    session, window = await chosen(context, arguments)
    request = windows.RotateWindow(
        window_id=window.window_id, back=arguments.get("back", False)
    )
    return await arranged(context, session, request)


async def arrange_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A window's panes arranged in a usual way."""
    session, window = await chosen(context, arguments)
    request = windows.ArrangeWindow(
        window_id=window.window_id,
        preset=arguments.get("preset", "next"),
        main=arguments.get("main", MAIN),
    )
    return await arranged(context, session, request)


async def resize_window(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another size for a window, and so for all its panes."""
    session, window = await chosen(context, arguments)
    request = windows.SizeWindow(
        window_id=window.window_id,
        columns=arguments["columns"],
        lines=arguments["lines"],
    )
    return await arranged(context, session, request)


async def chosen(context: Context, arguments: dict[str, Any]) -> tuple[Session, Window]:
    """The window that `window` names, and its session.

    It is named by its id, number or name in `session` or in the caller's own, or as
    `SESSION:WINDOW`. If it is left out, it is the one that has the session's focus; and
    if that is left out as well, the one that shows the caller's own pane.

    Raises:
        Refused: `SessionNotFound`, `WindowNotFound`, `NotAllowed`; `InvalidArgument` if
            several windows have the name.
    """
    named, in_session = arguments.get("window"), arguments.get("session")
    if named is not None and ":" in named:
        in_session, _, named = named.partition(":")
    session = await context.session(in_session)
    layout = layout_of(context, session)
    if named is not None:
        return session, meant(layout, named)
    own = context.caller.attestation.pane_id
    window = None
    if in_session is None and own is not None:
        window = layout.window_of(own)
    window = window or layout.window(layout.focus or "")
    if window is None:
        raise Refused(
            "WindowNotFound",
            f"session {session.session_name!r} runs no program, so it has no windows",
            hint="name a session that runs one",
        )
    return session, window


async def arranged(
    context: Context, session: Session, request: layouts.Arrange
) -> dict[str, Any]:
    """Have a layout changed; how it is then."""
    await layouts.arrange(context.session_actor(session.session_id), request)
    return views.layout(context.journal.state, session)


def layout_of(context: Context, session: Session) -> Layout:
    return context.journal.state.layout_of(session.session_id)
