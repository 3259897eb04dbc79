"""Requests of a client on their way: side by side, or in lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fugue_actors.tui.modes import Request

    Answered = Callable[[dict[str, Any] | FugueError], None]


class Requests:
    """Makes requests. Those of a lane are made one after the other, and only the newest.

    Args:
        request: Makes one, of a name with arguments.
    """

    def __init__(self, request: Callable[..., Awaitable[dict[str, Any]]]) -> None:
        self.request = request
        self.begun: list[tuple[Request, Answered]] = []
        self.is_begun = trio.Event()
        self.busy: set[str] = set()
        self.next: dict[str, tuple[Request, Answered]] = {}

    def make(self, request: Request, answered: Answered) -> None:
        """Make a request as soon as its lane is free.

        Args:
            request: Which.
            answered: Called with its answer, or with why there is none. Not called if a
                newer one of the lane is made instead.
        """
        if request.lane and request.lane in self.busy:
            self.next[request.lane] = request, answered
            return
        if request.lane:
            self.busy.add(request.lane)
        self.begun.append((request, answered))
        self.is_begun.set()

    async def run(self) -> None:
        """Make what there is to make, until cancelled."""
        async with trio.open_nursery() as nursery:
            while True:
                await self.is_begun.wait()
                self.is_begun = trio.Event()
                begun, self.begun = self.begun, []
                for request, answered in begun:
                    nursery.start_soon(self.carry_out, request, answered)

    async def carry_out(self, request: Request, answered: Answered) -> None:
        """Make one, and those that wait behind it in its lane."""
        following: tuple[Request, Answered] | None = (request, answered)
        while following is not None:
            request, answered = following
            answer: dict[str, Any] | FugueError
            try:
                answer = await self.request(request.name, **request.args)
            except FugueError as error:
                answer = error
            following = self.next.pop(request.lane, None) if request.lane else None
            if following is None:
                self.busy.discard(request.lane)
            answered(answer)
