"""Operations about who controls a pane: for people, who sit at a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import control, session as sessions
from fugue_actors.actors.arbiter import Writer
from fugue_actors.errors import Refused
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.layout import leaves

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context, Run
    from fugue_actors.journal import State
    from fugue_actors.protocol.layout import Node


async def take_control(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Control a pane from now on."""
    writer = writer_of(context, is_live=True)
    pane = await context.pane(arguments)
    taken = await control.take(
        context.pane_actor(pane),
        writer,
        context.holder,
        take_over=arguments.get("take_over", False),
        exclusive=arguments.get("exclusive", False),
    )
    return {"pane_id": pane.pane_id, "control": to_json(taken)}


async def release_control(
    context: Context, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Let go of a pane."""
    writer = writer_of(context, is_live=True)
    pane = await context.pane(arguments)
    released = await control.release(
        context.pane_actor(pane), writer, give_way=arguments.get("discard_draft", False)
    )
    return {"pane_id": pane.pane_id, "released": released}


async def get_control(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Who may write into a pane."""
    pane = await context.pane(arguments)
    standing = await control.read(context.pane_actor(pane))
    return {
        "pane_id": pane.pane_id,
        "control": None if standing.control is None else to_json(standing.control),
        "draft": standing.draft,
        "remaining": round(standing.remaining, 3),
        "waiting": standing.waiting,
    }


async def note_activity(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Hold others up for a moment: a person is about to do something."""
    writer = writer_of(context, is_live=True)
    pane = await context.pane(arguments)
    await control.note(context.pane_actor(pane), arguments["activity"], writer)
    return {"pane_id": pane.pane_id}


async def arrange(
    context: Context, run: Run, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Have a person work on the layout: agents leave the panes around it alone.

    A window that only gets another size, or the focus, is not worked on.
    """
    state = context.journal.state
    before = trees(state)
    result = await run(context, arguments)
    work = control.NoteActivity(activity="layout", writer=writer_of(context))
    for window_id, root in trees(state).items():
        if before.get(window_id, root) != root:
            for pane_id in leaves(root):
                path = sessions.pane_path(state.panes[pane_id])
                pane = context.kernel.registry.whereis(path)
                if pane is not None:
                    pane.tell_or_drop(work)
    return result


def trees(state: State) -> dict[str, Node]:
    """How the panes of each window are divided."""
    layouts = state.layouts.values()
    return {
        window.window_id: window.root for layout in layouts for window in layout.windows
    }


def writer_of(context: Context, *, is_live: bool = False) -> Writer:
    """Who a request comes from, as the arbiter of a pane wants to know it.

    Args:
        context: The request's.
        is_live: Whether it is about single keys, as they are pressed.

    Raises:
        Refused: `NotAllowed`: an agent presses no keys.
    """
    if not context.is_person:
        if is_live:
            raise Refused(
                "NotAllowed",
                "live is for a person's keys, and this connection is an agent's",
                hint="leave it out: send_input types when no person is busy there",
            )
        return Writer(kind="agent")
    return Writer(
        kind="live" if is_live else "person",
        name=name_of(context),
        operator_id=context.holder.id,
    )


def name_of(context: Context) -> str:
    """What a person is called who may be no session yet."""
    caller = context.caller
    session = context.journal.state.sessions.get(caller.session_id or "")
    if session is not None:
        return session.session_name
    return caller.name or "somebody"
