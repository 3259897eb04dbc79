"""The roster: what versions before the journal kept of sessions, panes and layouts.

One JSON file, of which only the reading is left: a daemon that finds no journal takes it
over. It may have lagged behind by the last moments of a daemon, and it may be damaged:
then the cards that lie beside the hosts' sockets say what is missing (`cards`).
"""

from __future__ import annotations

import itertools
import json
import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal import records
from fugue_actors.protocol.events import (
    Event,
    LayoutChanged,
    PaneOpened,
    SessionOpened,
)
from fugue_actors.protocol.layout import Layout
from fugue_actors.protocol.values import Pane, Session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

logger = logging.getLogger(__name__)

VERSION: Final = 1
FILE: Final = "roster.json"

R = TypeVar("R", Session, Pane)


@attrs.frozen(kw_only=True)
class Roster:
    """What the file holds.

    Attributes:
        sessions, panes: What there was.
        layouts: Of sessions, by their ids.
        generation: Of the newest daemon that wrote it.
        boot: When the machine was started, as an opaque text; empty if not known.
    """

    sessions: tuple[Session, ...] = ()
    panes: tuple[Pane, ...] = ()
    layouts: dict[str, Layout] = attrs.Factory(dict)
    generation: int = 0
    boot: str = ""


def read(path: Path) -> Roster:
    """The file's contents, as far as they can be understood."""
    try:
        shape = json.loads(path.read_bytes())
        if not isinstance(shape, dict) or shape.get("version") != VERSION:
            raise RemoteProtocolError(f"not a roster of version {VERSION}")
        trouble: list[str] = []
        roster = Roster(
            sessions=tuple(understood(shape.get("sessions"), Session, trouble)),
            panes=tuple(understood(shape.get("panes"), Pane, trouble)),
            layouts=dict(layouts(shape.get("layouts"), trouble)),
            generation=int(shape.get("generation", 0)),
            boot=str(shape.get("boot", "")),
        )
    except FileNotFoundError:
        return Roster()
    except (OSError, ValueError, TypeError, RemoteProtocolError) as error:
        set_aside(path, str(error))
        return Roster()
    if trouble:
        set_aside(path, "; ".join(trouble))
    return roster


def understood(shapes: Any, kind: type[R], trouble: list[str]) -> Iterable[R]:
    """The records among some JSON values; what is wrong with the others."""
    for shape in shapes if isinstance(shapes, list) else ():
        try:
            yield records.read(shape, kind)
        except RemoteProtocolError as error:
            trouble.append(str(error))


def layouts(shapes: Any, trouble: list[str]) -> Iterable[tuple[str, Layout]]:
    """The layouts among some JSON values; what is wrong with the others."""
    for session_id, shape in shapes.items() if isinstance(shapes, dict) else ():
        try:
            yield session_id, records.read_layout(shape)
        except RemoteProtocolError as error:
            trouble.append(str(error))


def set_aside(path: Path, why: str) -> None:
    """Move a file that cannot be used to where it is in nobody's way."""
    names = (path.with_suffix(f".bad-{number}") for number in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    path.replace(aside)
    logger.warning("the roster cannot be read (%s); kept as %s", why, aside)


def events(roster: Roster) -> tuple[Event, ...]:
    """What the journal begins with in the place of a roster."""
    return (
        *(SessionOpened(session=session) for session in roster.sessions),
        *(PaneOpened(pane=pane) for pane in roster.panes),
        *(
            LayoutChanged(session_id=session_id, layout=layout)
            for session_id, layout in roster.layouts.items()
        ),
    )


def retire(path: Path) -> None:
    """Keep a roster that was taken over, under another name."""
    try:
        path.replace(path.with_name(path.name + ".imported"))
    except OSError as error:
        logger.warning("%s cannot be renamed: %s", path, error.strerror)
