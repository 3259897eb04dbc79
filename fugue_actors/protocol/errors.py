"""Codes and exceptions: one table for MCP, the control protocol and `--json`."""

from __future__ import annotations

from typing import Any, Final

from fugue_actors.errors import FugueError, Refused

CODES: Final[dict[str, str]] = {
    "InvalidArgument": "An argument is missing, unknown or of the wrong shape.",
    "InvalidTarget": "The target is not one of the five forms, or names a bad path.",
    "NoRecipients": "The target is fine, but nobody matches it; nothing was sent.",
    "NoRepository": "The target needs a git repository and there is none.",
    "SessionNotFound": "No session has this id or name.",
    "WindowNotFound": "No window of the session has this id, number or name.",
    "PaneNotFound": "No pane has this id.",
    "MessageNotFound": "No such message, or it is none of yours.",
    "SessionNameExists": "Another session has this name.",
    "IdentityFixed": "A connection is one session for life and cannot become another.",
    "NotAllowed": "The caller may not do this.",
    "RateLimited": "Too many in too short a time; `data.retry_after` is in seconds.",
    "PayloadTooLarge": "The payload is over the limit; nothing was sent.",
    "InboxFull": "A recipient has too many unread messages; nothing was sent.",
    "Timeout": "No answer came within the time given.",
    "NoAnswer": "Too few of those asked can still answer; `data.answers` came.",
    "Busy": "A queue is full, or there are too many connections; try again shortly.",
    "Restarting": "The part that should answer is being restarted; try again.",
    "PaneExited": "The pane's program has ended.",
    "HumanControl": "A person types there, controls the pane, or has begun a line; nothing "
    "was written. `data.remaining` is in seconds, if it is known.",
    "Unavailable": "The daemon, or the part that should answer, cannot be reached.",
    "Internal": "A bug in fugue; the incident id is in the daemon's log.",
}


def error_json(error: FugueError) -> dict[str, Any]:
    """`{"code", "message", "hint"?, "data"?}`, the same on every wire."""
    shape: dict[str, Any] = {"code": error.code, "message": error.message or error.code}
    if error.hint:
        shape["hint"] = error.hint
    if error.data:
        shape["data"] = error.data
    return shape


def error_from_json(shape: dict[str, Any]) -> Refused:
    """The error that a peer's `error_json` describes."""
    return Refused(
        str(shape.get("code", "Internal")),
        str(shape.get("message", "")),
        hint=shape.get("hint"),
        data=shape.get("data"),
    )
