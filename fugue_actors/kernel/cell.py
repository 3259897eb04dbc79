"""One incarnation: from its start over its messages to its exit.

1. Before it is ready, a failure is the starter's: it is raised there, unwrapped.
2. After that nothing is raised: the exit is a value, handed to `on_finished`. Only what
   ends the whole program passes through.
3. The task runs in three scopes: the main one, shielded from everything but the ladder
   as soon as the supervisor's nursery has adopted the task; inside it the helpers'
   nursery; and after that the clean-up scope around `on_stop`.
4. `conclude` is the exit step: synchronous, once. It comes as soon as the exit is
   certain: before `on_stop` after a crash, after it otherwise.
5. `request_stop`, `cancel` and `kill` are the rungs; only `ladder` and the tree call
   them.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio

from fugue_actors.errors import (
    ActorCrashed,
    ActorGone,
    ActorRestarting,
    FugueError,
    KernelBug,
    Refused,
)
from fugue_actors.kernel.context import current_cell, handler
from fugue_actors.kernel.exits import (
    PASSING,
    Crashed,
    Exit,
    Killed,
    Normal,
    Stopped,
    causes,
    classify,
    leaves,
    lone,
)
from fugue_actors.kernel.faults import StartAborted, StartTimeout
from fugue_actors.kernel.mailbox import Envelope, Mailbox
from fugue_actors.kernel.reports import ExitReport, RefusedReport
from fugue_actors.kernel.watches import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fugue_actors.kernel.actor import Actor
    from fugue_actors.kernel.ref import Ref
    from fugue_actors.kernel.reply import Reply
    from fugue_actors.kernel.spec import ChildSpec

logger = logging.getLogger(__name__)

KILL_GRACE = 1.0
"""Seconds between the cancellation of an actor and the end of its clean-up shield."""

BURST = 8
"""Messages handled in a row before other tasks get a turn."""


class Crash:
    """Control message: end this incarnation as if `error` had been raised in it."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Cell:
    """The kernel's side of one incarnation.

    Attributes:
        started: It was ready, and its supervisor's nursery owns the task.
        exit: How it ended; `None` while it lives.
        exited: Set by the exit step.
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
        self.exited = trio.Event()
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
        self.finish(errors)

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
                await self.handle_messages(actor)
                nursery.cancel_scope.cancel(reason=f"{self.ref.path} ends")
        except BaseException as error:
            errors.append(error)
        if not self.prepared:
            return
        self.refuse_messages()
        exit = self.verdict(errors)
        if isinstance(exit, Crashed):
            self.conclude(exit)
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

    async def handle_messages(self, actor: Actor) -> None:
        """Take one message after the other until there will be none."""
        mailbox = self.mailbox
        burst = 0
        while True:
            envelope = mailbox.take_nowait()
            if envelope is None:
                if mailbox.is_over:
                    return
                burst = 0
                envelope = await mailbox.wait()
                if envelope is None:
                    continue
            if envelope.gate is not None and not envelope.gate():
                continue
            reply = envelope.reply
            if reply is not None and not reply.is_open:
                continue
            self.current = envelope
            self.current_since = trio.current_time()
            message = envelope.message
            try:
                if type(message) is Crash:
                    raise message.error
                answer = await actor.handle(message)
                if reply is not None and reply.owner is None:
                    reply.resolve(answer)
            except BaseException as error:
                if not self.refused(error, envelope):
                    self.fail_current(error, envelope)
                    raise
            self.current = None
            burst += 1
            if burst == BURST:
                burst = 0
                await trio.lowlevel.checkpoint()

    def refused(self, error: BaseException, envelope: Envelope) -> bool:
        """Whether `error` only refuses the message; if so, tell whoever asked."""
        found = leaves(error)
        refusal = found[0]
        if len(found) > 1 or not isinstance(refusal, Refused):
            return False
        kind = type(envelope.message).__name__
        if envelope.reply is not None:
            envelope.reply.fail(refusal)
        else:
            self.kernel.report(
                RefusedReport(
                    path=self.ref.path,
                    incarnation=self.incarnation,
                    message_type=kind,
                    code=refusal.code,
                    message=refusal.message,
                )
            )
        return True

    def fail_current(self, error: BaseException, envelope: Envelope) -> None:
        """A handler ended with a bug, or was interrupted; who asked is told soon."""
        self.current = None
        if envelope.reply is not None and envelope.reply.is_open:
            envelope.reply.owner = self.deferred
            self.deferred.add(envelope.reply)
        for cause in causes([error]):
            cause.add_note(
                f"while handling {type(envelope.message).__name__}"
                f" in {self.ref.path}#{self.incarnation} (trace {envelope.trace})"
            )
        if real := causes([error]):
            self.conclude(Crashed(lone(real)))

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
            self.refuse_messages()

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
        self.refuse_messages(drain=self.spec.mailbox.drain)

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

    # The end

    def will_return(self) -> bool:
        """Whether the address comes back, as far as is known now."""
        if self.stop_reason is not None:
            return self.coming_back
        if self.exit is not None:
            return self.forecast(self.exit)
        if self.wish is not None:
            return self.forecast(self.wish)
        return False

    def refusal(self) -> FugueError:
        """What a sender gets from a mailbox that takes no more."""
        path = self.ref.path
        if isinstance(self.exit, Crashed | Killed):
            error = ActorCrashed(f"{path}#{self.incarnation} {self.exit}")
            if isinstance(self.exit, Crashed):
                error.__cause__ = self.exit.error
            return error
        if self.will_return():
            return ActorRestarting(
                f"{path} is restarting", hint="try again in a moment"
            )
        return ActorGone(f"{path} is stopping")

    def refuse_messages(self, *, drain: bool = False) -> None:
        """Shut the mailbox; askers are told, tells become dead letters."""
        for envelope in self.mailbox.close(self.refusal, drain=drain):
            if envelope.reply is not None:
                envelope.reply.break_off(self.refusal())
            else:
                why = "stopping" if self.exit is None else type(self.exit).__name__
                self.kernel.dead_letters.add(
                    self.ref.path, envelope.message, why.lower()
                )

    def verdict(self, errors: list[BaseException]) -> Exit:
        """How it ended, as far as is known now."""
        return classify(
            errors, killed=self.killed, stop_reason=self.stop_reason, wish=self.wish
        )

    def conclude(self, exit: Exit) -> None:
        """The exit step: after it nobody waits for this incarnation. No checkpoint."""
        if self.exit is not None:
            return
        self.exit = exit
        if self.stop_reason is not None and isinstance(exit, Crashed | Killed):
            self.context = "shutdown_error"
        self.refuse_messages()
        for reply in list(self.deferred):
            reply.break_off(self.refusal())
        self.kernel.registry.detach(self)
        for watch in list(self.watching):
            watch.cancel()
        watches, self.watches = self.watches, set()
        for watch in watches:
            watch.end(exit)
        self.exited.set()

    def finish(self, errors: list[BaseException]) -> None:
        """The task is at its end: report, or fail the start."""
        exit = self.exit or self.verdict(errors)
        if not self.started:
            self.context = "start_error"
        self.conclude(exit)
        real = causes(errors)
        self.kernel.report(
            ExitReport(
                path=self.ref.path,
                incarnation=self.incarnation,
                supervisor=None if self.parent is None else self.parent.ref.path,
                context=self.context,
                exit=exit,
                spec=self.spec.summary(),
                further=tuple(further(real, exit)),
                is_traced=self.traced is None or self.traced not in real,
            )
        )
        self.finished.set()
        passing = [error for error in real if isinstance(error, PASSING)]
        if self.started and passing:
            # Not for the supervisor to answer: it will be cancelled on the way out.
            if self.parent is not None:
                self.parent.traced = passing[0]
            raise lone(passing)
        if self.started:
            self.on_finished(self)
        elif real:
            raise lone(real)
        else:
            raise errors[0]


def further(errors: list[BaseException], exit: Exit) -> list[BaseException]:
    """What else went wrong besides that which `exit` names."""
    named = leaves(exit.error) if isinstance(exit, Crashed) else []
    return [error for error in errors if error not in named]
