"""The rows of the table that are about recordings."""

from __future__ import annotations

from typing import Final

from fugue_actors.gateways.operations import recording
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    PANE,
    SESSION,
    Schema,
    arguments,
    result,
    text,
)

NULLABLE: Final = {"type": ["string", "null"]}
FIELDS: Final[dict[str, Schema]] = {
    "recording_id": text("Its id."),
    "session_id": text("The session that it shows, or of whose pane it is."),
    "session_name": text("What that was called when it began."),
    "pane_id": {**NULLABLE, "description": "The pane; null: what the session shows."},
    "title": text("What it is called."),
    "file": text("Where it is, on the daemon's machine."),
    "by": text("Who began it."),
    "started_at": text("When, RFC 3339."),
    "ended_at": {**NULLABLE, "description": "When it ended; null while it runs."},
    "reason": {**NULLABLE, "description": "Why it ended."},
    "state": {"type": "string", "enum": ["running", "ended"]},
    "size_bytes": {
        "type": ["integer", "null"],
        "description": "Of the file; null if it is gone.",
    },
}
RECORDINGS: Final[Schema] = {
    "type": "array",
    "items": {"type": "object", "properties": FIELDS, "required": list(FIELDS)},
}

ROWS: Final = (
    Operation(
        name="record_start",
        title="Record",
        description=(
            "Record what a pane shows, or what a session does: the window that has its "
            "focus. For people only. The daemon writes the file, also after the client "
            "has left, and the next daemon goes on with it."
        ),
        takes=arguments(
            session=SESSION,
            pane=PANE,
            title=text("What the recording is called; default: what it shows."),
            output=text(
                "Absolute path of the file, which must not exist yet; only from a "
                "terminal of the daemon's machine. Default: in its state directory."
            ),
        ),
        gives=result(*FIELDS, **FIELDS),
        run=recording.record_start,
        tool=False,
        is_for_people=True,
    ),
    Operation(
        name="record_stop",
        title="Stop recording",
        description=(
            "End a recording by its id, or all of a pane or a session, or all there are. "
            "For people only. The files stay."
        ),
        takes=arguments(
            recording_id=text("The recording."),
            session=SESSION,
            pane=PANE,
        ),
        gives=result("recordings", recordings=RECORDINGS),
        run=recording.record_stop,
        tool=False,
        is_for_people=True,
    ),
    Operation(
        name="recordings",
        title="List recordings",
        description=(
            "The recordings that run, and the newest of those that have ended, as long "
            "as their files are there. For people only."
        ),
        takes=arguments(),
        gives=result("recordings", recordings=RECORDINGS),
        run=recording.list_recordings,
        tool=False,
        is_for_people=True,
        reads_only=True,
    ),
)
