from __future__ import annotations

import attrs
import trio

from fugue_actors.kernel import Actor, ChildSpec, Request, open_kernel, supervisor


@attrs.frozen(kw_only=True)
class Count(Request[int]):
    """How many messages came before."""


class Counter(Actor):
    def __init__(self) -> None:
        self.seen = 0

    async def handle(self, message: object) -> int:
        if not isinstance(message, Count):
            self.seen += 1
        return self.seen


async def test_an_actor_counts_what_it_was_told() -> None:
    """The shortest way through the whole kernel: open, tell, ask, close."""
    root = supervisor("root", [ChildSpec(id="counter", factory=Counter)])
    with trio.fail_after(5):
        async with open_kernel(root) as kernel:
            ref = kernel.registry.resolve("/counter")
            await ref.tell("one")
            await ref.tell("two")
            assert await ref.ask(Count()) == 2
