"""Records as the JSON that people and agents see. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from fugue_actors.journal.messages import FAILED
from fugue_actors.protocol.codec import to_json
from fugue_actors.protocol.layout import Leaf
from fugue_actors.protocol.tiling import rectangles, tiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fugue_actors.actors.sending import SendResult
    from fugue_actors.gateways.identity import Attestation
    from fugue_actors.journal import MessageRecord, State
    from fugue_actors.protocol.hosting import KillReport
    from fugue_actors.protocol.layout import Node, Window
    from fugue_actors.protocol.tiling import Rectangle
    from fugue_actors.protocol.values import Pane, Recipient, Session


def identity(
    state: State, session: Session, attestation: Attestation
) -> dict[str, Any]:
    """Who a caller is, and in which pane."""
    return without_none(
        session_id=session.session_id,
        session_name=session.session_name,
        pane_id=attestation.pane_id if attestation.pane_id in state.panes else None,
        attested=attestation.attested,
        tags=list(session.tags),
        cwd=session.cwd,
        repository=session.repository,
        worktree=session.worktree,
        parent=session.parent,
        unread=state.ledger.unread(session.session_id),
    )


def tags(session: Session) -> dict[str, Any]:
    """A session's tags, and whose they are."""
    return {
        "session_id": session.session_id,
        "session_name": session.session_name,
        "tags": list(session.tags),
    }


def place_of(session: Session) -> dict[str, Any]:
    """A session without what changes often."""
    return {
        **tags(session),
        "kind": session.kind,
        "cwd": session.cwd,
        "repository": session.repository,
        "worktree": session.worktree,
        "parent": session.parent,
    }


def session(state: State, session: Session) -> dict[str, Any]:
    """A session with its panes."""
    return {
        **place_of(session),
        "unread": state.ledger.unread(session.session_id),
        "status": None if session.status is None else to_json(session.status),
        "panes": [pane_summary(pane) for pane in state.panes_of(session.session_id)],
    }


def pane_summary(pane: Pane) -> dict[str, Any]:
    """A pane inside its session."""
    return {
        "pane_id": pane.pane_id,
        "name": pane.name,
        "pid": None if pane.hosted is None else pane.hosted.program_pid,
        "command": shlex.join(pane.argv),
        **program(pane),
        "restart": pane.restart,
        "last_exit": None if pane.last_exit is None else to_json(pane.last_exit),
        "trouble": pane.trouble,
        "orphaned": pane.orphaned,
    }


def program(pane: Pane) -> dict[str, Any]:
    """How a pane's program is."""
    return {
        "state": pane.state,
        "exit": None if pane.exit is None else to_json(pane.exit),
        "restarts": pane.restarts,
    }


def forced(reports: Iterable[KillReport]) -> list[dict[str, Any]]:
    """What had to be killed with SIGKILL."""
    return [to_json(one) for report in reports for one in report.forced]


def survivors(reports: Iterable[KillReport]) -> list[int]:
    """What not even that ended."""
    return [pid for report in reports for pid in report.survivors]


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
        "run": pane.is_run,
        "control": None if pane.control is None else to_json(pane.control),
    }


def layout(state: State, session: Session) -> dict[str, Any]:
    """A session's windows and what stands in them."""
    layout = state.layout_of(session.session_id)
    return {
        "session_id": session.session_id,
        "session_name": session.session_name,
        "pane_id": layout.focused_pane,
        "windows": [
            window_shape(state, window, is_focused=window.window_id == layout.focus)
            for window in layout.windows
        ],
    }


def window_shape(state: State, window: Window, *, is_focused: bool) -> dict[str, Any]:
    """A window, what it shows, and where its panes stand if it shows but one of them."""
    shape = {
        "window_id": window.window_id,
        "number": window.number,
        "name": window.name,
        "focused": is_focused,
        "columns": window.columns,
        "lines": window.lines,
        "pane_id": window.focus,
        "zoomed": window.zoomed,
        "layout": tree(state, window.root),
        "panes": areas(state, window, rectangles(window)),
    }
    if window.zoomed is None:
        return shape
    return {**shape, "tiles": areas(state, window, tiles(window))}


def areas(
    state: State, window: Window, places: Mapping[str, Rectangle]
) -> list[dict[str, Any]]:
    """Panes inside their window."""
    return [area(state.panes[each], window, at) for each, at in places.items()]


def tree(state: State, node: Node) -> dict[str, Any]:
    """A tree of splits in the form in which agents write one down."""
    if isinstance(node, Leaf):
        name = state.panes[node.pane_id].name
        return {"pane": {"pane_id": node.pane_id, "name": name}}
    return {
        "direction": node.direction,
        "splits": [
            {"ratio": round(part.ratio, 4), "layout": tree(state, part.node)}
            for part in node.parts
        ],
    }


def place(state: State, pane_id: str) -> dict[str, Any] | None:
    """Where a pane stands; None if it is in no layout (any more)."""
    pane = state.panes.get(pane_id)
    if pane is None:
        return None
    owner = state.sessions[pane.session_id]
    window = state.layout_of(owner.session_id).window_of(pane_id)
    if window is None:
        return None
    stands = {**tiles(window), **rectangles(window)}[pane_id]
    return {
        **area(pane, window, stands),
        "zoomed": window.zoomed == pane_id,
        "session_id": owner.session_id,
        "session_name": owner.session_name,
        "window_id": window.window_id,
        "window_number": window.number,
        "window_name": window.name,
    }


def area(pane: Pane, window: Window, place: Rectangle) -> dict[str, Any]:
    """A pane inside its window."""
    return {
        "pane_id": pane.pane_id,
        "name": pane.name,
        "focused": pane.pane_id == window.focus,
        "x": place.x,
        "y": place.y,
        "columns": place.columns,
        "lines": place.lines,
    }


def sent(result: SendResult) -> dict[str, Any]:
    """What whoever sends a message is told."""
    has_it = sum(row.state not in FAILED for row in result.recipients)
    shape = {
        "message_id": result.message_id,
        "delivered_count": has_it,
        "recipients": recipients(result.recipients),
    }
    more = without_none(
        expires_at=result.expires_at, retained_until=result.retained_until
    )
    return {**shape, **more, **({"repeated": True} if result.is_repeated else {})}


def recipients(rows: tuple[Recipient, ...]) -> list[dict[str, Any]]:
    """Who got a message."""
    return [to_json(row) for row in rows]


def message(record: MessageRecord) -> dict[str, Any]:
    """A message and what became of it."""
    shape: dict[str, Any] = to_json(record.envelope)
    shape["recipients"] = recipients(tuple(record.recipients.values()))
    return shape


def message_status(record: MessageRecord) -> dict[str, Any]:
    """The same, with those that can still get it if who has it now does not keep it."""
    shape = message(record)
    if record.aside:
        shape["waiting"] = [row.session_name for row in record.aside.values()]
    return shape


def without_none(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
