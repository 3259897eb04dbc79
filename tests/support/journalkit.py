"""A journal on a disk: opened, written, killed and opened again, with and without trio.

`Desk` is a home's directory with everything that a daemon begins with. What a `kill -9`
leaves is a copy of the files at some moment: `Desk.killed`.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import sqlite3
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from puppets import tree

from fugue_actors.journal import Journal, State, cards, opening, rows, writer
from fugue_actors.journal.opening import Opened, Places
from fugue_actors.kernel import Kernel, open_kernel
from fugue_actors.protocol.hosting import HostInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fugue_actors.protocol.events import Event


def hosted(path: Path) -> HostInfo:
    """A host that listens at a path."""
    return HostInfo(
        host_pid=1,
        host_started=1.0,
        program_pid=2,
        program_started=2.0,
        socket=str(path),
        tty="/dev/pts/none",
    )


@attrs.define(eq=False)
class Desk:
    """See the module's docstring."""

    root: Path
    hosts: dict[str, socket.socket] = attrs.Factory(dict)
    opened: list[Opened] = attrs.Factory(list)
    begun_anew: int = 0

    @property
    def places(self) -> Places:
        return Places(
            journal=self.root / "journal.db",
            copy=self.root / "journal.view",
            roster=self.root / "roster.json",
            panes=self.root / "panes",
        )

    def host(self, pane_id: str) -> HostInfo:
        """Somebody listens for this pane."""
        listener = socket.socket(socket.AF_UNIX)
        path = cards.socket_of(self.places.panes, pane_id)
        listener.bind(str(path))
        listener.listen()
        self.hosts[pane_id] = listener
        return hosted(path)

    def leave(self, pane_id: str) -> None:
        """Nobody listens for it any more."""
        self.hosts.pop(pane_id).close()

    # ---- what a daemon does, without trio

    def begin(self) -> Opened:
        """A daemon starts."""
        opened = opening.begin(self.places, lambda before: before + 1)
        self.opened.append(opened)
        return opened

    def save(self, *events: Event) -> Journal:
        """A daemon starts, records this at once, and stops."""
        opened = self.begin()
        refusals = record(opened, *events)
        assert refusals == [None]
        opened.archive.close()
        return opened.journal

    def load(self) -> State:
        """What the next daemon begins with."""
        opened = self.begin()
        opened.archive.close()
        return opened.journal.state

    # ---- what happens to files

    def killed(self, to: Path) -> Desk:
        """What is left if the daemon is killed at this moment, as another desk."""
        shutil.copytree(self.root, to, ignore=shutil.ignore_patterns("*.sock"))
        return Desk(to)

    def aside(self) -> list[str]:
        """The names of files that were set aside."""
        return sorted(path.name for path in self.root.glob("*.bad-*"))

    def sql(self, query: str, *values: Any) -> list[Any]:
        """Look into the journal, as another program could."""
        with contextlib.closing(sqlite3.connect(self.places.journal)) as connection:
            return connection.execute(query, values).fetchall()

    # ---- what a daemon does

    def note_new_start(self) -> None:
        self.begun_anew += 1

    @asynccontextmanager
    async def serving(self, opened: Opened | None = None) -> AsyncIterator[Kernel]:
        """The writer runs."""
        opened = opened or self.begin()
        spec = writer.spec(
            opened.journal, opened.archive, begin_anew=self.note_new_start
        )
        try:
            async with open_kernel(tree(spec)) as kernel:
                yield kernel
        finally:
            opened.archive.close()


@contextlib.contextmanager
def open_desk() -> Iterator[Desk]:
    """An empty home; the path of a socket must be short."""
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        desk = Desk(Path(directory).resolve())
        desk.places.panes.mkdir()
        try:
            yield desk
        finally:
            for opened in desk.opened:
                opened.archive.close()
            for listener in desk.hosts.values():
                listener.close()


def record(opened: Opened, *events: Event, checkpoint: bool = False) -> list[Any]:
    """Record as one batch, and write it; what its recorder is told."""
    told: list[Any] = []
    opened.journal.submit(*events, done=told.append)
    commit(opened, checkpoint=checkpoint)
    return told


def commit(opened: Opened, *, checkpoint: bool = False) -> None:
    """Write what waits, as the writer does."""
    journal, archive = opened.journal, opened.archive
    group = journal.begin_group()
    draft = journal.changes.draft(journal.state, journal.seq) if checkpoint else None
    archive.write(
        group.rows,
        group.about,
        None if draft is None else draft.encoded(),
        durable=group.is_promise,
    )
    if draft is not None:
        journal.confirm(draft)
    journal.keep(group)


def facts(state: State) -> dict[str, Any]:
    """All of a view that must be the same after a restart, to be compared.

    Of messages that is what nobody may forget; of others the events tell.
    """
    followed = [rows.followed(state, one) for one in state.ledger.messages]
    return {
        "sessions": list(state.sessions.values()),
        "panes": list(state.panes.values()),
        "layouts": state.layouts,
        "parents": state.parents,
        "names": state.names,
        "tokens": list(state.tokens.values()),
        "recordings": list(state.recordings.values()),
        "messages": [one for one in followed if one is not None],
        "inboxes": {
            session_id: [record.envelope.id for record in inbox]
            for session_id, inbox in state.ledger.inboxes.items()
        },
        "keys": list(state.ledger.keys.items()),
        "retained": list(state.ledger.retained),
        "claimed": sorted(state.ledger.claimed),
        "to_report": state.ledger.to_report,
    }
