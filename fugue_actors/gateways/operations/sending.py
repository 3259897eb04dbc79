"""Operations that send: to a target, to the orchestrator, to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fugue_actors.actors import sending, session as sessions
from fugue_actors.actors.content import parse_content
from fugue_actors.actors.jsontext import show
from fugue_actors.actors.sending import Wishes
from fugue_actors.actors.targets import (
    Address,
    BroadcastTarget,
    OrchestratorTarget,
    parse_address,
)
from fugue_actors.errors import Refused
from fugue_actors.gateways import authority
from fugue_actors.gateways.operations import views

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context

WISHES = ("priority", "expires_seconds", "retain_seconds", "idempotency_key")


async def send(
    context: Context,
    address: Address,
    content: tuple[str, dict[str, Any]],
    arguments: dict[str, Any],
) -> dict[str, Any]:
    """Send a message as the caller.

    Args:
        context: Who asks.
        address: Whom it is for.
        content: Its type and payload.
        arguments: Where `in_reply_to` and what is in `WISHES` may stand.
    """
    authority.check_target(context.caller, address.target)
    in_reply_to = named(arguments, "in_reply_to")
    sent = await sending.send(
        context.router,
        await context.caller.session(),
        context.caller.attested,
        address.target,
        content,
        in_reply_to=in_reply_to,
        thread=await sending.thread_of(context.journal, in_reply_to),
        wishes=wishes_of(address, arguments),
    )
    return views.sent(sent)


def wishes_of(address: Address, arguments: dict[str, Any]) -> Wishes:
    """How a message is to be delivered, from what its schema let through."""
    named(arguments, "idempotency_key")
    return Wishes(
        deliver=address.deliver,
        tell_failure=arguments.get("tell_failure", True),
        **{name: arguments[name] for name in WISHES if name in arguments},
    )


def named(arguments: dict[str, Any], argument: str) -> str | None:
    """An id or key that a client gives.

    Raises:
        Refused: `InvalidArgument`: no file and no database takes it.
    """
    value: str | None = arguments.get(argument)
    try:
        (value or "").encode()
    except UnicodeEncodeError as error:
        raise Refused(
            "InvalidArgument",
            f"{argument} {show(value)} has half of a surrogate pair",
            hint="take letters and digits",
        ) from error
    return value


async def send_orchestration(
    context: Context, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Send a message to a target."""
    return await send(
        context,
        parse_address(arguments["target"], arguments.get("deliver")),
        parse_content(
            arguments.get("message"),
            arguments.get("msg_type"),
            arguments.get("payload"),
        ),
        arguments,
    )


async def to_orchestrator(
    context: Context, content: tuple[str, dict[str, Any]]
) -> dict[str, Any]:
    """Send a message to whoever leads the caller."""
    return await send(context, Address(target=OrchestratorTarget()), content, {})


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
        return await to_orchestrator(context, content)
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
    return await to_orchestrator(context, content)


async def broadcast(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Tell everybody in the repository, or on the server."""
    words = arguments.get("message")
    content = parse_content(
        None if words is None else {"broadcast": {"message": words}},
        arguments.get("msg_type"),
        arguments.get("payload"),
    )
    target = BroadcastTarget(scope=arguments.get("scope", "repository"))
    return await send(context, Address(target=target), content, arguments)
