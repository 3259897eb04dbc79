"""Operations on recordings: for people only.

What is recorded stays after everybody who was seen in it has gone. So an agent records
nothing, not even its own pane, which it can read anyway; and a token that is limited to
some sessions is not enough, since a session's recording tells what others said to it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.errors import Refused
from fugue_actors.gateways import recordings
from fugue_actors.gateways.caller import person
from fugue_actors.gateways.recordings import files, recordist
from fugue_actors.protocol.times import utc_now
from fugue_actors.protocol.values import Recording

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.kernel import Ref
    from fugue_actors.protocol.values import Pane, Session

LONGEST_TITLE: Final = 200


async def record_start(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Begin to record a pane or a session."""
    pane: Pane | None = None
    if arguments.get("pane") is not None:
        pane = await context.pane(arguments)
        session = context.journal.state.sessions[pane.session_id]
    elif arguments.get("session") is not None:
        session = await context.session(arguments["session"])
    else:
        raise Refused(
            "InvalidArgument",
            "nothing is named that shall be recorded",
            hint="name a session, or a pane",
        )
    columns, lines = size(context, session, pane)
    for name in ("title", "output"):
        check_text(name, arguments.get(name))
    title = arguments.get("title") or (
        session.session_name
        if pane is None
        else f"{session.session_name}:{pane.name or pane.pane_id}"
    )
    recording = Recording(
        recording_id="r" + secrets.token_hex(5),
        session_id=session.session_id,
        session_name=session.session_name,
        pane_id=None if pane is None else pane.pane_id,
        file=checked_output(context, arguments.get("output")),
        title=title[:LONGEST_TITLE],
        by=context.caller.name or person(),
        started_at=utc_now(),
    )
    request = recordings.StartRecording(
        recording=recording, columns=columns, lines=lines
    )
    return await view(await recordings.start(actor(context), request))


async def record_stop(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """End recordings, by id or of what they show."""
    state = context.journal.state
    named = arguments.get("recording_id")
    if named is not None:
        found = state.recordings.get(named)
        if found is None:
            raise recordist.no_recording(named)
        chosen = [found]
    else:
        chosen = await shown_by(context, arguments)
    ended = [await recordings.stop(actor(context), one.recording_id) for one in chosen]
    return {"recordings": [await view(one) for one in ended]}


async def list_recordings(
    context: Context, arguments: dict[str, Any]
) -> dict[str, Any]:
    """The recordings that run, and those that have ended and whose files are there."""
    found = [await view(one) for one in context.journal.state.recordings.values()]
    return {
        "recordings": [
            one
            for one in found
            if one["state"] == "running" or one["size_bytes"] is not None
        ]
    }


async def shown_by(context: Context, arguments: dict[str, Any]) -> list[Recording]:
    """The recordings that run of a pane, or of a session and its panes, or all."""
    found = recordist.running(context.journal.state)
    if arguments.get("pane") is not None:
        pane = await context.pane(arguments)
        found = [one for one in found if one.pane_id == pane.pane_id]
    elif arguments.get("session") is not None:
        session = await context.session(arguments["session"])
        found = [one for one in found if one.session_id == session.session_id]
    if not found:
        raise Refused(
            "InvalidArgument",
            "nothing of what you name is being recorded",
            hint="`fugue recordings` lists what is",
        )
    return found


def size(context: Context, session: Session, pane: Pane | None) -> tuple[int, int]:
    """How large the first picture will be.

    Raises:
        Refused: `InvalidArgument`: there is nothing to be seen.
    """
    if pane is not None:
        return pane.columns, pane.lines
    layout = context.journal.state.layout_of(session.session_id)
    window = layout.window(layout.focus or "")
    if window is None:
        raise Refused(
            "InvalidArgument",
            f"session {session.session_name!r} runs no program, so it shows nothing",
            hint="name a session that runs one",
        )
    return window.columns, window.lines


def check_text(name: str, text: str | None) -> None:
    """Have only what can stand in a file and in its name.

    Raises:
        Refused: `InvalidArgument`: it has a NUL, or half a pair of surrogates.
    """
    try:
        is_whole = text is None or b"\0" not in text.encode()
    except UnicodeEncodeError:
        is_whole = False
    if not is_whole:
        raise Refused(
            "InvalidArgument",
            f"`{name}` has a character that no file can have: {text!a:.100}",
            hint="leave out NUL and what is no Unicode",
        )


def checked_output(context: Context, output: str | None) -> str:
    """Where the file is to be; empty if the daemon shall choose.

    Raises:
        Refused: `NotAllowed` if somebody may not say where; `InvalidArgument`.
    """
    if output is None:
        return ""
    if not context.caller.access.may_administer:
        raise Refused(
            "NotAllowed",
            "only a person at a terminal of the daemon's machine says where a "
            "recording is written",
            hint="leave `output` out",
        )
    if not Path(output).is_absolute():
        raise Refused("InvalidArgument", f"{output[:200]} is no absolute path")
    return output


def actor(context: Context) -> Ref:
    """Who starts and stops recordings."""
    return context.kernel.registry.resolve(recordist.PATH)


async def view(recording: Recording) -> dict[str, Any]:
    """A recording as people see it."""
    size_bytes = await trio.to_thread.run_sync(files.size_of, recording.file)
    return {
        "recording_id": recording.recording_id,
        "session_id": recording.session_id,
        "session_name": recording.session_name,
        "pane_id": recording.pane_id,
        "title": recording.title,
        "file": recording.file,
        "by": recording.by,
        "started_at": recording.started_at,
        "ended_at": recording.ended_at,
        "reason": recording.reason,
        "state": "running" if recording.ended_at is None else "ended",
        "size_bytes": size_bytes,
    }
