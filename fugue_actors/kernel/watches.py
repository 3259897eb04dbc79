"""One-way notice of an incarnation's end.

A watch is between two incarnations: it ends with the watcher's, and after it has told
of the end of the watched one. Links there are none: the tree is the link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fugue_actors.kernel.envelope import Envelope
from fugue_actors.kernel.exits import Exit
from fugue_actors.kernel.ref import Ref

if TYPE_CHECKING:
    from fugue_actors.kernel.cell import Cell


@attrs.frozen(kw_only=True)
class Down:
    """What a watcher gets, once: this incarnation of that address has ended."""

    ref: Ref
    incarnation: int
    exit: Exit


class Watch:
    """A promise of exactly one `Down`; made by `Actor.watch`.

    Attributes:
        ref: Who is watched.
        incarnation: Which run of it.
        is_live: False once it was cancelled.
    """

    __slots__ = ("__weakref__", "incarnation", "is_live", "ref", "target", "watcher")

    def __init__(self, watcher: Cell, ref: Ref) -> None:
        self.watcher = watcher
        self.ref = ref
        self.incarnation = ref.incarnation
        self.is_live = True
        self.target = ref.cell
        if self.target is not None:
            self.target.watches.add(self)
            watcher.watching.add(self)

    def end(self, exit: Exit) -> None:
        """The watched incarnation has ended with `exit`."""
        self.watcher.watching.discard(self)
        down = Down(ref=self.ref, incarnation=self.incarnation, exit=exit)
        self.watcher.mailbox.post(Envelope(down, gate=self.is_wanted))

    def cancel(self) -> None:
        """Forget it: no `Down` from now on, not even one that waits in the mailbox."""
        self.is_live = False
        self.watcher.watching.discard(self)
        if self.target is not None:
            self.target.watches.discard(self)

    def is_wanted(self) -> bool:
        """Whether the watcher still wants to know."""
        return self.is_live
