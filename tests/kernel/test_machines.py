"""Rule machines: mailbox and supervisor against plain models.

A rule changes the model and writes a step with what the model expects of it. When the
run is over, the whole script is played on the real thing in one `trio.run`, and each
step is compared. So Hypothesis shrinks a script, and no thread or guest loop is needed.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import sys
from typing import Any

import attrs
import trio
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from puppets import Do, Puppet, Stage, crash, tree
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.kernel import (
    ActorGone,
    Envelope,
    Intensity,
    Kernel,
    Mailbox,
    MailboxFull,
    MailboxSpec,
    Overflow,
    Reply,
    Restart,
    Strategy,
    Unavailable,
    list_children,
    open_kernel,
    restart_child,
    stop_child,
)

QUICK = settings(
    max_examples=150,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


# The mailbox


@attrs.define(eq=False)
class Mail:
    """A message of the model; its key is its first letter, except for an `x`."""

    name: str
    is_ask: bool = False
    is_wanted: bool = True


def key_of(name: str) -> str | None:
    """What a message is coalesced by."""
    return None if name.startswith("x") else name[0]


class MailboxMachine(RuleBasedStateMachine):
    """A mailbox is three lists and a bound."""

    @initialize(bound=st.integers(1, 3), overflow=st.sampled_from(Overflow))
    def begin(self, bound: int, overflow: Overflow) -> None:
        """An empty mailbox of this kind."""
        self.bound, self.overflow = bound, overflow
        self.numbers = itertools.count()
        self.control: list[Mail] = []
        self.queue: list[Mail] = []
        self.waiting: list[Mail] = []
        self.closed = False
        self.draining = False
        self.dropped = 0
        self.script: list[tuple[str, Any, Any]] = []

    @rule(is_ask=st.booleans(), letter=st.sampled_from("abx"))
    def put(self, is_ask: bool, letter: str) -> None:
        """Somebody sends."""
        mail = Mail(f"{letter}{next(self.numbers)}", is_ask)
        self.script.append(("put", mail, self.accept(mail)))

    def accept(self, mail: Mail) -> str:
        """What becomes of a message, by the table of policies."""
        if self.closed:
            return "gone"
        if self.overflow is Overflow.COALESCE and not mail.is_ask:
            for place, pending in enumerate(self.queue):
                same = key_of(pending.name) == key_of(mail.name) is not None
                if same and not pending.is_ask:
                    self.queue[place] = mail
                    return "queued"
        if len(self.queue) < self.bound:
            self.queue.append(mail)
            return "queued"
        if self.overflow is Overflow.BLOCK:
            self.waiting.append(mail)
            return "waits"
        tells = [old for old in self.queue if not old.is_ask]
        if self.overflow is Overflow.DROP_OLDEST and tells:
            self.queue.remove(tells[0])
            self.queue.append(mail)
            self.dropped += 1
            return "queued"
        return "full"

    @rule()
    def post(self) -> None:
        """The kernel sends."""
        mail = Mail(f"control{next(self.numbers)}")
        self.script.append(("post", mail, None))
        if not self.closed or self.draining:
            self.control.append(mail)

    @rule()
    def take(self) -> None:
        """The reader takes what there is."""
        taken = self.control.pop(0) if self.control else None
        while self.queue and taken is None:
            mail = self.queue.pop(0)
            while self.waiting and len(self.queue) < self.bound:
                admitted = self.waiting.pop(0)
                if admitted.is_wanted:
                    self.queue.append(admitted)
            if mail.is_wanted:
                taken = mail
        self.script.append(("take", None, taken and taken.name))

    @rule(data=st.data())
    @precondition(lambda self: self.leavers())
    def leave(self, data: st.DataObject) -> None:
        """Whoever waits for an answer, or for room, leaves."""
        mail = data.draw(st.sampled_from(self.leavers()))
        mail.is_wanted = False
        if not mail.is_ask:
            self.waiting.remove(mail)
        self.script.append(("leave", mail, None))

    def leavers(self) -> list[Mail]:
        """Who could leave."""
        asks = [mail for mail in self.queue if mail.is_ask]
        return [mail for mail in asks + self.waiting if mail.is_wanted]

    @rule(drain=st.booleans())
    @precondition(lambda self: not self.closed)
    def close(self, drain: bool) -> None:
        """The actor stops."""
        self.closed, self.draining = True, drain
        rejected = [mail.name for mail in self.waiting if mail.is_ask]
        self.waiting.clear()
        if not drain:
            rejected = [mail.name for mail in self.queue] + rejected
            self.queue.clear()
            self.control.clear()
        self.script.append(("close", drain, rejected))

    @invariant()
    @precondition(lambda self: hasattr(self, "script"))
    def look(self) -> None:
        """The bound is exact, and nobody waits while there is room."""
        assert len(self.queue) <= self.bound
        assert not self.waiting or len(self.queue) == self.bound
        numbers = (len(self.queue), len(self.waiting), self.dropped)
        self.script.append(("look", None, numbers))

    def teardown(self) -> None:
        """Play the script, unless it was cut off while it was written."""
        if sys.exc_info()[0] is None:
            trio.run(self.play)

    async def play(self) -> None:
        """Each step on a real mailbox, compared with what the model expects."""
        key = key_of if self.overflow is Overflow.COALESCE else None
        spec = MailboxSpec(bound=self.bound, overflow=self.overflow, key=key)
        mailbox = Mailbox(spec)
        senders: dict[str, Sender] = {}
        async with trio.open_nursery() as nursery:
            for verb, what, expected in self.script:
                match verb:
                    case "put":
                        sender = senders[what.name] = Sender(mailbox, what)
                        assert sender.send(nursery) == expected
                    case "post":
                        mailbox.post(Envelope(what.name))
                    case "take":
                        taken = mailbox.take_nowait()
                        assert (taken and taken.message) == expected
                    case "leave":
                        senders[what.name].leave()
                    case "close":
                        rejected = mailbox.close(lambda: ActorGone("x"), drain=what)
                        assert [mail.message for mail in rejected] == expected
                    case "look":
                        box = mailbox.statistics()
                        assert (box.depth, box.waiting, box.dropped) == expected
                await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()


class Sender:
    """The sending side of one message of the script."""

    def __init__(self, mailbox: Mailbox, mail: Mail) -> None:
        self.mailbox = mailbox
        self.reply: Reply[Any] | None = Reply() if mail.is_ask else None
        self.envelope = Envelope(mail.name, self.reply)
        self.scope = trio.CancelScope()

    def send(self, nursery: trio.Nursery) -> str:
        """Offer the message, wait for room in a task of its own if need be."""
        try:
            if self.mailbox.offer(self.envelope):
                return "queued"
        except MailboxFull:
            return "full"
        except ActorGone:
            return "gone"
        if self.reply is not None:
            self.mailbox.park(self.envelope)
        else:
            nursery.start_soon(self.wait)
        return "waits"

    async def wait(self) -> None:
        """Wait for room until it is there, the mailbox ends, or the sender leaves."""
        with self.scope:
            with contextlib.suppress(ActorGone):
                await self.mailbox.wait_for_room(self.envelope)

    def leave(self) -> None:
        """Wait no longer."""
        if self.reply is not None:
            self.reply.close()
        else:
            self.scope.cancel()


MailboxMachine.TestCase.settings = QUICK
TestMailboxMachine = MailboxMachine.TestCase


# The supervisor

PERIOD = 5.0


@attrs.define(eq=False)
class Kid:
    """A child of the model: how often it started, and whether it runs."""

    id: str
    restart: Restart
    starts: int = 1
    runs: bool = True


class SupervisorMachine(RuleBasedStateMachine):
    """A supervisor is a list of children, a table, and a list of times."""

    @initialize(
        restarts=st.lists(st.sampled_from(Restart), min_size=1, max_size=4),
        strategy=st.sampled_from(Strategy),
        limit=st.integers(0, 4),
    )
    def begin(self, restarts: list[Restart], strategy: Strategy, limit: int) -> None:
        """Everybody runs."""
        self.strategy, self.limit = strategy, limit
        kids = zip("abcd", restarts, strict=False)
        self.specs = [(id, restart) for id, restart in kids]
        self.kids = [Kid(id, restart) for id, restart in self.specs]
        self.now = 0.0
        self.times: list[float] = []
        self.is_over = False
        self.held: list[tuple[str, int]] = []
        self.script: list[tuple[str, Any, list[str]]] = []

    def running(self) -> list[Kid]:
        return [kid for kid in self.kids if kid.runs]

    @rule(data=st.data())
    @precondition(lambda self: self.running() and not self.is_over)
    def crash(self, data: st.DataObject) -> None:
        """A bug."""
        kid = data.draw(st.sampled_from(self.running()))
        wants = kid.restart is not Restart.TEMPORARY
        self.script.append(("crash", kid.id, self.end(kid, wants)))

    @rule(data=st.data())
    @precondition(lambda self: self.running() and not self.is_over)
    def finish(self, data: st.DataObject) -> None:
        """A child ends itself."""
        kid = data.draw(st.sampled_from(self.running()))
        wants = kid.restart is Restart.PERMANENT
        self.script.append(("finish", kid.id, self.end(kid, wants)))

    def end(self, kid: Kid, wants: bool) -> list[str]:
        """What the supervisor makes of an exit; the starts and ends that follow."""
        log = [f"-{kid.id}"]
        kid.runs = False
        if not wants:
            self.leave(kid)
            return log
        self.times = [t for t in [*self.times, self.now] if t + PERIOD >= self.now]
        if len(self.times) > self.limit:
            self.is_over = True
            return log + [f"-{other.id}" for other in reversed(self.running())]
        place = self.kids.index(kid)
        group = {
            Strategy.ONE_FOR_ONE: [kid],
            Strategy.REST_FOR_ONE: self.kids[place:],
            Strategy.ONE_FOR_ALL: list(self.kids),
        }[self.strategy]
        group = [member for member in group if member.runs or member is kid]
        log += [f"-{member.id}" for member in reversed(group) if member is not kid]
        for member in group:
            if member.restart is Restart.TEMPORARY:
                self.leave(member)
            else:
                member.starts += 1
                member.runs = True
                log.append(f"+{member.id}")
        return log

    def leave(self, kid: Kid) -> None:
        """It does not come back."""
        kid.runs = False
        if kid.restart is Restart.TEMPORARY:
            self.kids.remove(kid)

    @rule(data=st.data())
    @precondition(lambda self: self.kids and not self.is_over)
    def stop(self, data: st.DataObject) -> None:
        """Somebody asks for an end."""
        kid = data.draw(st.sampled_from(self.kids))
        self.script.append(("stop", kid.id, [f"-{kid.id}"] if kid.runs else []))
        self.leave(kid)

    @rule(data=st.data())
    @precondition(lambda self: self.kids and not self.is_over)
    def start_anew(self, data: st.DataObject) -> None:
        """Somebody asks for a restart; that counts for nothing."""
        kid = data.draw(st.sampled_from(self.kids))
        log = [f"-{kid.id}"] if kid.runs else []
        kid.runs = True
        kid.starts += 1
        self.script.append(("restart", kid.id, [*log, f"+{kid.id}"]))

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0, 6.0]))
    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        self.script.append(("sleep", seconds, []))

    @rule(data=st.data())
    @precondition(lambda self: self.running() and not self.is_over)
    def hold(self, data: st.DataObject) -> None:
        """Somebody asks, and the child keeps the cell."""
        kid = data.draw(st.sampled_from(self.running()))
        self.held.append((kid.id, kid.starts))
        self.script.append(("hold", kid.id, []))

    @invariant()
    @precondition(lambda self: hasattr(self, "script"))
    def look(self) -> None:
        """Who is there, in which run, and which asks are still open."""
        alive = {(kid.id, kid.starts) for kid in self.running()}
        if self.is_over:
            alive = set()
        children = [(kid.id, kid.runs, kid.starts) for kid in self.kids]
        still_open = [held in alive for held in self.held]
        self.script.append(("look", (self.is_over, children, still_open), []))

    def teardown(self) -> None:
        """Play the script, unless it was cut off while it was written."""
        if sys.exc_info()[0] is None:
            trio.run(self.play, clock=MockClock(autojump_threshold=0))

    async def play(self) -> None:
        """Each step on a real supervisor, compared with what the model expects."""
        stage = Stage()
        spec = tree(
            *[stage.child(id, restart=restart) for id, restart in self.specs],
            strategy=self.strategy,
            intensity=Intensity(self.limit, PERIOD),
        )
        before = trio.lowlevel.current_statistics().tasks_living
        async with open_kernel(spec) as kernel, trio.open_nursery() as nursery:
            assert stage.take() == [f"+{id}" for id, _ in self.specs]
            answered: list[bool] = []
            for verb, what, log in self.script:
                if verb == "look":
                    await compare(kernel, answered, *what)
                elif verb == "hold":
                    ref = kernel.registry.resolve(f"/{what}")
                    nursery.start_soon(ask, ref.ask, answered, len(answered))
                    answered.append(False)
                else:
                    await act(kernel, verb, what)
                await wait_all_tasks_blocked()
                assert stage.take() == log, (verb, what)
            kernel.request_stop("the script is over")
            await kernel.wait_closed()
            await wait_all_tasks_blocked()
            assert all(answered)
            left = [] if self.is_over else self.running()
            assert stage.take() == [f"-{kid.id}" for kid in reversed(left)]
        assert trio.lowlevel.current_statistics().tasks_living == before


async def ask(send: Any, answered: list[bool], place: int) -> None:
    """Ask for something that only the end of the actor will answer."""

    def keep(me: Puppet) -> None:
        me.defer()

    try:
        await send(Do(keep), within=math.inf)
    except Unavailable:
        answered[place] = True


async def act(kernel: Kernel, verb: str, what: Any) -> None:
    """One step of the script."""
    match verb:
        case "crash":
            await kernel.registry.resolve(f"/{what}").tell(Do(crash))
        case "finish":
            await kernel.registry.resolve(f"/{what}").tell(Do(lambda me: me.stop()))
        case "stop":
            await stop_child(kernel.root, what)
        case "restart":
            await restart_child(kernel.root, what)
        case "sleep":
            await trio.sleep(what)


async def compare(
    kernel: Kernel,
    answered: list[bool],
    is_over: bool,
    children: list[tuple[str, bool, int]],
    still_open: list[bool],
) -> None:
    """The state of the supervisor and of the asks that were held."""
    assert (kernel.exit is not None) is is_over
    assert [not done for done in answered] == still_open
    if not is_over:
        infos = await list_children(kernel.root)
        assert [
            (info.id, info.state == "running", info.ref.runs) for info in infos
        ] == children
        for actor in kernel.snapshot().actors:
            assert actor.status in {"running", "gone"}


SupervisorMachine.TestCase.settings = QUICK
TestSupervisorMachine = SupervisorMachine.TestCase
