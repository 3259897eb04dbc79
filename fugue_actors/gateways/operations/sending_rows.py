"""The rows of the table for sending."""

from __future__ import annotations

from typing import Final

from fugue_actors.actors.content import STATUSES
from fugue_actors.actors.targets import DELIVERIES
from fugue_actors.gateways.operations import sending
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    IN_REPLY_TO,
    MESSAGE,
    MSG_TYPE,
    PAYLOAD,
    SENT,
    TARGET,
    Schema,
    arguments,
    text,
)
from fugue_actors.journal.messages import PRIORITIES

LONGEST_SECONDS: Final = 30 * 24 * 3600
LONGEST_KEY: Final = 200

DELIVER: Final[Schema] = {
    "type": "string",
    "enum": list(DELIVERIES),
    "default": "all",
    "description": "one: a work queue, whoever of them asks first gets it, and another "
    "one if that session ends before it has read it.",
}
WISHES: Final[dict[str, Schema]] = {
    "expires_seconds": {
        "type": "number",
        "minimum": 1,
        "maximum": LONGEST_SECONDS,
        "description": "Who has not received it by then does not get it.",
    },
    "priority": {
        "type": "string",
        "enum": list(PRIORITIES),
        "default": "normal",
        "description": "high: before a recipient's other unread messages; low: after.",
    },
    "retain_seconds": {
        "type": "number",
        "minimum": 1,
        "maximum": LONGEST_SECONDS,
        "description": "Sessions that come to match the target by then get it too; "
        "nobody has to match now.",
    },
    "idempotency_key": text(
        "Your own name for this message. Sending again with the same key sends nothing "
        "and gives the first answer.",
        minLength=1,
        maxLength=LONGEST_KEY,
    ),
    "tell_failure": {
        "type": "boolean",
        "default": True,
        "description": "false: no delivery_failed message to you if somebody does not "
        "receive it.",
    },
}

ROWS: Final = (
    Operation(
        name="send_orchestration",
        title="Send a message",
        description=(
            "Send a typed message to other sessions. Give target, and either message "
            "(one of status_update, task_assignment, task_complete, help_request, "
            "broadcast, sync_request) or msg_type with payload. The answer lists every "
            "recipient; if nobody matches you get NoRecipients and nothing was sent. If "
            "somebody does not receive it you get a message of type delivery_failed."
        ),
        takes=arguments(
            "target",
            target=TARGET,
            message=MESSAGE,
            msg_type=MSG_TYPE,
            payload=PAYLOAD,
            in_reply_to=IN_REPLY_TO,
            deliver=DELIVER,
            **WISHES,
        ),
        gives=SENT,
        run=sending.send_orchestration,
        is_limitable=True,
    ),
    Operation(
        name="report_status",
        title="Report your status",
        description=(
            "Say how you are doing; people see it and your orchestrator is told. Report "
            "working when you begin, waiting_for_input or blocked when you cannot go "
            "on, complete or error at the end."
        ),
        takes=arguments(
            "status",
            status={
                "type": "string",
                "enum": list(STATUSES),
                "description": "How you are doing.",
            },
            message=text("What you are doing, or what you wait for; one line."),
        ),
        gives=SENT,
        run=sending.report_status,
    ),
    Operation(
        name="request_help",
        title="Ask for help",
        description=(
            "Ask your orchestrator for help. The answer comes as a message to you: "
            "wait for it with fugue_poll_messages."
        ),
        takes=arguments(
            "context",
            context=text("What you tried, what is in the way, what you need."),
        ),
        gives=SENT,
        run=sending.request_help,
    ),
    Operation(
        name="broadcast",
        title="Tell everybody",
        description=(
            "Tell every other session of your git repository something (scope server: "
            "every session there is). At most 60 a minute. Give message, or msg_type "
            "with payload."
        ),
        takes=arguments(
            message=text("What to say."),
            msg_type=MSG_TYPE,
            payload=PAYLOAD,
            scope={
                "type": "string",
                "enum": ["repository", "server"],
                "default": "repository",
                "description": "Whom to tell.",
            },
            **WISHES,
        ),
        gives=SENT,
        run=sending.broadcast,
    ),
)
