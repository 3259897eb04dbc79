"""Operations on messages: send, report, ask for help, broadcast, receive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import inbox, router, session as sessions
from fugue_actors.actors.content import parse_content
from fugue_actors.actors.targets import (
    BroadcastTarget,
    OrchestratorTarget,
    Target,
    parse_target,
)
from fugue_actors.errors import Refused
from fugue_actors.gateways.operations import views
from fugue_actors.protocol.codec import to_json

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context

LONGEST_WAIT = 3600


async def send(
    context: Context,
    target: Target,
    content: tuple[str, dict[str, Any]],
    in_reply_to: str | None = None,
) -> dict[str, Any]:
    sent = await router.send(
        context.router,
        await context.caller.session(),
        context.caller.attested,
        target,
        content,
        in_reply_to=in_reply_to,
    )
    queued = sum(row.state == "queued" for row in sent.recipients)
    return {
        "message_id": sent.message_id,
        "delivered_count": queued,
        "recipients": views.recipients(sent.recipients),
    }


async def send_orchestration(
    context: Context, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Send a message to a target."""
    return await send(
        context,
        parse_target(arguments["target"]),
        parse_content(
            arguments.get("message"),
            arguments.get("msg_type"),
            arguments.get("payload"),
        ),
        arguments.get("in_reply_to"),
    )


async def report_status(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Record the caller's status, then tell its orchestrator."""
    update = {key: arguments[key] for key in ("status", "message") if key in arguments}
    content = parse_content({"status_update": update}, None, None)
    session = await context.caller.session()
    await sessions.report_status(
        context.session_actor(session.session_id),
        status=content[1]["status"],
        message=content[1].get("message"),
    )
    try:
        return await send(context, OrchestratorTarget(), content)
    except Refused as error:
        if error.code != "NoRecipients":
            raise
        raise Refused(
            "NoRecipients",
            f"your status {content[1]['status']!r} is recorded and people can see it, "
            "but no other session is tagged 'orchestrator', so nobody was told",
            hint="carry on; reporting again will not help until there is one",
            data={"status_recorded": True},
        ) from error


async def request_help(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask the orchestrator for help."""
    content = parse_content(
        {"help_request": {"context": arguments["context"]}}, None, None
    )
    return await send(context, OrchestratorTarget(), content)


async def broadcast(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Tell everybody in the repository, or on the server."""
    words = arguments.get("message")
    content = parse_content(
        None if words is None else {"broadcast": {"message": words}},
        arguments.get("msg_type"),
        arguments.get("payload"),
    )
    target = BroadcastTarget(scope=arguments.get("scope", "repository"))
    return await send(context, target, content)


async def poll_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Claim the caller's oldest unread messages, waiting for the first if asked to."""
    session = await context.caller.session()
    batch = await inbox.take_messages(
        context.session_actor(session.session_id),
        holder=context.holder,
        most=arguments.get("max", 10),
        wait=arguments.get("wait_seconds", 0),
    )
    context.claim(session.session_id, tuple(envelope.id for envelope in batch))
    return {"messages": [to_json(envelope) for envelope in batch]}


async def list_messages(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The newest messages and what became of each, oldest of them first."""
    records = list(context.journal.state.ledger.messages.values())
    newest = records[-arguments.get("limit", 100) :]
    return {"messages": [views.message(record) for record in newest]}
