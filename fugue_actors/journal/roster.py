"""The roster: sessions, panes and layouts on disk, so that the next daemon finds them.

One JSON file, replaced as a whole. It holds secrets (pane keys and environments), so
only its user may read it. Messages are not in it. It may lag behind by what happened in
the last moments of a daemon, and it may be damaged: then the cards that lie beside the
hosts' sockets say what is missing (`cards`). Enter at `load`.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal import cards, records
from fugue_actors.protocol.codec import from_json, to_json
from fugue_actors.protocol.events import (
    Event,
    LayoutChanged,
    PaneOpened,
    SessionOpened,
)
from fugue_actors.protocol.layout import Layout
from fugue_actors.protocol.values import Pane, Session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from fugue_actors.journal.cards import Card
    from fugue_actors.journal.journal import Journal

logger = logging.getLogger(__name__)

VERSION: Final = 1
FILE: Final = "roster.json"

# Their hosts are there, or it has to be said that they are not.
TO_BE_FOUND: Final = ("running", "restarting", "exited", "lost")

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


def snapshot(journal: Journal) -> dict[str, Any]:
    """What goes into the roster at this moment, as JSON."""
    state = journal.state
    return {
        "version": VERSION,
        "generation": journal.generation,
        "boot": cards.boot(),
        "sessions": [to_json(session) for session in state.sessions.values()],
        "panes": [to_json(pane) for pane in state.panes.values()],
        "layouts": {sid: to_json(layout) for sid, layout in state.layouts.items()},
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


def load(path: Path, panes_dir: Path) -> tuple[int, tuple[Event, ...]]:
    """What an earlier daemon left, and the newest generation it knew of.

    Returns:
        That generation, and events to begin with. A file that is no roster, wholly or
        in part, is set aside and said so in the log; nothing is ever deleted.
    """
    roster = read(path)
    hosts = cards.hosts(panes_dir)
    known = {
        pane.pane_id
        for pane in roster.panes
        if pane.pane_id in hosts or pane.state in TO_BE_FOUND
    }
    found = cards.unknown(panes_dir, hosts, known)
    generation = max(
        [roster.generation]
        + [pane.generation for pane in roster.panes]
        + [card.pane.generation for card in found]
    )
    return generation, begin(roster, hosts.keys(), found)


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
            yield session_id, from_json(shape, Layout)
        except RemoteProtocolError as error:
            trouble.append(str(error))


def set_aside(path: Path, why: str) -> None:
    """Move a file that cannot be used to where it is in nobody's way."""
    names = (path.with_suffix(f".bad-{number}") for number in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    path.replace(aside)
    logger.warning("the roster cannot be read (%s); kept as %s", why, aside)


def begin(
    roster: Roster, hosts: Collection[str], found: list[Card]
) -> tuple[Event, ...]:
    """Put together what the roster says and what is there.

    A pane of the roster that has no host any more is kept and will be found lost,
    unless the machine was started anew since. Sessions without a pane left are not kept.
    Drafts become panes like others: the layout they were made for may have been complete
    a moment after the roster was written, and no program is ended on a suspicion. But
    nobody waits for a run any more: it stays a draft, and its session ends it.
    """
    is_same_boot = roster.boot in ("", cards.boot())
    panes = {
        pane.pane_id: pane
        for pane in roster.panes
        if pane.pane_id in hosts or (is_same_boot and pane.state in TO_BE_FOUND)
    }
    panes |= {card.pane.pane_id: card.pane for card in found}
    sessions = {session.session_id: session for session in roster.sessions}
    for card in found:
        sessions.setdefault(card.session.session_id, card.session)
    owners = {pane.session_id for pane in panes.values()}
    kept = {
        session_id: session
        for session_id, session in sessions.items()
        if session.kind == "guest" or session_id in owners
    }
    return (
        *(SessionOpened(session=session) for session in renamed(kept.values())),
        *(
            PaneOpened(pane=attrs.evolve(pane, draft=pane.is_run))
            for pane in panes.values()
            if pane.session_id in kept
        ),
        *(
            LayoutChanged(session_id=session_id, layout=layout)
            for session_id, layout in roster.layouts.items()
            if session_id in kept
        ),
    )


def renamed(sessions: Iterable[Session]) -> Iterable[Session]:
    """The sessions, each under a name of its own.

    Two can only have the same one if a card is older than the roster.
    """
    taken: set[str] = set()
    for session in sessions:
        name, number = session.session_name, 2
        while name in taken:
            name, number = f"{session.session_name}-{number}", number + 1
        taken.add(name)
        yield attrs.evolve(session, session_name=name)
