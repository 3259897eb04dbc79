"""The row of the table that waits."""

from __future__ import annotations

from typing import Final

from fugue_actors.actors.content import STATUSES
from fugue_actors.gateways.operations import schemas, waiting
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.protocol.hosting import PATTERN_LIMIT, QUIET_LIMIT

LONGEST_WAIT: Final = 7 * 24 * 3600

WAIT_FOR: Final = Operation(
    name="wait_for",
    title="Wait for a pane",
    description=(
        "Wait until a pane shows text, is quiet, has a prompt or has ended, or until a "
        "session reports a state. Give exactly one of them. With since (the next that "
        "fugue_send_input or fugue_read_pane gave) only what came later counts, not what "
        "the screen shows already. Timeout if it does not happen in time: ask again."
    ),
    takes=schemas.arguments(
        pane=schemas.PANE,
        session=schemas.SESSION,
        text=schemas.text(
            "A regular expression (Python's), searched in each line by itself: of the "
            "screen, or of what was written after since.",
            minLength=1,
            maxLength=PATTERN_LIMIT,
        ),
        quiet_ms={
            "type": "integer",
            "minimum": 0,
            "maximum": int(QUIET_LIMIT * 1000),
            "description": "So many milliseconds without output: from now on, or from "
            "the first output after since on.",
        },
        prompt=schemas.flag(
            "The shell waits for a command; needs a shell that marks prompts."
        ),
        exit=schemas.flag("The program has ended."),
        state={
            "type": "string",
            "enum": list(STATUSES),
            "description": "The session has reported this of itself.",
        },
        since={
            "type": "integer",
            "minimum": 0,
            "description": "A cursor from an earlier answer's next.",
        },
        timeout={
            "type": "number",
            "minimum": 0,
            "maximum": LONGEST_WAIT,
            "default": waiting.USUAL_WAIT,
            "description": "Seconds to wait. Stay below your client's own time limit "
            "for tool calls, or ask it for progress notifications.",
        },
    ),
    gives=schemas.result(
        "met",
        "waited",
        met={"type": "string", "enum": ["text", "quiet", "prompt", "exit", "state"]},
        waited={"type": "number", "description": "Seconds it took."},
        pane_id=schemas.text("The pane."),
        next={"type": "integer", "description": "Cursor to go on from."},
        line=schemas.text("The line with the text."),
        match=schemas.text("What of it matched."),
        groups={"type": "array", "items": {"type": "string"}},
        exit={"type": "object", "description": "code or signal, if it has ended"},
        exit_code={"type": "integer", "description": "Of the last command."},
        session_id=schemas.text("The session that reported."),
        session_name=schemas.text("Its name."),
        status={"type": "object", "description": "What it reported, and since when."},
    ),
    run=waiting.wait_for,
    is_limitable=True,
    reads_only=True,
)
