"""What happened, as the journal has it: for people, in pages, and as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from fugue_actors.actors.jsontext import show
from fugue_actors.actors.targets import no_session
from fugue_actors.errors import Refused, Unavailable
from fugue_actors.gateways.authority import (
    beyond,
    check_session,
    names_seen,
    sees_session,
)
from fugue_actors.journal import reading
from fugue_actors.journal.entries import KINDS
from fugue_actors.protocol.ids import is_uuid

if TYPE_CHECKING:
    from pathlib import Path

    from fugue_actors.gateways.operations.context import Context
    from fugue_actors.journal import Journal

LONGEST_WAIT: Final = 3600


async def events(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """A page of events, waiting for the first if asked to."""
    if not context.is_person:
        raise Refused(
            "NotAllowed",
            "the journal is for people: it holds what other sessions said",
            hint="what became of your own messages, fugue_message_status tells",
        )
    wanted = reading.Wanted(
        kinds=kinds(arguments),
        session=session_id(context, arguments.get("session")),
    )
    path = file_of(context.journal)
    limit: int = arguments.get("limit", 100)
    since: int | None = arguments.get("since")
    if since is None:
        last = arguments.get("last", limit)
        since = await trio.to_thread.run_sync(
            reading.before_last, path, last, wanted, abandon_on_cancel=True
        )
    happened = trio.Event()
    stop = context.journal.listen(lambda _: happened.set())
    try:
        page = await read(path, since, limit, wanted)
        with trio.move_on_after(arguments.get("wait_seconds", 0)):
            while not page.events:
                await happened.wait()
                happened = trio.Event()
                page = await read(path, page.next, limit, wanted)
    finally:
        stop()
    if wanted.session is not None:
        context.check_still(wanted.session)
    return {"events": list(page.events), "next": page.next, "newest": page.newest}


async def read(
    path: Path, since: int, limit: int, wanted: reading.Wanted
) -> reading.Page:
    return await trio.to_thread.run_sync(
        reading.page, path, since, limit, wanted, abandon_on_cancel=True
    )


def file_of(journal: Journal) -> Path:
    """Where the journal is kept.

    Raises:
        Unavailable: Nowhere.
    """
    if journal.path is None:
        raise Unavailable("this daemon keeps its journal in memory only")
    return journal.path


def kinds(arguments: dict[str, Any]) -> tuple[str, ...]:
    """The kinds of events that are asked for.

    Raises:
        Refused: `InvalidArgument`: there is no such kind.
    """
    wanted = tuple(arguments.get("kinds", ()))
    for kind in wanted:
        if kind not in KINDS:
            raise Refused(
                "InvalidArgument",
                f"no event is of the kind {show(kind)}",
                hint=f"there are: {', '.join(sorted(KINDS))}",
            )
    return wanted


def session_id(context: Context, named: str | None) -> str | None:
    """The id of a session by its name, or by its id also if it has ended.

    Raises:
        Refused: `SessionNotFound`; `NotAllowed`.
    """
    if named is None:
        if context.caller.access.reach is not None:
            raise beyond("all that happened, without a session,")
        return None
    session = context.journal.state.session_named(named)
    if session is not None:
        check_session(context.caller, session)
        return session.session_id
    if is_uuid(named):
        if not sees_session(context.caller, named):
            raise beyond(f"the session {named}")
        return named
    raise no_session(named, names_seen(context.caller))
