"""The records that new sessions and panes begin with. Pure, but for fresh ids and secrets.

Whoever asks says little; the rest comes from the settings of the daemon and from the
session that a pane belongs to.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import attrs

from fugue_actors.actors.arbiter import ControlSettings
from fugue_actors.actors.environment import pane_environment
from fugue_actors.protocol.ids import new_session_id
from fugue_actors.protocol.values import Pane, Session

if TYPE_CHECKING:
    from fugue_actors.actors.fleet_requests import CreateSession, NewPane, OpenGuest
    from fugue_actors.actors.repository import Place


@attrs.frozen(kw_only=True)
class FleetSettings:
    """What every session gets unless it asks otherwise.

    Attributes:
        socket: Path of `mcp.sock`, told to programs.
        home: `FUGUE_HOME` of the daemon, if it has one.
        environment: Base environment when whoever asks has none of its own.
        default_command: Command of a session that names none.
        columns: Width of a terminal.
        lines: Height of a terminal.
        guest_linger: Seconds an unnamed guest is kept after it left.
        control: How long people who type are left alone.
    """

    socket: str
    home: str | None
    environment: dict[str, str] = attrs.field(repr=False)
    default_command: tuple[str, ...]
    columns: int = 80
    lines: int = 24
    guest_linger: float = 60.0
    control: ControlSettings = attrs.Factory(ControlSettings)


def session_record(request: CreateSession, name: str, place: Place) -> Session:
    """A session that is to have panes."""
    return Session(
        session_id=new_session_id(),
        session_name=name,
        kind="pane",
        cwd=place.cwd,
        repository=place.repository,
        worktree=place.worktree,
        parent=request.parent,
        tags=tuple(sorted(set(request.tags))),
    )


def guest_record(request: OpenGuest, name: str, place: Place) -> Session:
    """A guest's session; only one that asked for no name is known by its process."""
    return Session(
        session_id=new_session_id(),
        session_name=name,
        kind="guest",
        cwd=place.cwd,
        repository=place.repository,
        worktree=place.worktree,
        parent=None,
        origin=request.origin if request.name is None else None,
        is_below_pane=request.is_below_pane,
    )


def pane_record(request: NewPane, session: Session, settings: FleetSettings) -> Pane:
    """A pane with its secrets, and the size of one without a place."""
    token = secrets.token_urlsafe(24)
    base = request.environment
    return Pane(
        pane_id=request.pane_id,
        session_id=session.session_id,
        argv=request.argv or settings.default_command,
        cwd=request.cwd or session.cwd,
        environment=pane_environment(
            settings.environment if base is None else base,
            request.extra,
            session_id=session.session_id,
            session_name=session.session_name,
            pane_id=request.pane_id,
            token=token,
            socket=settings.socket,
            home=settings.home,
        ),
        columns=settings.columns,
        lines=settings.lines,
        key=secrets.token_urlsafe(24),
        token=token,
        name=request.name,
        restart=request.restart,
    )
