"""PaneLink: the daemon's end of the connection to one pane host.

1. Requests run concurrently; each answer is matched by its number.
2. `run` is reader and writer in one and belongs into the owner's nursery. Requests need it running.
3. A lost link fails what waits with `Unavailable` and says nothing about the program: connect anew.
4. At most `REQUESTS_LIMIT` requests are under way, and what waits to be sent is bounded with them.
5. A cancelled request may have been carried out.

What happens in the terminal comes through `on_event`, called from `run`; right after connecting, the
present title, output and exit come as events too, so that they alone tell the whole story.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import trio

from fugue_actors.errors import Refused, RemoteProtocolError, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.frames import LineFramer, Overlong
from fugue_actors.protocol.hostwire import Frame, decode, encode
from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from pathlib import Path

A = TypeVar("A")

REQUESTS_LIMIT = 64
READ_BYTES = 65536
HELLO_WITHIN = 5.0
GONE_WITHIN = 2.0
EVENTS = (
    hosting.OutputHappened,
    hosting.TitleChanged,
    hosting.DraftChanged,
    hosting.ProgramExited,
)


@attrs.define(eq=False)
class Pending:
    """One request that waits for its answer."""

    answered: trio.Event = attrs.field(factory=trio.Event)
    answer: object = None

    def resolve(self, answer: object) -> None:
        """Here it is."""
        self.answer = answer
        self.answered.set()

    def lose(self, why: str | None) -> None:
        """It will never come."""
        self.answered.set()


@attrs.define(eq=False)
class Expected:
    """A request whose answer goes to a function, so that no task has to wait for it."""

    resolve: Callable[[object], None]

    def lose(self, why: str | None) -> None:
        """It will never come."""
        self.resolve(hosting.Failed.of(lost_link(why)))


class PaneLink:
    """A link to one pane host. Make one with `connect`.

    Attributes:
        opened: The host's state when the link was made.
    """

    def __init__(
        self, stream: trio.SocketStream, on_event: Callable[[hosting.HostEvent], None]
    ) -> None:
        self.stream = stream
        self.on_event = on_event
        self.framer = LineFramer(limit_bytes=hosting.FRAME_LIMIT_BYTES)
        self.early: list[object] = []
        self.number = 0
        self.pending: dict[int, Pending | Expected] = {}
        self.slots = trio.Semaphore(REQUESTS_LIMIT)
        self.outgoing = bytearray()
        self.has_outgoing = trio.Event()
        self.is_sending = False
        self.is_closed = False
        self.ended = trio.Event()
        self.lost: str | None = None
        self.opened: hosting.HostStatus

    @classmethod
    async def connect(
        cls,
        path: Path,
        *,
        key: str,
        generation: int,
        on_event: Callable[[hosting.HostEvent], None] = lambda _: None,
    ) -> PaneLink:
        """Connect to a host and take it over.

        Args:
            path: Its socket.
            key: The pane's secret.
            generation: Higher than any the host has obeyed, or the same to replace
                a link of one's own.
            on_event: Called for each event, from `run`; must not block.

        Raises:
            Unavailable: Nobody answers there.
            Refused: `NotAllowed`: wrong key, superseded, no common version, or somebody
                else's.
        """
        try:
            stream = await trio.open_unix_socket(path)
        except OSError as error:
            raise Unavailable(f"no pane host at {path}: {error.strerror}") from error
        link = cls(stream, on_event)
        try:
            check_owner(stream, path)
            with trio.fail_after(HELLO_WITHIN):
                await link.hello(key, generation)
        except BaseException as error:
            stream.socket.close()
            if isinstance(error, (trio.TooSlowError, RemoteProtocolError)):
                raise Unavailable(f"no pane host answers at {path}") from error
            raise
        return link

    async def hello(self, key: str, generation: int) -> None:
        """Exchange the first request and its answer; keep what comes with it."""
        hello = hosting.Hello(versions=hosting.VERSIONS, key=key, generation=generation)
        values: list[Any] | None = None
        try:
            await self.stream.send_all(encode(hello, id=0))
            while not values:
                values = self.read_frames(await self.stream.receive_some(READ_BYTES))
        except trio.BrokenResourceError:
            values = None
        if values is None:
            raise Unavailable("the pane host hung up")
        welcome, *self.early = (frame.value for frame in values)
        self.opened = expect(welcome, hosting.Welcome).status

    async def run(self) -> None:
        """Move bytes both ways until the link is lost or closed; it is closed then."""
        reason = "cancelled"
        try:
            self.dispatch_events(self.early)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.send_outgoing)
                reason = await self.receive()
                nursery.cancel_scope.cancel(reason)
        finally:
            self.stream.socket.close()
            self.lost = reason
            self.ended.set()
            for pending in tuple(self.pending.values()):
                pending.lose(reason)
        if not self.is_closed:
            self.on_event(hosting.LinkLost(reason=reason))

    async def receive(self) -> str:
        """Handle what comes until nothing comes any more; why that is."""
        while True:
            try:
                data = await self.stream.receive_some(READ_BYTES)
            except trio.BrokenResourceError:
                data = b""
            except trio.ClosedResourceError:
                return "closed"
            try:
                frames = self.read_frames(data)
            except RemoteProtocolError as error:
                return str(error)
            if frames is None:
                return "the pane host hung up"
            events: list[object] = []
            for frame in frames:
                if isinstance(frame.value, hosting.Superseded):
                    return f"superseded by generation {frame.value.generation}"
                if frame.re is None:
                    events.append(frame.value)
                elif frame.re in self.pending:
                    self.pending[frame.re].resolve(frame.value)
            self.dispatch_events(events)

    def read_frames(self, data: bytes | bytearray) -> list[Frame] | None:
        """The frames that some bytes complete; None at the end of the stream."""
        if not data:
            return None
        frames = []
        for line in self.framer.feed(bytes(data)):
            if isinstance(line, Overlong):
                raise RemoteProtocolError(f"a frame beyond {line.limit_bytes} bytes")
            frames.append(decode(line))
        return frames

    def dispatch_events(self, events: list[object]) -> None:
        """Tell the owner, of several outputs in a row only the last."""
        for event, following in zip_longest(events, events[1:]):
            if isinstance(event, hosting.OutputHappened) and isinstance(
                following, hosting.OutputHappened
            ):
                continue
            if isinstance(event, EVENTS):
                self.on_event(event)

    async def send_outgoing(self) -> None:
        """Send what requests have left behind."""
        while True:
            await self.has_outgoing.wait()
            self.has_outgoing = trio.Event()
            data, self.outgoing = self.outgoing, bytearray()
            self.is_sending = True
            try:
                await self.stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return  # the reader sees it too, and says so
            self.is_sending = False

    def send(self, frame: bytes) -> None:
        """Send a frame, at once if the socket takes it: nobody waits for a task then."""
        self.outgoing += frame
        if not self.is_sending:
            try:
                sent = os.write(self.stream.socket.fileno(), self.outgoing)
            except OSError:
                sent = 0  # there is no room, or the reader will say what is wrong
            del self.outgoing[:sent]
        if self.outgoing:
            self.has_outgoing.set()

    async def request(self, value: object, kind: type[A]) -> A:
        """Ask the host something; its answer, which must be a `kind`.

        Raises:
            Refused: The host refuses, with its code.
            Unavailable: The link is or gets lost.
        """
        try:
            self.slots.acquire_nowait()
        except trio.WouldBlock:
            await self.slots.acquire()
        try:
            return await self.answer_to(self.ask(value), kind)
        finally:
            self.slots.release()

    def ask(self, value: object) -> int:
        """Send a request, or queue it; the number of its answer."""
        if self.lost is not None:
            raise Unavailable(f"no link to the pane host: {self.lost}")
        self.number += 1
        self.send(encode(value, id=self.number))
        return self.number

    async def answer_to(self, number: int, kind: type[A]) -> A:
        """The answer to a request, which must be a `kind`."""
        pending = self.pending[number] = Pending()
        try:
            await pending.answered.wait()
        finally:
            del self.pending[number]
        if pending.answer is None:
            raise lost_link(self.lost)
        return expect(pending.answer, kind)

    async def wait_for(self, wanted: hosting.WaitFor) -> hosting.Waited:
        """Wait until something is the case in the terminal, for as long as that takes.

        Waits are not counted among the requests under way. When this is cancelled the
        host forgets the wait.

        Raises:
            Refused: `InvalidArgument` for a bad pattern, `PaneExited` if the program
                ended first, `Busy` for too many waits.
            Unavailable: The link is or gets lost; nothing is known then.
        """
        hosting.check_wait(wanted)
        return await self.answer_some_time(wanted, hosting.Waited)

    async def changes(self, known: int) -> hosting.ScreenChange:
        """What of the screen is not as in that version, once there is something.

        Like a wait it is not counted among the requests under way, and forgotten when
        this is cancelled.

        Args:
            known: `version` of the last answer, or 0 for the whole screen.

        Raises:
            Refused: `InvalidArgument`: the host is older than this request; `Busy`:
                somebody else has asked meanwhile, and is answered instead.
            Unavailable: The link is or gets lost.
        """
        request = hosting.ReadChanges(known=known)
        return await self.answer_some_time(request, hosting.ScreenChange)

    async def answer_some_time(self, value: object, kind: type[A]) -> A:
        """The answer to a request that may take as long as it likes."""
        number = self.ask(value)
        try:
            return await self.answer_to(number, kind)
        except trio.Cancelled:
            if self.lost is None:
                self.ask(hosting.ForgetWait(request=number))
            raise

    async def write(self, data: bytes) -> hosting.Written:
        """Type bytes.

        Raises:
            Refused: `PaneExited`, `PayloadTooLarge`, or `Busy` when too much input
                waits already; nothing of `data` is written then.
        """
        if len(data) > hosting.INPUT_LIMIT_BYTES:
            raise hosting.too_much_input(len(data))
        return await self.request(hosting.WriteInput(data=data), hosting.Written)

    async def type(self, typed: hosting.TypeInput) -> hosting.Written:
        """Type text and keys, as the program wants them at that moment.

        Raises:
            Refused: As `write`; or `InvalidArgument` for a key that there is not.
        """
        check_size(typed)
        return await self.request(typed, hosting.Written)

    def type_soon(
        self, typed: hosting.TypeInput, on_answer: Callable[[object], None]
    ) -> None:
        """Type without waiting for the answer: it is at the host in this very step.

        Args:
            typed: What.
            on_answer: Called once, from `run`, with `Written` or `Failed`.

        Raises:
            Refused: `PayloadTooLarge`.
            Unavailable: The link is lost.
        """
        check_size(typed)
        number = self.ask(typed)

        def answered(answer: object) -> None:
            del self.pending[number]
            on_answer(answer)

        self.pending[number] = Expected(answered)

    async def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size in cells."""
        await self.request(
            hosting.ResizeTerminal(columns=columns, lines=lines), hosting.Done
        )

    async def screen(
        self,
        history: int = 0,
        since: int | None = None,
        *,
        skip: int = 0,
        styled: bool = False,
        limit: int | None = None,
        clipboard: bool = False,
    ) -> hosting.ScreenSnapshot:
        """The screen now.

        Args:
            history: How many lines of history to include.
            since: A cursor (`ScreenSnapshot.next`) to list what is new since then.
            skip: How many of the youngest lines of history to leave out.
            styled: Whether to include rows of styled runs.
            limit: Most characters of what is new.
            clipboard: Whether to include what the program put there.
        """
        request = hosting.ReadScreen(
            history=history,
            skip=skip,
            since=since,
            styled=styled,
            limit=limit,
            clipboard=clipboard,
        )
        return await self.request(request, hosting.ScreenSnapshot)

    async def lines(
        self,
        first: int | None = None,
        *,
        count: int = hosting.LINES_AT_ONCE,
        styled: bool = False,
    ) -> hosting.LinesRead:
        """Lines by their numbers, each whole.

        Args:
            first: Number of the first one; None for the last ones.
            count: How many at most.
            styled: Whether to tell how they look.

        Raises:
            Refused: `InvalidArgument`: the host is older than this request.
        """
        request = hosting.ReadLines(first=first, count=count, styled=styled)
        return await self.request(request, hosting.LinesRead)

    async def drop_draft(self) -> None:
        """Have what a person has begun to type count no more."""
        try:
            await self.request(hosting.DropDraft(), hosting.Done)
        except Refused as error:
            if error.code != "InvalidArgument":  # so a host says that knows no drafts
                raise

    async def status(self) -> hosting.HostStatus:
        """The host's state without its screen."""
        return await self.request(hosting.ReadStatus(), hosting.HostStatus)

    async def kill(self, grace: float) -> hosting.KillReport:
        """End the program and all it started; the host stays.

        Args:
            grace: Seconds from SIGHUP to SIGKILL.

        Raises:
            Refused: `InvalidArgument`: the grace is negative or beyond a day.
        """
        hosting.check_grace(grace)
        return await self.request(hosting.KillProgram(grace=grace), hosting.KillReport)

    async def close(self) -> None:
        """End the host, whose program has ended, and the link.

        When it returns the host is gone, and its place free for another.

        Raises:
            Refused: `Busy`: the program still runs.
        """
        await self.request(hosting.ReleaseHost(), hosting.Done)
        self.is_closed = True
        with trio.move_on_after(GONE_WITHIN):
            await self.ended.wait()
        await self.aclose()

    async def aclose(self) -> None:
        """End the link; the host goes on."""
        self.is_closed = True
        await self.stream.aclose()


def check_owner(stream: trio.SocketStream, path: Path) -> None:
    """Refuse a host of another user, before it is told the key."""
    owner = processes.peer_uid(stream.socket)
    if owner != os.getuid():
        raise Refused("NotAllowed", f"{path} is served by user {owner}, not by you")


def check_size(typed: hosting.TypeInput) -> None:
    """Refuse what no host takes at once."""
    size = len(typed.text) + sum(len(name) + 3 for name in typed.keys)
    if size > hosting.INPUT_LIMIT_BYTES:
        raise hosting.too_much_input(size)


def lost_link(why: str | None) -> Unavailable:
    """What becomes of requests that nobody will answer."""
    return Unavailable(f"the link to the pane host is lost: {why}")


def expect(answer: object, kind: type[A]) -> A:
    """An answer of the kind the question has, or the error it stands for."""
    if isinstance(answer, hosting.Failed):
        raise answer.exception()
    if not isinstance(answer, kind):
        raise RemoteProtocolError(f"the pane host answered with {answer!r:.60}")
    return answer
