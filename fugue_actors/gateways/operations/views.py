"""Records as the JSON that people and agents see. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from fugue_actors.protocol.codec import to_json

if TYPE_CHECKING:
    from fugue_actors.journal import MessageRecord, State
    from fugue_actors.protocol.values import Pane, Recipient, Session


def identity(state: State, session: Session, attested: str) -> dict[str, Any]:
    """Who a caller is."""
    panes = state.panes_of(session.session_id)
    return without_none(
        session_id=session.session_id,
        session_name=session.session_name,
        pane_id=panes[0].pane_id if panes else None,
        attested=attested,
        tags=list(session.tags),
        cwd=session.cwd,
        repository=session.repository,
        worktree=session.worktree,
        parent=session.parent,
        unread=state.unread(session.session_id),
    )


def tags(session: Session) -> dict[str, Any]:
    """A session's tags, and whose they are."""
    return {
        "session_id": session.session_id,
        "session_name": session.session_name,
        "tags": list(session.tags),
    }


def session(state: State, session: Session) -> dict[str, Any]:
    """A session with its panes."""
    return {
        **tags(session),
        "kind": session.kind,
        "cwd": session.cwd,
        "repository": session.repository,
        "worktree": session.worktree,
        "parent": session.parent,
        "unread": state.unread(session.session_id),
        "status": None if session.status is None else to_json(session.status),
        "panes": [pane_summary(pane) for pane in state.panes_of(session.session_id)],
    }


def pane_summary(pane: Pane) -> dict[str, Any]:
    """A pane inside its session."""
    return {
        "pane_id": pane.pane_id,
        "pid": None if pane.hosted is None else pane.hosted.program_pid,
        "command": shlex.join(pane.argv),
        "state": pane.state,
        "exit": None if pane.exit is None else to_json(pane.exit),
    }


def pane(state: State, pane: Pane) -> dict[str, Any]:
    """A pane on its own."""
    owner = state.sessions[pane.session_id]
    return {
        **pane_summary(pane),
        "session_id": owner.session_id,
        "session_name": owner.session_name,
        "cwd": pane.cwd,
        "columns": pane.columns,
        "lines": pane.lines,
        "title": pane.title,
    }


def recipients(rows: tuple[Recipient, ...]) -> list[dict[str, Any]]:
    """Who got a message."""
    return [to_json(row) for row in rows]


def message(record: MessageRecord) -> dict[str, Any]:
    """A message and what became of it."""
    shape: dict[str, Any] = to_json(record.envelope)
    shape["recipients"] = recipients(tuple(record.recipients.values()))
    return shape


def without_none(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
