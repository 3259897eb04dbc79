"""What can be asked of the fleet, and the functions to ask it with.

Callers find all of it in `fleet`, whose actor carries it out.
"""

from __future__ import annotations

import attrs

from fugue_actors.actors.layouts import Beside, InWindow
from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol.hosting import KillReport
from fugue_actors.protocol.ids import new_pane_id
from fugue_actors.protocol.layout import Layout, Window
from fugue_actors.protocol.values import Pane, RestartPolicy, Session

CREATE_WITHIN = 40.0
END_WITHIN = 45.0
ASK_WITHIN = 10.0


@attrs.frozen(kw_only=True)
class CreateSession(Request[Pane]):
    """A new session with one pane."""

    cwd: str
    name: str | None = None
    argv: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    extra: dict[str, str] = attrs.field(factory=dict, repr=False)
    environment: dict[str, str] | None = attrs.field(default=None, repr=False)
    columns: int | None = None
    lines: int | None = None
    restart: RestartPolicy = "never"
    parent: str | None = None


@attrs.frozen(kw_only=True)
class EndSession(Request[tuple[KillReport, ...]]):
    """End a session with all its programs."""

    session_id: str


@attrs.frozen(kw_only=True)
class RenameSession(Request[Session]):
    """Give a session another name."""

    session_id: str
    name: str


@attrs.frozen(kw_only=True)
class NewPane:
    """A pane to be made in a session that is there.

    Attributes:
        pane_id: Its id, by which its place in a layout names it.
        argv: Its command; the default one if empty.
        cwd: Where it starts; an absolute path, or "" for the session's directory.
        name: Its name, unique in its session.
        extra: Variables on top of its environment.
        environment: What its environment begins with; None for the daemon's own.
        restart: Whether its program is started again when it ends.
    """

    pane_id: str = attrs.field(factory=new_pane_id)
    argv: tuple[str, ...] = ()
    cwd: str = ""
    name: str | None = None
    extra: dict[str, str] = attrs.field(factory=dict, repr=False)
    environment: dict[str, str] | None = attrs.field(default=None, repr=False)
    restart: RestartPolicy = "never"


@attrs.frozen(kw_only=True)
class OpenPanes(Request[Layout]):
    """Panes in a session that is there; see `layouts.PlacePanes`."""

    session_id: str
    panes: tuple[NewPane, ...]
    place: Beside | InWindow | tuple[Window, ...]
    focus: bool = False


@attrs.frozen(kw_only=True)
class DraftRun(Request[Pane]):
    """The record of a pane that a session is to run; nothing is started yet."""

    session_id: str
    pane: NewPane
    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class ClosePane(Request[tuple[KillReport, ...]]):
    """End a pane, and with the last one its session."""

    session_id: str
    pane_id: str


@attrs.frozen(kw_only=True)
class CloseWindow(Request[tuple[KillReport, ...]]):
    """End all panes of a window, and with the last one its session."""

    session_id: str
    window_id: str


@attrs.frozen(kw_only=True)
class OpenGuest(Request[Session | None]):
    """A session without panes for an outside connection.

    The answer is None if another connection has the name, unless it may be another name.

    Attributes:
        holder: The connection's actor; None for one that shares the session.
        name: The name it asks for, or None.
        client: What its program calls itself, for those who ask for no name.
        cwd: Its working directory.
        origin: Its process, so that the same process gets the same session again.
        even_renamed: Whether it may be a name with a number.
        is_below_pane: Whether it runs in a pane, or may: it gets no guest of a person.
    """

    holder: Ref | None
    name: str | None
    client: str
    cwd: str
    origin: str
    even_renamed: bool = True
    is_below_pane: bool = False


async def create(fleet: Ref, request: CreateSession) -> Pane:
    """Create a session; returns the record of its running pane.

    Raises:
        Refused: `SessionNameExists`, `InvalidArgument` for a bad name, tag, directory
            or command; nothing is left behind.
    """
    return await fleet.ask(request, within=CREATE_WITHIN)


async def end(fleet: Ref, session_id: str) -> tuple[KillReport, ...]:
    """End a session; returns what had to be killed for it."""
    return await fleet.ask(EndSession(session_id=session_id), within=END_WITHIN)


async def rename(fleet: Ref, session_id: str, name: str) -> Session:
    """Give a session another name; returns its record.

    Raises:
        Refused: `SessionNameExists`, `SessionNotFound`; `InvalidArgument` for a bad name.
    """
    request = RenameSession(session_id=session_id, name=name)
    return await fleet.ask(request, within=ASK_WITHIN)


async def open_panes(fleet: Ref, request: OpenPanes) -> Layout:
    """Start panes in a session and place them; returns its layout.

    Raises:
        Refused: Not all of them could be started and placed; none of them is left.
    """
    return await fleet.ask(request, within=CREATE_WITHIN)


async def draft_run(fleet: Ref, request: DraftRun) -> Pane:
    """The record of a pane for `running.run`, with its secrets and environment."""
    return await fleet.ask(request, within=ASK_WITHIN)


async def close_pane(
    fleet: Ref, session_id: str, pane_id: str
) -> tuple[KillReport, ...]:
    """End a pane, and its session if it was the last; returns what had to be killed."""
    request = ClosePane(session_id=session_id, pane_id=pane_id)
    return await fleet.ask(request, within=END_WITHIN)


async def close_window(
    fleet: Ref, session_id: str, window_id: str
) -> tuple[KillReport, ...]:
    """End a window, and its session if it was the last; returns what had to be killed."""
    request = CloseWindow(session_id=session_id, window_id=window_id)
    return await fleet.ask(request, within=END_WITHIN)


async def open_guest(fleet: Ref, request: OpenGuest) -> Session | None:
    """The guest session for a connection, new or taken up again; see `OpenGuest`."""
    return await fleet.ask(request, within=ASK_WITHIN)
