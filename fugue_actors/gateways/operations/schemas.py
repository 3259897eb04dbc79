"""JSON schemas of what operations take and give, with words an agent can act on. Pure."""

from __future__ import annotations

from typing import Any, Final, get_args

from fugue_actors.actors.content import STATUSES
from fugue_actors.protocol.hosting import COLUMNS_LIMIT, LINES_LIMIT
from fugue_actors.protocol.values import (
    Attested,
    Deliver,
    PaneState,
    Priority,
    RecipientState,
    RestartPolicy,
)

Schema = dict[str, Any]

RESTART_POLICIES: Final = get_args(RestartPolicy)

TARGET_FORMS: Final = (
    'Exactly one of: {"orchestrator": true} (the nearest orchestrator above you), '
    '{"session": "<name or uuid>"}, {"tag": "<tag>"} (every session with that tag), '
    '{"broadcast": true} (every session of your git repository; "server" for all), '
    '{"worktree": "<path>"} (every session working in that git worktree), {"state": '
    '"<status>"} (every session that last reported it), or a combination: {"all": '
    '[targets]}, {"any": [targets]}, {"not": target}. You never receive your own '
    "message, unless you name your own session."
)


MOUSE_ACTION: Final[Schema] = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["press", "release", "move", "wheel"]},
        "button": {
            "type": "integer",
            "minimum": 0,
            "maximum": 11,
            "description": "0 none, 1 left, 2 middle, 3 right, 4 to 7 wheel up, down, "
            "left and right, 8 to 11 others.",
        },
        "x": {"type": "integer", "minimum": 0, "maximum": COLUMNS_LIMIT - 1},
        "y": {"type": "integer", "minimum": 0, "maximum": LINES_LIMIT - 1},
        "modifiers": {
            "type": "integer",
            "minimum": 0,
            "maximum": 7,
            "default": 0,
            "description": "Bits: 1 shift, 2 alt, 4 control.",
        },
    },
    "required": ["kind", "button", "x", "y"],
    "additionalProperties": False,
}


def text(description: str, **more: Any) -> Schema:
    """A string."""
    return {"type": "string", "description": description, **more}


def integer(description: str, low: int, high: int, default: int) -> Schema:
    """A whole number within limits."""
    return {
        "type": "integer",
        "minimum": low,
        "maximum": high,
        "default": default,
        "description": description,
    }


def flag(description: str) -> Schema:
    """A boolean, false unless given."""
    return {"type": "boolean", "default": False, "description": description}


def strings(description: str) -> Schema:
    """A list of strings."""
    return {"type": "array", "items": {"type": "string"}, "description": description}


def mapping(description: str) -> Schema:
    """An object of strings."""
    return {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": description,
    }


def either(description: str, shape: Schema) -> Schema:
    """An object, or the same object written as a JSON string."""
    return {"description": description, "anyOf": [shape, {"type": "string"}]}


def arguments(*required: str, **properties: Schema) -> Schema:
    """The arguments of an operation."""
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    return schema


def result(*required: str, **properties: Schema) -> Schema:
    """What an operation gives when it succeeds; more keys may be added later."""
    return {"type": "object", "properties": properties, "required": list(required)}


SESSION: Final = text("A session's name or uuid. Leave it out for your own session.")
KILLED: Final[Schema] = {
    "type": "array",
    "items": {"type": "object"},
    "description": "Those that had to be killed: pid and command.",
}
PANE: Final = text(
    "A pane: its id, its name in that session, or SESSION:NAME. Leave it out for your own, "
    "or with session for the one that has the session's focus."
)

TARGET: Final = either(
    "Who gets it. " + TARGET_FORMS,
    {
        "type": "object",
        "properties": {
            "orchestrator": {"description": "true: the nearest orchestrator above you"},
            "session": {"description": "a session's name or uuid"},
            "tag": {"description": "every session that has this tag"},
            "broadcast": {"description": 'true: all of your repository; "server": all'},
            "worktree": {"description": "a path inside a git worktree"},
            "state": {"description": "idle, working, blocked, …: what they reported"},
            "all": {"description": "targets: sessions that all of them mean"},
            "any": {"description": "targets: sessions that one of them means"},
            "not": {"description": "a target: every other session"},
        },
    },
)

MESSAGE: Final = either(
    "A typed message: an object with exactly one of these keys. Alternatively use "
    "msg_type and payload.",
    {
        "type": "object",
        "properties": {
            "status_update": {
                "type": "object",
                "description": "how you are doing: status is one of "
                + ", ".join(STATUSES)
                + "; message optional",
            },
            "task_assignment": {
                "type": "object",
                "description": "a task: task_id (uuid), description, files (paths)",
            },
            "task_complete": {
                "type": "object",
                "description": "a task is done: task_id, success (bool), summary",
            },
            "help_request": {
                "type": "object",
                "description": "you need help: context",
            },
            "broadcast": {"type": "object", "description": "an announcement: message"},
            "sync_request": {
                "description": "true: ask the recipients to report their status"
            },
        },
    },
)

MSG_TYPE: Final = text("Your own message type, with payload. Use this or message.")
PAYLOAD: Final = either(
    "The body that goes with msg_type, up to 256 KiB.", {"type": "object"}
)
IN_REPLY_TO: Final = text("The id of the message this answers.", maxLength=200)

