"""The rows of the table for who receives messages, and for conversations."""

from __future__ import annotations

from typing import Final

from fugue_actors.gateways.operations import looking, receiving, talking
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    ENVELOPE,
    MESSAGE,
    MSG_TYPE,
    PAYLOAD,
    RECIPIENTS,
    SENT,
    TARGET,
    Schema,
    arguments,
    flag,
    integer,
    result,
    strings,
    text,
)
from fugue_actors.gateways.operations.sending_rows import DELIVER, WISHES

MESSAGES: Final[Schema] = {"type": "array", "items": ENVELOPE}
FROM: Final = text("Only from the session of this name or uuid.")
TYPES: Final = strings("Only messages of these types; the others stay where they are.")
MESSAGE_ID: Final = text("The message's id.", maxLength=200)

POLL_MESSAGES: Final = Operation(
    name="poll_messages",
    title="Receive messages",
    description=(
        "Your unread messages, oldest first. With wait_seconds the call waits for "
        "the first one, up to that long; the list is empty if none came. Your next "
        "request tells the daemon that you got them; if your connection ends "
        "before, they come again with redelivered: true. Answer with fugue_reply. "
        "With ack 'manual' only fugue_ack counts, so that you can still give a "
        "message back after you have looked at it."
    ),
    takes=arguments(
        wait_seconds={
            "type": "number",
            "minimum": 0,
            "maximum": receiving.LONGEST_WAIT,
            "default": 0,
            "description": "How long to wait for a message. Stay below your "
            "client's own time limit for tool calls.",
        },
        max=integer("At most so many messages; fewer if they are large.", 1, 1000, 10),
        ack={
            "type": "string",
            "enum": ["auto", receiving.MANUAL],
            "default": "auto",
            "description": "What shows that you got them: auto, your next request; "
            "manual, only fugue_ack or an answer.",
        },
        types=TYPES,
        **{"from": FROM},
    ),
    gives=result("messages", messages=MESSAGES),
    run=receiving.poll_messages,
    is_limitable=True,
)

ACK: Final = Operation(
    name="ack",
    title="Acknowledge messages",
    description=(
        "Say that you have dealt with messages that you took with ack 'manual'. With "
        "release they go back to the queue, where any of those asked can take them; "
        "with refuse you will not do it, and the sender is told why. Doing it twice "
        "changes nothing."
    ),
    takes=arguments(
        "message_ids",
        message_ids={
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 1000,
            "description": "Ids of messages that you received.",
        },
        release=flag("Give them back instead."),
        refuse=text(
            "Refuse them instead, for this reason.", minLength=1, maxLength=500
        ),
    ),
    gives=result(
        "messages",
        messages={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "message_id": text("The message."),
                    "state": text("What it is for you now."),
                },
                "required": ["message_id", "state"],
            },
        },
    ),
    run=receiving.ack,
    is_limitable=True,
)

MESSAGE_STATUS: Final = Operation(
    name="message_status",
    title="What became of a message",
    description=(
        "A message that you sent or received, and for each recipient its state, since "
        "when, what shows it, and every step before."
    ),
    takes=arguments("message_id", message_id=MESSAGE_ID),
    gives=result(
        *ENVELOPE["required"],
        "recipients",
        **ENVELOPE["properties"],
        recipients=RECIPIENTS,
        waiting={
            "type": "array",
            "items": {"type": "string"},
            "description": "Sessions that can still get it if the one that has it now "
            "does not keep it.",
        },
    ),
    run=receiving.message_status,
    is_limitable=True,
    reads_only=True,
)

ASK: Final = Operation(
    name="ask",
    title="Ask and wait for answers",
    description=(
        "Ask other sessions something and wait for their answers: of all of them, of "
        "any one, or of so many. Give question, or message, or msg_type with payload. "
        "If too few answers come in time you get Timeout, or NoAnswer as soon as they "
        "cannot come any more, with those that came in data.answers. Whoever has not "
        "read the question by then does not get it."
    ),
    takes=arguments(
        "target",
        target=TARGET,
        question=text("The question, as text."),
        message=MESSAGE,
        msg_type=MSG_TYPE,
        payload=PAYLOAD,
        timeout={
            "type": "number",
            "minimum": 0,
            "maximum": receiving.LONGEST_WAIT,
            "default": talking.USUAL_TIMEOUT,
            "description": "Seconds to wait. Stay below your client's own time limit for "
            "tool calls, or ask it for progress notifications.",
        },
        answers={
            "description": "Whose answers to wait for: all, any one, or how many; no more "
            "than there are sessions to ask.",
            "anyOf": [
                {"type": "string", "enum": ["all", "any"]},
                {"type": "integer", "minimum": 1, "maximum": 10_000},
            ],
            "default": "all",
        },
        deliver=DELIVER,
        priority=WISHES["priority"],
    ),
    gives=result(
        "message_id",
        "answers",
        "complete",
        "recipients",
        message_id=text("The question's id."),
        answers=MESSAGES,
        complete=flag("true: all the answers that you wanted came."),
        recipients=RECIPIENTS,
    ),
    run=talking.ask,
    is_limitable=True,
)

REPLY: Final = Operation(
    name="reply",
    title="Answer a message",
    description=(
        "Answer a message that you received: goes to its sender, with in_reply_to. "
        "Give text, or message, or msg_type with payload. A message that you answer "
        "counts as received."
    ),
    takes=arguments(
        "message_id",
        message_id=MESSAGE_ID,
        text=text("The answer, as text."),
        message=MESSAGE,
        msg_type=MSG_TYPE,
        payload=PAYLOAD,
        idempotency_key=WISHES["idempotency_key"],
    ),
    gives=SENT,
    run=talking.reply,
    is_limitable=True,
)

UNREAD: Final = Operation(
    name="unread",
    title="Look at unread messages",
    description=(
        "The caller's unread messages, a page of them; none is taken out. Those after "
        "the last one of a page are the next page."
    ),
    takes=arguments(
        types=TYPES,
        after=text("Only those that are to be read after the message with this id."),
        **{"from": FROM},
    ),
    gives=result(
        "messages",
        "more",
        messages=MESSAGES,
        more=flag("Whether there are more after these."),
    ),
    run=looking.unread,
    is_limitable=True,
    tool=False,
    reads_only=True,
)

ROWS: Final = (POLL_MESSAGES, ACK, REPLY, ASK, MESSAGE_STATUS, UNREAD)
