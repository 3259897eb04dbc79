"""Operations on layouts: where panes stand and how large they are."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from fugue_actors.actors import fleet, layouts
from fugue_actors.errors import Refused
from fugue_actors.gateways.operations import views
from fugue_actors.gateways.operations.blueprint import Blueprint, parse_layout
from fugue_actors.gateways.operations.sessions import split_command
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.ids import check_pane_name, check_window_name
from fugue_actors.protocol.layout import Window, leaves
from fugue_actors.protocol.windows import meant

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.protocol.values import Pane, Session

HALF = 0.5


async def get_layout(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A session's windows, and where its panes stand in them."""
    session = await context.session(arguments.get("session"))
    return views.layout(context.journal.state, session)


async def split_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new pane to the right of another, or below it."""
    beside = await context.pane(arguments)
    name, command = arguments.get("name"), arguments.get("command")
    if isinstance(command, str):
        command = split_command(command)
    new = fleet.NewPane(
        argv=tuple(command or ()),
        cwd=directory(context, arguments.get("cwd"), beside.cwd),
        name=None if name is None else check_pane_name(name),
        extra=arguments.get("env", {}),
        environment=beside.environment,
        restart=arguments.get("restart", "never"),
    )
    await fleet.open_panes(
        context.fleet,
        fleet.OpenPanes(
            session_id=beside.session_id,
            panes=(new,),
            place=placed_beside(beside, arguments),
            focus=arguments.get("focus", False),
        ),
    )
    return place(context, new.pane_id)


async def create_layout(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """New windows with new panes in them: all of them, or none."""
    session = await context.session(arguments.get("session"))
    plan = parse_layout(arguments["layout"])
    if arguments.get("name") is not None:
        check_window_name(arguments["name"])
    columns, lines, environment = surroundings(context, session)
    target: layouts.InWindow | tuple[Window, ...]
    if arguments.get("window") is not None:
        layout = context.journal.state.layout_of(session.session_id)
        target = in_window(meant(layout, arguments["window"]), plan)
        window_ids = [target.window_id]
    else:
        target = tuple(
            Window(
                window_id="w" + next(leaves(root)).removeprefix("p"),
                name=name or arguments.get("name"),
                columns=arguments.get("columns", columns),
                lines=arguments.get("lines", lines),
                focus=next(leaves(root)),
                root=root,
            )
            for name, root in plan.windows
        )
        window_ids = [window.window_id for window in target]
    await fleet.open_panes(
        context.fleet,
        fleet.OpenPanes(
            session_id=session.session_id,
            panes=tuple(
                fleet.NewPane(
                    pane_id=each.pane_id,
                    argv=each.argv,
                    cwd=directory(context, each.cwd, session.cwd),
                    name=each.name,
                    extra=each.env,
                    environment=environment,
                    restart=each.restart,
                )
                for each in plan.panes
            ),
            place=target,
            focus=arguments.get("focus", False),
        ),
    )
    return {
        "session_id": session.session_id,
        "session_name": session.session_name,
        "window_ids": window_ids,
        "pane_ids": [each.pane_id for each in plan.panes],
        "pane_count": len(plan.panes),
        "names": {each.name: each.pane_id for each in plan.panes if each.name},
    }


def in_window(window: Window, plan: Blueprint) -> layouts.InWindow:
    """The place in a window that is there already."""
    if len(plan.windows) > 1:
        raise Refused(
            "InvalidArgument",
            "several windows cannot be built in one",
            hint="leave out window for windows of their own",
        )
    return layouts.InWindow(window_id=window.window_id, root=plan.windows[0][1])


def surroundings(
    context: Context, session: Session
) -> tuple[int, int, dict[str, str] | None]:
    """What a new window of a session takes over from the one that has the focus."""
    state = context.journal.state
    layout = state.layout_of(session.session_id)
    pane = state.panes.get(layout.focused_pane or "")
    window = None if pane is None else layout.window_of(pane.pane_id)
    if pane is None or window is None:
        raise Refused(
            "InvalidArgument",
            f"session {session.session_name!r} runs no program, so it has no windows",
            hint="name a session that runs one, or create a session",
        )
    return window.columns, window.lines, pane.environment


async def resize_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A pane of so many columns and lines, with another share, or a border elsewhere."""
    pane = await context.pane(arguments)
    cells = {key: arguments.get(key) for key in ("columns", "lines")}
    share = {key: arguments[key] for key in ("ratio", "delta") if key in arguments}
    is_exact = any(value is not None for value in cells.values())
    towards, edge = arguments.get("border"), arguments.get("edge")
    if is_exact + len(share) + (towards is not None) + (edge is not None) != 1:
        raise Refused(
            "InvalidArgument",
            "say in one way how large the pane is to be",
            hint="give columns and lines or one of them, or ratio, or delta, or border",
        )
    if towards is not None:
        cells_moved = arguments.get("cells", 1)
        return await arranged(
            context,
            pane,
            layouts.MoveBorder(
                pane_id=pane.pane_id, towards=towards, cells=cells_moved
            ),
        )
    if edge is not None:
        at = arguments.get("at", 0)
        return await arranged(
            context, pane, layouts.PlaceBorder(pane_id=pane.pane_id, edge=edge, at=at)
        )
    if is_exact:
        return await arranged(
            context, pane, layouts.SizePane(pane_id=pane.pane_id, **cells)
        )
    request = layouts.SharePane(
        pane_id=pane.pane_id, direction=arguments.get("direction"), **share
    )
    return await arranged(context, pane, request)


