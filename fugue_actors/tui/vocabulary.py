"""The verbs of the command line, which are read when somebody may want them.

Each is a `verbs.Verb`; here nothing is loaded that a client can start without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import trio

TALKING: Final = frozenset({"ask", "reply", "send", "type"})
"""Verbs whose last argument is a text, which may have anything in it."""


@attrs.define(eq=False, kw_only=True)
class Verbs:
    """The verbs there are: their names at once, all else when it is needed.

    Attributes:
        names: What each does, in one line, by name.
        read: Reads all of them, which takes a while.
        known: All of them, once they were read.
    """

    names: Mapping[str, str] = attrs.Factory(dict)
    read: Callable[[], Mapping[str, Any]] = dict
    known: Mapping[str, Any] = attrs.Factory(dict)


async def learn(known: Verbs) -> None:
    """Read all verbs, in a thread, if that was not done yet."""
    if not known.known and known.names:
        known.known = await trio.to_thread.run_sync(known.read)
