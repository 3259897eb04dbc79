"""How a daemon begins: with what the one before it knew, and what is there.

1. The journal's file says what was the case. If it is damaged, what can be read of it is
   taken, it is set aside, and a new one begun.
2. If there is none, the roster of an older version is taken over.
3. If it cannot be read at present, the panes that there are have to do: each has a card
   beside its host's socket. The file is not touched then.
4. All of that is compared with the hosts that there are, and what differs is recorded.

Blocking; enter at `begin`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.journal import adoption, cards, rescue, roster, rows
from fugue_actors.journal.archive import Archive
from fugue_actors.journal.entries import event_of
from fugue_actors.journal.journal import Journal
from fugue_actors.journal.store import Contents
from fugue_actors.journal.tidying import Keep
from fugue_actors.journal.troubles import Damaged, Outage, named
from fugue_actors.journal.views import State
from fugue_actors.protocol.events import (
    Event,
    MessagesConsumed,
    PaneClosed,
    Recorded,
    SessionClosed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

MOST_NAMED: Final = 5
ENDINGS: Final = (SessionClosed, PaneClosed, MessagesConsumed)


@attrs.frozen(kw_only=True)
class Opened:
    """What a daemon begins with. Nobody serves the journal yet."""

    journal: Journal
    archive: Archive


@attrs.frozen(kw_only=True)
class Places:
    """Where things are.

    Attributes:
        journal: The journal's file.
        copy: The copy of its view.
        roster: Where an older version kept what is in the journal now.
        panes: Where hosts have their sockets, and cards lie beside them.
    """

    journal: Path
    copy: Path
    roster: Path
    panes: Path


def begin(
    places: Places, later_generation: Callable[[int], int], keep: Keep | None = None
) -> Opened:
    """Read what there is, and record what has changed since.

    Args:
        places: Where to look.
        later_generation: Makes this daemon's generation of the newest one known.
        keep: How much of the past stays in the journal.

    Raises:
        Refused: `Unavailable`: a later version of fugue wrote the journal.
    """
    archive = Archive(
        path=places.journal, boot=cards.boot(), keep=Keep() if keep is None else keep
    )
    journal = Journal(path=places.journal)
    contents, damage = read(archive, places, journal)
    take_up(contents, journal)
    imported: tuple[Event, ...] = ()
    state, generation, boot = journal.state, contents.generation, contents.boot
    if not contents.seq:
        old = roster.read(places.roster)
        imported = roster.events(old)
        state, boot = folded(imported), old.boot
        generation = max(generation, old.generation)
    hosts = cards.hosts(places.panes)
    known = adoption.known(state, hosts) if damage is None else set()
    found = cards.unknown(places.panes, hosts, known)
    panes = (*state.panes.values(), *(card.pane for card in found))
    newest = max([generation, *(pane.generation for pane in panes)])
    journal.generation = archive.generation = later_generation(newest)
    facts = adoption.corrections(
        state, hosts, found, is_same_boot=boot in ("", archive.boot)
    )
    journal.submit(*imported, *facts, done=ignore)
    for event in adoption.returns(journal.state):
        journal.submit(event, done=ignore)
    if not archive.is_unread:
        write(archive, journal, damage)
        if imported and journal.trouble is None:
            roster.retire(places.roster)
    return Opened(journal=journal, archive=archive)


def read(
    archive: Archive, places: Places, journal: Journal
) -> tuple[Contents, str | None]:
    """What the journal's file says, and what is wrong with it, if it is damaged."""
    try:
        if is_gone(places):
            raise Damaged("the journal is gone, but for a copy of its view")
        store = archive.open()
        return store.contents(), None
    except Outage as outage:
        archive.close()
        archive.is_unread = True
        journal.trouble = outage.message
        logger.warning("%s; beginning with the panes that there are", outage.message)
        return Contents(), None
    except Damaged as damage:
        archive.close()
        return rescue.rescue(places.journal, places.copy), damage.message


def is_gone(places: Places) -> bool:
    """Whether there was a journal and it is there no more.

    Raises:
        Outage: That cannot be found out.
    """
    with named():
        is_there = places.journal.exists() and places.journal.stat().st_size > 0
        return not is_there and places.copy.exists()


def take_up(contents: Contents, journal: Journal) -> None:
    """Make the view that was, as far as this version understands it."""
    trouble: list[str] = []
    journal.state = rows.build(contents.rows, trouble)
    journal.seq = contents.checkpoint
    journal.checkpoint = contents.checkpoint
    journal.changes.take_over(journal.state)
    for seq, at, body in contents.events:
        try:
            event = event_of(body)
        except RemoteProtocolError as error:
            trouble.append(f"event {seq}: {error.message}")
            continue
        if seq > contents.checkpoint or isinstance(event, ENDINGS):
            try:
                journal.fold_again(Recorded(seq=seq, at=at, event=event))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                trouble.append(f"event {seq}: {error!r}")
    journal.seq = contents.seq
    for line in trouble[:MOST_NAMED]:
        logger.warning("the journal holds what cannot be understood: %s", line)
    if len(trouble) > MOST_NAMED:
        logger.warning("and %d more of these", len(trouble) - MOST_NAMED)


def write(archive: Archive, journal: Journal, damage: str | None) -> None:
    """Write what was recorded; into a new file if the old one is damaged."""
    group = journal.begin_group()
    if damage is not None:
        journal.changes.touch_everything(journal.state)
    draft = journal.changes.draft(journal.state, journal.seq)
    try:
        if damage is None:
            archive.write(group.rows, group.about, draft.encoded(), durable=True)
        else:
            archive.begin_anew(damage, group.rows, group.about, draft.encoded())
    except (Outage, Damaged) as outage:
        logger.warning("%s", outage.message)
        journal.changes.withdraw(draft)
        journal.lose(outage.message, group)
    else:
        journal.confirm(draft)
        journal.keep(group)


def folded(events: tuple[Event, ...]) -> State:
    """The view after these events and no others."""
    state = State()
    for seq, event in enumerate(events, 1):
        state.apply(Recorded(seq=seq, at="", event=event))
    return state


def ignore(error: object) -> None:
    """Nobody waits for these: what cannot be kept is found out again."""
