"""A mode that takes nothing but what it says: what modes have in common. PURE."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.tui.modes import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.client import Change
    from fugue_actors.errors import FugueError
    from fugue_actors.tui.modes import Action, Request


@attrs.define(eq=False, kw_only=True)
class Quiet:
    """See `modes.Mode`; what is said here is what most modes say."""

    place: Place = "window"
    table: str = ""
    takes_all: bool = False
    watches: Collection[str] = ()
    expires: float | None = None

    def command(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """It has no commands of its own."""
        return ()

    def answered(self, action: Request, result: dict[str, Any]) -> Iterable[Action]:
        """What was asked for was done, and the model will show it."""
        return ()

    def refused(self, action: Request, error: FugueError) -> Iterable[Action]:
        """Somebody should know."""
        from fugue_actors.tui.modes import Notice

        said = error.message + (f"; {error.hint}" if error.hint else "")
        return (Notice(said, is_error=True),)

    def changed(self, change: Change) -> Iterable[Action]:
        """The next picture shows it."""
        return ()
