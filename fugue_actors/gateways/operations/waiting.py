"""Wait until a pane shows something, falls silent or ends, or a session reports a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.actors import panes
from fugue_actors.actors.restarting import Again, decide
from fugue_actors.errors import ActorGone, FugueError, Refused
from fugue_actors.gateways.operations import views
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.hosting import ProgramExit, WaitFor
from fugue_actors.protocol.times import utc_now

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.protocol.values import Pane, Session

USUAL_WAIT: Final = 30
CONDITIONS: Final = ("text", "quiet_ms", "prompt", "exit", "state")
LINES_OF_TIMEOUT: Final = 5


async def wait_for(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Wait for one thing; says what it was and how long it took."""
    wanted = [name for name in CONDITIONS if arguments.get(name) not in (None, False)]
    if len(wanted) != 1:
        raise Refused(
            "InvalidArgument",
            "wait for exactly one thing",
            hint=f"give one of {', '.join(CONDITIONS)}",
        )
    context.progress.message = f"waiting for {wanted[0].removesuffix('_ms')}"
    began = trio.current_time()
    timeout = arguments.get("timeout", USUAL_WAIT)
    found: dict[str, Any] | None = None
    if wanted == ["state"]:
        session = await session_of(context, arguments)
        with trio.move_on_after(timeout):
            found = await wait_state(context, session, arguments["state"])
        context.check_still(session.session_id)
        if found is None:
            raise not_reported(context, session, arguments["state"], timeout)
    else:
        pane = await context.pane(arguments)
        with trio.move_on_after(timeout):
            found = await wait_pane(context, pane, arguments)
        context.check_still(pane.session_id)
        if found is None:
            raise await not_seen(context, pane, arguments, timeout)
    waited = round(trio.current_time() - began, 3)
    return {"met": wanted[0].removesuffix("_ms"), "waited": waited, **found}


# ---- terminals


async def wait_pane(
    context: Context, pane: Pane, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Wait for something in a pane's terminal.

    Raises:
        Refused: `PaneExited` when it cannot come any more, `PaneNotFound` when the pane
            is closed meanwhile.
    """
    quiet = arguments.get("quiet_ms")
    wanted = WaitFor(
        text=arguments.get("text"),
        since=arguments.get("since"),
        quiet=None if quiet is None else quiet / 1000,
        prompt=arguments.get("prompt", False),
        exit=arguments.get("exit", False),
    )
    try:
        waited = await panes.wait_for(context.pane_actor(pane), wanted)
    except ActorGone as error:
        raise panes.closed(pane.pane_id) from error
    found: dict[str, Any] = {"pane_id": pane.pane_id, "next": waited.next}
    if waited.exit is not None:
        found["exit"] = to_json(waited.exit)
    if waited.in_vain:
        raise ended_before(pane, wanted, waited.exit)
    if waited.prompts is not None and waited.prompts.exit_code is not None:
        found["exit_code"] = waited.prompts.exit_code
    if waited.line is not None:
        found["line"] = waited.line
        found["match"] = waited.line[waited.start : waited.end]
        found["groups"] = list(waited.groups)
    return found


def ended_before(pane: Pane, wanted: WaitFor, status: ProgramExit | None) -> Refused:
    what = "a prompt" if wanted.prompt else "any output"
    if wanted.text is not None:
        what = repr(wanted.text)[:80]
    return Refused(
        "PaneExited",
        f"the program of pane {pane.pane_id} ended before {what} came",
        hint="its last screen can still be read",
        data=None if status is None else to_json(status),
    )


async def not_seen(
    context: Context, pane: Pane, arguments: dict[str, Any], within: float
) -> Refused:
    """The refusal after a time-out, with the last that the pane shows."""
    try:
        screen = await panes.read(context.pane_actor(pane))
        lines = [line for line in screen.text if line]
        data: dict[str, Any] = {"text": lines[-LINES_OF_TIMEOUT:], "next": screen.next}
    except FugueError as error:
        data = {"text": [], "why": error.message}
    what = {
        "text": f"{arguments.get('text')!r:.80} did not come",
        "quiet_ms": f"there was no silence of {arguments.get('quiet_ms')} ms",
        "prompt": "no prompt came",
        "exit": "the program did not end",
    }
    (name,) = (name for name in what if arguments.get(name) not in (None, False))
    hint = "read the pane to see what it does; ask the same again to wait longer"
    if name == "prompt":
        hint += (
            "; a shell that does not mark its prompts (OSC 133) has none to wait for"
        )
    return Refused(
        "Timeout",
        f"{what[name]} in pane {pane.pane_id} within {within:g} s",
        hint=hint,
        data=data,
    )


# ---- what sessions report


async def session_of(context: Context, arguments: dict[str, Any]) -> Session:
    """The session named, or that of the pane named."""
    if arguments.get("pane") is None:
        return await context.session(arguments.get("session"))
    pane = await context.pane(arguments)
    return context.journal.state.sessions[pane.session_id]


async def wait_state(context: Context, session: Session, state: str) -> dict[str, Any]:
    """Wait until a session has reported a state, last of all.

    Raises:
        Refused: `SessionNotFound` when it ends before, `PaneExited` when its programs
            do, and none of them will be started again.
    """
    changed = trio.Event()
    stop = context.journal.listen(
        lambda _: changed.set(), session_id=session.session_id
    )
    try:
        while True:
            current = context.journal.state.sessions.get(session.session_id)
            if current is None:
                raise Refused(
                    "SessionNotFound",
                    f"session {session.session_name!r} ended before it reported "
                    f"{state!r}",
                )
            reached = current.status is not None and current.status.status == state
            if not reached and is_over(context, current):
                raise Refused(
                    "PaneExited",
                    f"every program of session {session.session_name!r} has ended; it "
                    f"last reported {reported(current)}",
                    hint="read its pane to see why",
                )
            if reached:
                shape = views.session(context.journal.state, current)
                return {
                    "session_id": current.session_id,
                    "session_name": current.session_name,
                    "status": shape["status"],
                }
            await changed.wait()
            changed = trio.Event()
    finally:
        stop()


def is_over(context: Context, session: Session) -> bool:
    """Whether no program of a session runs, or will run again."""
    those = context.journal.state.panes_of(session.session_id)
    return bool(those) and all(
        pane.state in ("exited", "lost")
        and not (
            pane.trouble is None and isinstance(decide(pane, now=utc_now()), Again)
        )
        for pane in those
    )


def reported(session: Session) -> str:
    """What a session reported last, in a sentence."""
    return "nothing" if session.status is None else repr(session.status.status)


def not_reported(
    context: Context, session: Session, state: str, within: float
) -> Refused:
    current = context.journal.state.sessions.get(session.session_id, session)
    report = None if current.status is None else to_json(current.status)
    return Refused(
        "Timeout",
        f"session {session.session_name!r} did not report {state!r} within {within:g} "
        f"s; it last reported {reported(current)}",
        hint="read its pane to see what it does; ask the same again to wait longer",
        data={"status": report},
    )
