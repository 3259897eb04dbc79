"""The journal's file in this process, whatever happens to it. Blocking, no trio.

An `Archive` outlives the actor that writes: it holds the open store, if there is one, and
makes a new file in the place of one that is damaged. Everything that it needs for that
it is given; nothing is read back from a file that is not to be trusted.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from fugue_actors.errors import Refused
from fugue_actors.journal import goodcopy, store as stores, tidying
from fugue_actors.journal.store import Owner, Store
from fugue_actors.journal.tidying import Keep
from fugue_actors.journal.troubles import Damaged, Outage, named

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from fugue_actors.journal.store import AboutRow, Checkpoint, EventRow

logger = logging.getLogger(__name__)


@attrs.define(eq=False)
class Archive:
    """See the module's docstring. For one thread at a time,
    but for `save_copy` and `can_be_read`.

    Attributes:
        path: The journal's file.
        boot: When the machine was started, as an opaque text.
        generation: Of this daemon.
        keep: How much of the past stays in it.
        store: The open file, if there is one.
        is_unread: Whether there is a file that could not be read when the daemon
            started. Nothing may be written then.
    """

    path: Path
    boot: str
    generation: int = 0
    keep: Keep = attrs.Factory(Keep)
    store: Store | None = None
    is_unread: bool = False

    def write(
        self,
        events: Sequence[EventRow],
        about: Sequence[AboutRow],
        checkpoint: Checkpoint | None,
        *,
        durable: bool,
    ) -> None:
        """Commit to the open file.

        Raises:
            Outage, Damaged: As `Store.commit`; nothing of it counts.
        """
        if self.store is None:
            raise Damaged("the journal has no file")
        self.store.commit(events, about, checkpoint, owner=self.owner, durable=durable)

    @property
    def owner(self) -> Owner:
        """Who writes."""
        return Owner(self.generation, self.boot)

    def tidy(self, now: datetime.datetime) -> bool:
        """Delete some of what is too old; whether there may be more of it.

        Raises:
            Outage, Damaged: The disk refuses; nothing has changed.
        """
        return self.store is not None and tidying.tidy(
            self.store, self.owner, self.keep, now
        )

    def save_copy(self) -> None:
        """Write the copy of the view anew, in a connection of its own.

        Raises:
            Outage, Damaged: The journal cannot be read, or the disk is full.
        """
        goodcopy.save(self.path, self.path.with_name(goodcopy.FILE))

    def begin_anew(
        self,
        why: str,
        events: Sequence[EventRow],
        about: Sequence[AboutRow],
        checkpoint: Checkpoint,
    ) -> None:
        """Set the file aside and begin a new one with the whole view.

        Raises:
            Outage, Damaged: That does not work now; nothing of it counts.
        """
        if self.store is not None:
            self.store.close()
            self.store = None
        with named():
            aside = stores.set_aside(self.path)
        logger.error("%s; what there is of it is kept as %s", why, aside)
        self.open()
        self.write(events, about, checkpoint, durable=True)

    def open(self) -> Store:
        """Open the file, or make one.

        Raises:
            Outage, Damaged, Refused: As `open_store`.
        """
        self.store = stores.open_store(self.path)
        return self.store

    def can_be_read(self) -> bool:
        """Whether a new start would find out more than the last one.

        A file of a later version stays unread: a daemon that runs without it is better
        than one that refuses to start.
        """
        try:
            store = stores.open_store(self.path)
        except Damaged:
            return True
        except (Outage, Refused):
            return False
        try:
            store.contents()
        except Outage:
            return False
        except Damaged:
            return True
        finally:
            store.close()
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self.store is not None:
            self.store.close()
            self.store = None
