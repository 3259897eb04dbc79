"""Operations of a conversation: ask and wait for answers, and reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors import asking
from fugue_actors.actors.asking import AskSessions, Outcome
from fugue_actors.actors.claiming import ids_of
from fugue_actors.actors.content import parse_content
from fugue_actors.actors.targets import Address, SessionTarget, parse_address
from fugue_actors.errors import Refused
from fugue_actors.gateways import authority
from fugue_actors.gateways.operations import receiving, sending, views
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.events import MessageSent, Recorded
from fugue_actors.protocol.ids import new_message_id
from fugue_actors.protocol.values import DAEMON

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context

USUAL_TIMEOUT: Final = 50
"""Seconds; some clients give up a tool call after a minute."""
QUESTION: Final = "question"
ANSWER: Final = "answer"
NUMBERS: Final[dict[Any, int | None]] = {"all": None, "any": 1}


async def ask(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Send a question and wait for answers."""
    session = await context.caller.session()
    address = parse_address(arguments["target"], arguments.get("deliver"))
    authority.check_target(context.caller, address.target)
    wanted = arguments.get("answers", "all")
    timeout = arguments.get("timeout", USUAL_TIMEOUT)
    question = AskSessions(
        holder=context.holder,
        message_id=new_message_id(),
        attested=context.caller.attested,
        target=address.target,
        deliver=address.deliver,
        priority=arguments.get("priority", "normal"),
        content=content_of(arguments, "question", QUESTION),
        within=timeout,
        wanted=NUMBERS.get(wanted, wanted),
    )
    context.progress.message = "waiting for answers"

    def count(recorded: Recorded) -> None:
        """Tell how far it is, with every answer."""
        event = recorded.event
        if not isinstance(event, MessageSent):
            return
        if event.envelope.in_reply_to == question.message_id:
            context.progress.message = how_far(context, question.message_id)

    stop = context.journal.listen(count, session_id=session.session_id)
    try:
        outcome = await asking.ask_sessions(
            context.session_actor(session.session_id), question
        )
    finally:
        stop()
    context.claim(session.session_id, ids_of(outcome.answers))
    shape = {
        "message_id": question.message_id,
        "answers": [to_json(answer) for answer in outcome.answers],
        "recipients": views.recipients(outcome.recipients),
    }
    if outcome.ending == "complete":
        return {**shape, "complete": True}
    raise incomplete(outcome, shape, timeout)


def how_far(context: Context, message_id: str) -> str:
    """How many answered, in a few words."""
    record = context.journal.state.ledger.messages.get(message_id)
    if record is None:
        return "waiting for answers"
    answered = sum(row.state == "answered" for row in record.recipients.values())
    return f"{answered} of {asking.asked(record)} answered"


def incomplete(outcome: Outcome, shape: dict[str, Any], timeout: float) -> Refused:
    """The refusal that says what is missing, with what there is."""
    came = f"{len(outcome.answers)} of {outcome.needed} answers came"
    hint = (
        "the question is withdrawn from those who had not read it; an answer that comes "
        "later is a message like any other"
    )
    if outcome.ending == "late":
        return Refused("Timeout", f"{came} within {timeout:g} s", hint=hint, data=shape)
    return Refused(
        "NoAnswer",
        f"{came}, and too few of those asked can still answer",
        hint=hint,
        data=shape,
    )


async def reply(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Answer a message that the caller received."""
    session = await context.caller.session()
    content = content_of(arguments, "text", ANSWER)
    record = await receiving.find(context, arguments["message_id"])
    if session.session_id not in record.recipients:
        raise Refused(
            "MessageNotFound",
            f"message {record.envelope.id} is none of those that came to you",
            hint="a message for one of several is the one's that took it; to write to "
            "its sender anyway use fugue_send_orchestration",
        )
    sender = record.envelope.sender
    if sender.session_id == DAEMON.session_id:
        raise Refused(
            "NoRecipients",
            "this message is from the daemon itself, which reads no answers",
            hint="write to the sessions that it is about",
        )
    return await sending.send(
        context,
        Address(target=SessionTarget(session=sender.session_id)),
        content,
        {**arguments, "in_reply_to": record.envelope.id},
    )


def content_of(
    arguments: dict[str, Any], words: str, kind: str
) -> tuple[str, dict[str, Any]]:
    """Type and payload, from one of the forms of a message or from a plain text."""
    said = arguments.get(words)
    if said is None:
        if arguments.get("message") is None and arguments.get("msg_type") is None:
            raise Refused(
                "InvalidArgument",
                "there is nothing to say",
                hint=f"give {words}, a text; or message; or msg_type with payload",
            )
        return parse_content(
            arguments.get("message"),
            arguments.get("msg_type"),
            arguments.get("payload"),
        )
    if arguments.get("message") is not None or arguments.get("msg_type") is not None:
        raise Refused("InvalidArgument", f"give either {words}, or a message, not both")
    return parse_content(None, kind, {"text": said})
