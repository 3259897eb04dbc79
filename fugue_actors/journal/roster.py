"""The roster: sessions and panes on disk, so that the next daemon finds their hosts.

One JSON file, replaced as a whole. It holds secrets (pane keys and environments), so
only its user may read it. Messages are not in it.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.protocol.codec import from_json, to_json
from fugue_actors.protocol.events import Event, PaneOpened, SessionOpened
from fugue_actors.protocol.values import Pane, Session

if TYPE_CHECKING:
    from fugue_actors.journal.views import State

logger = logging.getLogger(__name__)

VERSION: Final = 1
FILE: Final = "roster.json"


def snapshot(state: State) -> dict[str, Any]:
    """What of a state goes into the roster, as JSON."""
    return {
        "version": VERSION,
        "sessions": [to_json(session) for session in state.sessions.values()],
        "panes": [to_json(pane) for pane in state.panes.values()],
    }


def save(path: Path, shape: dict[str, Any]) -> None:
    """Replace the file; a reader sees the old one or the new one, whole.

    Raises:
        OSError: The disk does not take it; the old file stands.
    """
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(shape, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def load(path: Path) -> tuple[Event, ...]:
    """What an earlier daemon left running, as events to begin with.

    Panes whose host is gone, and sessions that had no other, are left out. A file that
    cannot be read as a roster is set aside and said so in the log.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except OSError as error:
        logger.warning("the roster cannot be read: %s", error)
        return ()
    try:
        shape = json.loads(text)
        if not isinstance(shape, dict) or shape.get("version") != VERSION:
            raise RemoteProtocolError(f"not a roster of version {VERSION}")
        sessions = [from_json(each, Session) for each in shape["sessions"]]
        panes = [from_json(each, Pane) for each in shape["panes"]]
    except (ValueError, KeyError, TypeError, RemoteProtocolError) as error:
        aside = path.with_suffix(".bad")
        path.replace(aside)
        logger.warning("the roster cannot be read (%s); kept as %s", error, aside)
        return ()
    return begin(sessions, panes)


def begin(sessions: list[Session], panes: list[Pane]) -> tuple[Event, ...]:
    living = [p for p in panes if p.hosted and Path(p.hosted.socket).is_socket()]
    owners = {pane.session_id for pane in living}
    kept = [s for s in sessions if s.kind == "guest" or s.session_id in owners]
    known = {session.session_id for session in kept}
    return (
        *(SessionOpened(session=session) for session in kept),
        *(PaneOpened(pane=pane) for pane in living if pane.session_id in known),
    )
