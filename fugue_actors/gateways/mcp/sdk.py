"""The MCP SDK, imported when the first agent calls: once, in a thread, for all.

It takes half a second of processor time and some 40 MB. A daemon without agents does
without both, and whoever waits for a daemon does not wait for it.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.gateways.mcp.connection import McpConnection
    from fugue_actors.protocol.frames import Overlong

    Lines = AsyncIterator[bytes | Overlong]

logger = logging.getLogger(__name__)

Serve = Callable[["McpConnection", "Lines", "list[bytes | Overlong]"], Awaitable[None]]
"""Serves a client: its connection, its lines, and those that were read already."""

UNFIT = (ImportError, OSError, SyntaxError, AttributeError, TypeError)
"""What importing raises if files are not there, cannot be read, or do not fit together."""


class Sdk:
    """What serves MCP clients, once somebody has asked for it.

    Args:
        bring: Imports it; runs in a thread.
    """

    def __init__(self, bring: Callable[[], Serve] | None = None) -> None:
        self.bring = bring or imported
        self.serve: Serve | None = None
        self.turn = trio.Lock()

    async def server(self) -> Serve:
        """What serves a client.

        Whoever asks while it is being imported waits for that. After a failure the next
        one tries again, for the machine may just have been out of descriptors.

        Raises:
            Unavailable: It cannot be imported.
        """
        async with self.turn:
            if self.serve is None:
                try:
                    # Not abandoned: an interpreter that ends below a thread which runs
                    # native code of modules half made may crash. So a daemon that is
                    # stopped meanwhile takes that half second longer.
                    self.serve = await trio.to_thread.run_sync(self.bring)
                except UNFIT as error:
                    logger.exception("the MCP SDK cannot be imported")
                    raise unavailable(error) from error
            return self.serve


def imported() -> Serve:
    """Import what serves MCP, without a walk through all objects.

    Such a walk holds up every task of the daemon for a tenth of a second, and what is
    imported stays for good.
    """
    gc.disable()
    try:
        from fugue_actors.gateways.mcp.server import serve

        gc.freeze()
    finally:
        gc.enable()
    return serve


def unavailable(error: BaseException) -> Unavailable:
    """What clients are told while it cannot be imported."""
    return Unavailable(
        f"the daemon cannot load what serves MCP: {type(error).__name__}: {error}",
        hint="if fugue was installed anew or removed, start its daemon again with "
        "`fugue serve --replace`; the daemon's log says more",
    )