RECIPIENTS: Final[Schema] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "session_id": text("Recipient."),
            "session_name": text("Its name."),
            "state": {
                "type": "string",
                "enum": list(get_args(RecipientState)),
                "description": "queued: in its inbox; offered: handed to it; consumed: "
                "proven received; answered: by a reply; expired: not read in time, or "
                "withdrawn; refused: by it, or its inbox is full; dead: it ended unread.",
            },
            "at": text("Since when, RFC 3339."),
            "evidence": text("What shows it: a connection, a reply's id, a reason."),
            "redelivered": flag("It may have seen it before, without proof."),
            "steps": {
                "type": "array",
                "items": {"type": "object"},
                "description": "What was before: state, at, evidence.",
            },
        },
        "required": ["session_id", "session_name", "state"],
    },
}

SENT: Final = result(
    "message_id",
    "delivered_count",
    "recipients",
    message_id=text("The message's id; ids sort by time."),
    delivered_count={"type": "integer", "description": "Inboxes that have it now."},
    recipients=RECIPIENTS,
    expires_at=text("Who has not received it by then does not get it."),
    retained_until=text("Sessions that come to match by then get it too."),
    repeated={
        "type": "boolean",
        "description": "true: sent before under this idempotency_key, and not again.",
    },
)

TAGS: Final = result(
    "session_id",
    "session_name",
    "tags",
    session_id=text("Whose tags these are."),
    session_name=text("Its name."),
    tags={"type": "array", "items": {"type": "string"}},
)

ENVELOPE: Final[Schema] = {
    "type": "object",
    "properties": {
        "id": text("The message's id."),
        "from": {
            "type": "object",
            "description": "The sender, attested by the daemon.",
            "properties": {
                "session_id": text("Sender."),
                "session_name": text("Its name: reply with this as target session."),
                "attested": {
                    "type": "string",
                    "enum": list(get_args(Attested)),
                    "description": "How it is known; daemon: from fugue itself.",
                },
            },
        },
        "target": {"type": "object", "description": "What the sender addressed."},
        "type": text("The message's type."),
        "payload": {"type": "object", "description": "The message's body."},
        "sent_at": text("When, RFC 3339 UTC."),
        "in_reply_to": text("The message this answers."),
        "thread": text("The message that began the conversation."),
        "expires_at": text("Until when it is of use; absent: for ever."),
        "priority": {"type": "string", "enum": list(get_args(Priority))},
        "deliver": {
            "type": "string",
            "enum": list(get_args(Deliver)),
            "description": "one: nobody else gets it while you have it",
        },
        "redelivered": {
            "type": "boolean",
            "description": "true: you may have seen it before, or, with deliver one, "
            "another who did not say how it ended",
        },
    },
    "required": ["id", "from", "target", "type", "payload", "sent_at"],
}

PROGRAM: Final[dict[str, Schema]] = {
    "state": {"type": "string", "enum": list(get_args(PaneState))},
    "exit": {
        "type": ["object", "null"],
        "description": "code or signal, once the program has ended",
    },
    "restarts": {
        "type": "integer",
        "description": "How often it was started again.",
    },
}

PANE_SHAPE: Final[Schema] = {
    "type": "object",
    "properties": {
        "pane_id": text("The pane."),
        "name": {"type": ["string", "null"], "description": "Its name, if it has one."},
        "pid": {"type": ["integer", "null"], "description": "Its program."},
        "command": text("What it runs."),
        **PROGRAM,
        "restart": {"type": "string", "enum": list(RESTART_POLICIES)},
        "last_exit": {
            "type": ["object", "null"],
            "description": "how the run before this one ended",
        },
        "trouble": {
            "type": ["string", "null"],
            "description": "why it is not started again although it should be",
        },
        "orphaned": {
            "type": "boolean",
            "description": "it is lost since no daemon came for it in time",
        },
    },
    "required": ["pane_id", "pid", "command", "state", "exit"],
}

LISTED_PANE: Final[Schema] = {
    **PANE_SHAPE,
    "properties": {
        **PANE_SHAPE["properties"],
        "session_id": text("Its session."),
        "session_name": text("That session's name."),
        "cwd": text("Where its program was started."),
        "columns": {"type": "integer", "description": "Width in cells."},
        "lines": {"type": "integer", "description": "Height in cells."},
        "title": text("The title its program set."),
        "run": {
            "type": "boolean",
            "description": "It belongs to a fugue_run and ends with it.",
        },
        "control": {
            "type": ["object", "null"],
            "description": "The person who types there, if one does: operator, "
            "operator_id, since, exclusive (agents' input is refused meanwhile).",
        },
    },
}

SESSION_SHAPE: Final[Schema] = {
    "type": "object",
    "properties": {
        "session_id": text("The session."),
        "session_name": text("Its name."),
        "tags": {"type": "array", "items": {"type": "string"}},
        "kind": {"type": "string", "enum": ["pane", "guest"]},
        "cwd": text("Its working directory."),
        "repository": {"type": ["string", "null"]},
        "worktree": {"type": ["string", "null"]},
        "parent": {"type": ["string", "null"]},
        "unread": {"type": "integer", "description": "Messages it has not consumed."},
        "status": {
            "type": ["object", "null"],
            "description": "what it last reported of itself, and since when",
        },
        "panes": {"type": "array", "items": PANE_SHAPE},
    },
    "required": ["session_id", "session_name", "tags", "kind", "cwd", "panes"],
}
