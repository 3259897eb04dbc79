"""Operations on sessions: who am I, who is there, tags, create, kill."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from fugue_actors.actors import fleet, session as sessions
from fugue_actors.errors import Refused
from fugue_actors.gateways import authority
from fugue_actors.gateways.caller import person
from fugue_actors.gateways.operations import views
from fugue_actors.protocol.ids import check_tag

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context


async def whoami(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """The caller's own session."""
    session = await context.caller.session()
    attestation = context.caller.attestation
    shape = views.identity(context.journal.state, session, attestation)
    hint = attestation.hint
    return shape if hint is None else {**shape, "hint": hint}


async def get_tags(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A session's tags; the caller's own unless another is named."""
    return views.tags(await context.session(arguments.get("session")))


async def set_tags(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Add and remove tags; the caller's own unless another session is named."""
    session = await context.session(arguments.get("session"))
    add, remove = arguments.get("add", ()), arguments.get("remove", ())
    authority.check_tags(context.caller, (*add, *remove))
    changed = await sessions.set_tags(
        context.session_actor(session.session_id),
        add=tuple(check_tag(tag) for tag in add),
        remove=tuple(check_tag(tag) for tag in remove),
    )
    return views.tags(changed)


async def attach_session(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Nothing for one's own session, a refusal for any other."""
    own = await context.caller.session()
    asked = await context.session(arguments["session"])
    if asked.session_id != own.session_id:
        raise Refused(
            "IdentityFixed",
            f"you are session {own.session_name!r} ({own.session_id}) for as long as "
            f"this connection lives, and cannot become {asked.session_name!r}",
            hint="no attachment is needed: every tool acts as your own session, and "
            "messages reach other sessions by target",
            data={"session_id": own.session_id, "session_name": own.session_name},
        )
    return await whoami(context, {})


async def list_sessions(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """All sessions, or those with a tag."""
    state = context.journal.state
    tag = arguments.get("tag")
    return {
        "sessions": [
            views.session(state, session)
            for session in state.sessions.values()
            if (tag is None or tag in session.tags)
            and authority.sees_session(context.caller, session.session_id)
        ]
    }


async def create_session(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A session with one pane, as a child of the caller's."""
    authority.check_new_session(context.caller, arguments.get("tags", ()))
    check_name(context, arguments.get("name"))
    caller = context.caller
    own = context.journal.state.panes.get(caller.attestation.pane_id or "")
    environment = arguments.get("environment")
    if environment is None and own is not None:
        environment = own.environment
    command = arguments.get("command")
    if isinstance(command, str):
        command = split_command(command)
    pane = await fleet.create(
        context.fleet,
        fleet.CreateSession(
            name=arguments.get("name"),
            argv=tuple(command or ()),
            cwd=str(PurePath(caller.directory) / arguments.get("cwd", "")),
            tags=tuple(arguments.get("tags", ())),
            extra=arguments.get("env", {}),
            environment=environment,
            columns=arguments.get("columns"),
            lines=arguments.get("lines"),
            restart=arguments.get("restart", "never"),
            parent=caller.session_id,
        ),
    )
    session = await context.session(pane.session_id)
    return {
        "session_id": session.session_id,
        "session_name": session.session_name,
        "pane_id": pane.pane_id,
    }


def check_name(context: Context, name: str | None) -> None:
    """Keep agents from being called as people are.

    Raises:
        Refused: `NotAllowed`.
    """
    if not context.is_person and name == person():
        raise Refused(
            "NotAllowed",
            f"{name} is what the person at this machine is called",
            hint="use another name",
        )


def split_command(command: str) -> list[str]:
    """A command line as a list, by the shell's rules of quoting.

    Raises:
        Refused: `InvalidArgument` for quotes that do not close, or no words at all.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Refused(
            "InvalidArgument",
            f"the command cannot be split into words: {error}",
            hint="give it as a list of strings, or close the quotes",
        ) from error
    if not words:
        raise Refused(
            "InvalidArgument",
            "the command names no program",
            hint="leave it out for a shell",
        )
    return words


async def rename_session(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another name for a session; the caller's own unless another is named."""
    session = await context.session(arguments.get("session"))
    own = session.session_id == context.caller.session_id
    if not context.is_person and session.kind == "guest" and not own:
        raise Refused(
            "NotAllowed",
            f"{session.session_name} is a guest, whose name is its own",
            hint="rename your own session, or one with a terminal",
        )
    check_name(context, arguments["name"])
    renamed = await fleet.rename(context.fleet, session.session_id, arguments["name"])
    return {
        "session_id": renamed.session_id,
        "session_name": renamed.session_name,
        "previous_name": session.session_name,
    }


async def kill_session(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """End a session and everything it runs."""
    session = await context.session(arguments["session"])
    reports = await fleet.end(context.fleet, session.session_id)
    return {
        "session_id": session.session_id,
        "session_name": session.session_name,
        "ended": sum(report.ended for report in reports),
        "killed": views.forced(reports),
        "survivors": views.survivors(reports),
    }