async def focus_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The focus of a session and of a window on a pane."""
    pane = await context.pane(arguments)
    return await arranged(context, pane, layouts.FocusPane(pane_id=pane.pane_id))


async def rename_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another name for a pane."""
    pane = await context.pane(arguments)
    name = check_pane_name(arguments["name"])
    request = layouts.RenamePane(pane_id=pane.pane_id, name=name)
    return {**await arranged(context, pane, request), "previous_name": pane.name}


async def move_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A pane beside another one, or in a window of its own."""
    pane = await context.pane(arguments)
    beside = None
    if arguments.get("beside") is not None:
        other = await neighbour(context, pane, arguments["beside"])
        beside = placed_beside(other, arguments)
    request = layouts.MovePane(
        pane_id=pane.pane_id, beside=beside, focus=arguments.get("focus", False)
    )
    return await arranged(context, pane, request)


async def zoom_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A pane in full, or all of its window again."""
    pane = await context.pane(arguments)
    request = layouts.ZoomPane(pane_id=pane.pane_id, on=arguments.get("zoomed"))
    return await arranged(context, pane, request)


async def swap_panes(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Two panes in each other's place."""
    pane = await context.pane(arguments)
    other = await neighbour(context, pane, arguments["other"])
    request = layouts.SwapPanes(one=pane.pane_id, other=other.pane_id)
    return await arranged(context, pane, request)


async def close_pane(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """End a pane with all its program started."""
    pane = await context.pane(arguments)
    state = context.journal.state
    session = state.sessions[pane.session_id]
    reports = await fleet.close_pane(context.fleet, pane.session_id, pane.pane_id)
    exits = [report.exit for report in reports if report.exit is not None]
    return {
        "pane_id": pane.pane_id,
        "session_id": session.session_id,
        "session_name": session.session_name,
        "session_ended": session.session_id not in state.sessions,
        "ended": sum(report.ended for report in reports),
        "killed": [to_json(each) for report in reports for each in report.forced],
        "exit": to_json(exits[0]) if exits else None,
    }


async def arranged(
    context: Context, pane: Pane, request: layouts.Arrange
) -> dict[str, Any]:
    """Have a layout changed; where the pane is then."""
    await layouts.arrange(context.session_actor(pane.session_id), request)
    return place(context, pane.pane_id)


async def neighbour(context: Context, pane: Pane, named: str) -> Pane:
    """Another pane of the same session.

    Raises:
        Refused: `PaneNotFound`; `InvalidArgument` if it is another session's.
    """
    other = await context.pane({"pane": named, "session": pane.session_id})
    if other.session_id != pane.session_id:
        raise Refused(
            "InvalidArgument",
            f"pane {other.pane_id} belongs to another session than {pane.pane_id}",
            hint="a pane stays in its session; its place is a place among its panes",
        )
    return other


def placed_beside(pane: Pane, arguments: dict[str, Any]) -> layouts.Beside:
    return layouts.Beside(
        pane_id=pane.pane_id,
        direction=arguments.get("direction", "vertical"),
        ratio=arguments.get("ratio", HALF),
    )


def directory(context: Context, asked: str | None, otherwise: str) -> str:
    """Where a program starts: a relative path counts from the caller's directory."""
    if asked is None:
        return otherwise
    return str(PurePath(context.caller.directory) / asked)


def place(context: Context, pane_id: str) -> dict[str, Any]:
    """Where a pane stands.

    Raises:
        Refused: `PaneNotFound`; it was closed meanwhile.
    """
    shape = views.place(context.journal.state, pane_id)
    if shape is None:
        raise Refused("PaneNotFound", f"pane {pane_id} is closed")
    return shape
