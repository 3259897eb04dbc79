"""A wire: whole frames to and from one client, however they are told apart on the way.

Who answers requests or tells a subscriber what changed knows this and no more. Lines over
a Unix socket (`lines.LineStream`) are one kind of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fugue_actors.protocol.frames import Overlong

OnSent = Callable[[float], None]
"""Told the position from which on the client may know of a frame; see `claims`."""


class WireClosed(Exception):  # noqa: N818 - a condition of the wire, as in trio
    """The peer is gone, or the writer has ended."""


class Wire(Protocol):
    """See the module's docstring. A frame is UTF-8 text without anything around it."""

    @property
    def position(self) -> int:
        """No frame that comes out of `lines` now began before this position."""

    def lines(self) -> AsyncIterator[bytes | Overlong]:
        """The client's frames until it leaves. To be called once."""

    async def send(self, frame: bytes, on_sent: OnSent | None = None) -> None:
        """Send one frame, whole or not at all, after those that were sent before.

        Args:
            frame: What to send.
            on_sent: Called when the kernel has all of it, even if the sender was
                cancelled meanwhile. With an infinite position, if no later frame of
                the client can show that it had this one.

        Raises:
            WireClosed: The client will not get it.
        """

    async def write(self) -> None:
        """The writer: runs in a task of its own until the client is gone."""
