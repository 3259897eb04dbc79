"""The verbs of the command line, which are read when somebody may want them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import trio

from fugue_actors.tui.verbs import Verb


@attrs.define(eq=False, kw_only=True)
class Verbs:
    """The verbs there are: their names at once, all else when it is needed.

    Attributes:
        names: What each does, in one line, by name.
        read: Reads all of them, which takes a while.
        known: All of them, once they were read.
    """

    names: Mapping[str, str] = attrs.Factory(dict)
    read: Callable[[], Mapping[str, Verb]] = dict
    known: Mapping[str, Verb] = attrs.Factory(dict)


async def learn(known: Verbs) -> None:
    """Read all verbs, in a thread, if that was not done yet."""
    if not known.known and known.names:
        known.known = await trio.to_thread.run_sync(known.read)
