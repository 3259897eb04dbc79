"""One incarnation: from its start over its messages to its end.

1. Before it is ready, a failure is the starter's: it is raised there, unwrapped.
2. After that nothing is raised: the exit is a value, handed to `on_finished`. Only what
   ends the whole program passes through.
3. The task runs in three scopes: the main one, shielded from everything but the ladder
   as soon as the supervisor's nursery has adopted the task; inside it the helpers'
   nursery; and after that the clean-up scope around `on_stop`.
4. The exit step (`ending.conclude`) comes as soon as the exit is certain: before
   `on_stop` after a crash, after it otherwise.
5. `request_stop`, `cancel` and `kill` are the rungs; only `ladder` and the tree call
   them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.errors import KernelBug
from fugue_actors.kernel import ending
from fugue_actors.kernel.context import current_cell, handler
from fugue_actors.kernel.exits import Crashed, Exit, Normal, Stopped
from fugue_actors.kernel.faults import StartAborted, StartTimeout
from fugue_actors.kernel.handling import handle_messages
from fugue_actors.kernel.mailbox import Mailbox
from fugue_actors.kernel.watches import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fugue_actors.kernel.actor import Actor
    from fugue_actors.kernel.envelope import Envelope
    from fugue_actors.kernel.ref import Ref
    from fugue_actors.kernel.reply import Reply
    from fugue_actors.kernel.spec import ChildSpec

KILL_GRACE = 1.0
"""Seconds between the cancellation of an actor and the end of its clean-up shield."""


class Cell:
    """The kernel's side of one incarnation.

    Attributes:
        started: It was ready, and its supervisor's nursery owns the task.
        exit: How it ended; `None` while it lives.
        finished: Set when its task does nothing more, clean-up included.
        current: The message in its hands, since `current_since` (trio seconds).
        waiting_on: Whose answer, room, start or end its own task waits for.
        traced: A failure that is not its own and whose traceback was reported.
    """

    def __init__(
        self,
        ref: Ref,
        spec: ChildSpec,
        *,
        parent: Cell | None,
        forecast: Callable[[Exit], bool],
        on_finished: Callable[[Cell], None],
    ) -> None:
        self.ref = ref
        self.kernel = ref.kernel
        self.spec = spec
        self.parent = parent
        self.forecast = forecast
        self.on_finished = on_finished
        self.incarnation = ref.runs = ref.runs + 1
        self.mailbox = Mailbox(spec.mailbox, ref.path)
        self.scope = trio.CancelScope()
        self.start_limit = trio.CancelScope()
        self.is_aborted = False
        self.children_nursery: trio.Nursery | None = None
        self.shields: set[trio.CancelScope] = set()
        self.actor: Actor | None = None
        self.task: trio.lowlevel.Task | None = None
        self.started = False
        self.prepared = False
        self.exit: Exit | None = None
        self.finished = trio.Event()
        self.current: Envelope | None = None
        self.current_since = 0.0
        self.waiting_on: Cell | None = None
        self.deferred: set[Reply[Any]] = set()
        self.watches: set[Watch] = set()
        self.watching: set[Watch] = set()
        self.on_stop_request: Callable[[], None] | None = None
        self.wish: Normal | Stopped | None = None
        self.stop_reason: str | None = None
        self.coming_back = False
        self.killed: str | None = None
        self.context = "child_terminated"
        self.traced: BaseException | None = None

    @property
    def kind(self) -> str:
        """What kind of actor this is, as far as is known."""
        return "actor" if self.actor is None else self.actor.kind

    # Life

    async def begin(self, home: trio.Nursery) -> None:
        """Start the incarnation in `home` and return when it is ready.

        Raises:
            StartTimeout: It was not ready within the spec's `start_within`.
            StartAborted: `abort_start` was called.
            Exception: Whatever its factory or its `on_start` raised.
        """
        self.start_limit.deadline = trio.current_time() + self.spec.start_within
        with self.start_limit:
            await home.start(self.run, home, name=self.ref.path)
            return
        if self.is_aborted:
            raise StartAborted(f"the start of {self.ref.path} was given up")
        raise StartTimeout(
            f"{self.ref.path} was not ready within {self.spec.start_within:g} s"
        )

    def abort_start(self, reason: str) -> None:
        """Give up the start that is under way."""
        self.is_aborted = True
        self.start_limit.cancel(reason=reason)

    async def run(
        self, home: trio.Nursery, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """The whole incarnation; started with `home.start`.

        Args:
            home: The nursery that is to adopt the task.
            task_status: Told when the actor is ready.
        """
        self.task = trio.lowlevel.current_task()
        current_cell.set(self)
        errors: list[BaseException] = []
        try:
            with self.scope:
                actor = self.actor = self.spec.factory()
                if actor.has_children:
                    async with trio.open_nursery() as self.children_nursery:
                        await self.live(actor, home, task_status, errors)
                else:
                    await self.live(actor, home, task_status, errors)
        except BaseException as error:
            errors.append(error)
        ending.finish(self, errors)

    async def live(
        self,
        actor: Actor,
        home: trio.Nursery,
        task_status: trio.TaskStatus[None],
        errors: list[BaseException],
    ) -> None:
        """Start, handle messages, stop; what goes wrong is added to `errors`."""
        try:
            async with trio.open_nursery() as nursery:
                actor.ref = self.ref
                actor.kernel = self.kernel
                actor.parent = None if self.parent is None else self.parent.ref
                actor.nursery = nursery
                actor._cell = self
                await actor.on_start()
                self.prepared = True
                await self.become_ready(home, task_status)
                await handle_messages(self, actor)
                nursery.cancel_scope.cancel(reason=f"{self.ref.path} ends")
        except BaseException as error:
            errors.append(error)
        if not self.prepared:
            return
        ending.refuse_messages(self)
        exit = ending.verdict(self, errors)
        if isinstance(exit, Crashed):
            ending.conclude(self, exit)
        # Where somebody is on the ladder, this is only the net below it.
        grace = KILL_GRACE if self.stop_reason is None else 2 * KILL_GRACE
        limit = self.spec.shutdown + grace
        try:
            with trio.move_on_after(limit, shield=self.killed is None) as scope:
                with self.holding(scope):
                    await actor.on_stop(exit)
            if scope.cancelled_caught:
                self.killed = "its clean-up took too long"
        except BaseException as error:
            errors.append(error)

    async def become_ready(
        self, home: trio.Nursery, task_status: trio.TaskStatus[None]
    ) -> None:
        """Report readiness; from now on the address leads here."""
        task_status.started()
        assert self.task is not None
        if self.task.parent_nursery is not home:
            # The starter was cancelled meanwhile. A shield now would keep it waiting
            # (test_a_cancelled_start_does_not_hand_the_task_over).
            await trio.sleep_forever()
        self.started = True
        self.scope.shield = True
        self.kernel.registry.attach(self)

    # What the actor does with itself

    def defer(self) -> Reply[Any]:
        """Keep the current ask's cell among those the exit step answers."""
        current = self.current
        if current is None or current.reply is None or handler() is not self:
            raise KernelBug(f"{self.ref.path}: there is no ask to defer here")
        current.reply.owner = self.deferred
        if current.reply.is_open:
            self.deferred.add(current.reply)
        return current.reply

    def watch(self, ref: Ref) -> Watch:
        """See `Actor.watch`."""
        watch = Watch(self, ref)
        if watch.target is None:
            watch.end(ref.last_exit or Stopped("never started"))
        return watch

    def end_self(self, wish: Normal | Stopped, context: str | None = None) -> None:
        """End after the current message with `wish`."""
        if self.wish is None:
            self.wish = wish
            self.context = context or self.context
            ending.refuse_messages(self)

    def will_return(self) -> bool:
        """Whether the address comes back, as far as is known now."""
        if self.stop_reason is not None:
            return self.coming_back
        if self.exit is not None:
            return self.forecast(self.exit)
        if self.wish is not None:
            return self.forecast(self.wish)
        return False

    # The rungs

    def request_stop(self, reason: str, *, coming_back: bool = False) -> None:
        """First rung: no new messages; end after the current one (or the queue)."""
        if self.exit is not None:
            return
        if self.stop_reason is None:
            self.stop_reason = reason
        self.coming_back = coming_back
        if self.on_stop_request is not None:
            self.on_stop_request()
        ending.refuse_messages(self, drain=self.spec.mailbox.drain)

    def cancel(self, reason: str) -> None:
        """Second rung: interrupt the handler; clean up."""
        if self.stop_reason is None:
            self.stop_reason = reason
        self.scope.cancel(reason=reason)

    def kill(self, reason: str) -> None:
        """Last rung: interrupt the clean-up too."""
        self.killed = reason
        self.cancel(reason)
        for scope in self.shields:
            scope.shield = False

    @contextmanager
    def holding(self, scope: trio.CancelScope) -> Iterator[None]:
        """Let `kill` reach a shielded scope."""
        self.shields.add(scope)
        if self.killed is not None:
            scope.shield = False
        try:
            yield
        finally:
            self.shields.discard(scope)
