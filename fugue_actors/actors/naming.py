"""What sessions are called: who gets the name asked for, and who a numbered one. Pure.

A name belongs to one session from the moment it is reserved. While its session is being
made, only the reservation keeps others from it; then the record does.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import check_session_name

if TYPE_CHECKING:
    from collections.abc import Callable


class Names:
    """The names of sessions that are there, and of those that are being made.

    Args:
        is_recorded: Whether a session of the record has a name.
    """

    def __init__(self, is_recorded: Callable[[str], bool]) -> None:
        self.is_recorded = is_recorded
        self.reserved: set[str] = set()

    def is_taken(self, name: str) -> bool:
        """Whether a session has this name, or is about to."""
        return self.is_recorded(name) or name in self.reserved

    def reserve(self, wanted: str | None, argv: tuple[str, ...]) -> str:
        """Reserve the name wanted, or the first free one after a command.

        Raises:
            Refused: `SessionNameExists`, or `InvalidArgument` for a bad name.
        """
        if wanted is None:
            name = self.numbered(command_name(argv), first=1)
        else:
            name = check_session_name(wanted)
            if self.is_taken(name):
                raise Refused(
                    "SessionNameExists",
                    f"a session named {name!r} exists already",
                    hint="choose another name, or end that session first",
                )
        self.reserved.add(name)
        return name

    def reserve_for_guest(self, wanted: str | None, client: str) -> str:
        """Reserve the name wanted, with a number if it is taken, or one after a client.

        Raises:
            Refused: `InvalidArgument` for a bad name.
        """
        if wanted is None:
            name = self.numbered(stem(client), first=1)
        else:
            name = check_session_name(wanted)
            if self.is_taken(name):
                name = self.numbered(name, first=2)
        self.reserved.add(name)
        return name

    def release(self, name: str) -> None:
        """Give up a reservation: the session is recorded, or will not be made."""
        self.reserved.discard(name)

    def numbered(self, stem: str, *, first: int) -> str:
        """The first free name of those that are a stem and a number."""
        number = first
        while self.is_taken(f"{stem}-{number}"):
            number += 1
        return f"{stem}-{number}"


def command_name(argv: tuple[str, ...]) -> str:
    """What to call a session after its command."""
    return stem(PurePath(argv[0]).name) if argv else "shell"


def stem(text: str) -> str:
    """A text as the beginning of a session name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:48] or "guest"
