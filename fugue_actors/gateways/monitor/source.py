"""What else a subscriber can be told, beside documents and the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fugue_actors.gateways.monitor.choice import Visible


class Source(Protocol):
    """One client's view of something that changes too often for documents.

    It remembers what the client has, and calls the function that it was made with when
    there is something new. All of it is synchronous, and none of it may take longer than a
    millisecond or two: what is to be sent is at hand, or can be joined from what is.

    Attributes:
        name: The key of its pieces in a frame.
    """

    name: str

    def choose(self, visible: Visible | None) -> None:
        """What the client has chosen of what it may see; None if nothing any more."""

    @property
    def is_due(self) -> bool:
        """Whether there is something that the client does not have."""

    def take(self) -> bytes | None:
        """What is new, as a JSON value; None if there is nothing after all.

        The client has it from then on. More than fits a frame well may stay for the next.
        """

    def expect(self, pane_id: str) -> None:
        """The client does something to a pane: what follows there is urgent for a while."""

    @property
    def is_urgent(self) -> bool:
        """Whether there is something that is not to wait for the client's next turn."""

    def take_urgent(self) -> bytes | None:
        """As `take`, of what is urgent only."""

    def start_over(self) -> None:
        """The client forgets what it has: send all of it again."""


MakeSource = Callable[[Callable[[], None]], Source]
"""Makes one for a client, with the function that wakes who tells it."""
