"""Rounds: viewers are told one after the other, with all other work between any two.

Fifty viewers that were told at once would all draw and send at once, and whatever else the
daemon does would wait for them. So a round tells one, lets everybody else go on, and tells
the next. How long it takes says how busy the daemon is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.define(eq=False)
class Round:
    """One round.

    Attributes:
        left: What is still to be called; none of it may block or raise.
        done: Called when only the last is left, with the seconds that it took.
        began: When.
    """

    left: deque[Callable[[], None]]
    done: Callable[[float], None]
    began: float = attrs.field(factory=trio.current_time)


class Rounds:
    """All rounds that are under way; they take turns."""

    def __init__(self) -> None:
        self.under_way: deque[Round] = deque()
        self.came = trio.Event()

    def begin(
        self, calls: Iterable[Callable[[], None]], done: Callable[[float], None]
    ) -> None:
        """Begin a round: the first is called at once if nobody else waits."""
        round = Round(deque(calls), done)
        self.under_way.append(round)
        if len(self.under_way) == 1:
            self.go_on()
        self.came.set()

    def go_on(self) -> None:
        """Call the next, if anybody waits."""
        if not self.under_way:
            return
        round = self.under_way.popleft()
        call = round.left.popleft() if round.left else None
        # Whoever raises takes nobody else's turn.
        if round.left:
            self.under_way.append(round)
        else:
            round.done(trio.current_time() - round.began)
        if call is not None:
            call()

    async def run(self) -> None:
        """Go on for ever, a step each time that everybody else had a turn."""
        while True:
            while self.under_way:
                await trio.lowlevel.checkpoint()
                self.go_on()
            self.came = trio.Event()
            await self.came.wait()
