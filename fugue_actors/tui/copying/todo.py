"""Commands that wait their turn. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen
class Todo:
    """A command that is to be done, so many times."""

    name: str
    arguments: tuple[str, ...] = ()
    count: int = 1
