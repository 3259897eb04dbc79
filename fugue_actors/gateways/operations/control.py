"""Operations about who controls a pane: for people, who sit at a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import control
from fugue_actors.actors.arbiter import Writer
from fugue_actors.errors import Refused
from fugue_actors.protocol.codec import to_json

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context


async def take_control(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Control a pane from now on."""
    writer = operator(context)
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
    writer = operator(context)
    pane = await context.pane(arguments)
    released = await control.release(
        context.pane_actor(pane), writer, give_way=arguments.get("discard_draft", False)
    )
    return {"pane_id": pane.pane_id, "released": released}


async def note_activity(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Hold others up for a moment: a person is about to do something."""
    writer = operator(context)
    pane = await context.pane(arguments)
    await control.note(context.pane_actor(pane), arguments["activity"], writer)
    return {"pane_id": pane.pane_id}


def operator(context: Context) -> Writer:
    """A person at the keyboard.

    Raises:
        Refused: `NotAllowed`: it is an agent.
    """
    if not context.is_person:
        raise Refused(
            "NotAllowed",
            "only a person controls a pane, and this connection is an agent's",
            hint="send_input types into a pane when no person is busy there",
        )
    return writer_of(context, is_live=True)


def writer_of(context: Context, *, is_live: bool = False) -> Writer:
    """Who a request comes from, as the arbiter of a pane wants to know it."""
    if not context.is_person:
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
