"""Who drives a host and what it is told, with sockets but without processes or real time."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given, reject, strategies as st

from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import KINDS, decode, encode
from fugue_actors.terminal.hostlink import OUTPUT_LIMIT_BYTES, Connection
from fugue_actors.terminal.reception import (
    HELLO_WITHIN,
    OUTPUT_PAUSE,
    STRANGERS_LIMIT,
    Reception,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "secret"
MODES = hosting.Modes()
INFO = hosting.HostInfo(
    host_pid=1,
    host_started=1.0,
    program_pid=2,
    program_started=2.0,
    socket="/s",
    tty="/dev/pts/0",
)
STATUS = hosting.HostStatus(
    info=INFO,
    title="",
    columns=80,
    lines=24,
    modes=MODES,
    output=0,
    queued_bytes=0,
    generation=0,
)
BIG = hosting.ScreenSnapshot(
    columns=80,
    lines=1,
    cursor=hosting.Position(x=0, y=0),
    cursor_visible=True,
    alternate=False,
    title="",
    text=("x" * 100_000,),
    next=0,
    modes=MODES,
)


@attrs.define(eq=False)
class Peer:
    """The other end of one connection."""

    socket: socket.socket
    received: bytes = b""

    def send(self, *requests: object, data: bytes = b"") -> None:
        lines = [encode(request, id=n) for n, request in enumerate(requests)]
        self.socket.sendall(b"".join(lines) + data)

    def hello(self, generation: int, *, key: str = KEY) -> None:
        self.send(hosting.Hello(versions=(1,), key=key, generation=generation))

    def take(self) -> list[object]:
        """What has arrived, end of file as None."""
        values: list[object] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self.socket.recv(1 << 20)
                if not data:
                    values.append(None)
                    break
                self.received += data
        *lines, self.received = self.received.split(b"\n")
        return [*(decode(line).value for line in lines), *values]


@attrs.define(eq=False)
class Desk:
    """A reception with its time, and peers that can be connected to it."""

    reception: Reception
    path: Path
    now: float = 100.0
    peers: list[Peer] = attrs.field(factory=list)
    asked: list[object] = attrs.field(factory=list)

    def connect(self) -> Peer:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(str(self.path))
        connected.setblocking(False)
        self.peers.append(Peer(connected))
        self.reception.accept(self.now)
        self.turn()
        return self.peers[-1]

    def turn(self) -> None:
        """What the host's loop does whenever something happened."""
        for connection in self.reception.connections:
            self.reception.serve(connection)
        for connection in self.reception.sweep(self.now):
            connection.socket.close()

    def tell(
        self,
        output: int,
        title: str = "",
        exit: hosting.ProgramExit | None = None,
        bells: int = 0,
    ) -> None:
        self.reception.tell(title, output, exit, self.now, bells=bells)

    def link(self, generation: int = 1) -> Peer:
        peer = self.connect()
        peer.hello(generation)
        self.turn()
        (welcome,) = peer.take()
        assert isinstance(welcome, hosting.Welcome)
        return peer


@contextlib.contextmanager
def open_desk() -> Iterator[Desk]:
    directory = Path(tempfile.mkdtemp(prefix="fugue-test-"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(directory / "s"))
    listener.listen()
    asked: list[object] = []

    def carry_out(_: Connection, __: int | None, request: object) -> object:
        asked.append(request)
        return BIG if isinstance(request, hosting.ReadScreen) else hosting.Done()

    reception = Reception(listener, KEY, carry_out, lambda: STATUS)
    desk = Desk(reception, directory / "s", asked=asked)
    try:
        yield desk
    finally:
        for peer in desk.peers:
            peer.socket.close()
        for connection in reception.connections:
            connection.socket.close()
        listener.close()
        shutil.rmtree(directory)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


def code(value: object) -> str:
    assert isinstance(value, hosting.Failed)
    return value.code


@pytest.mark.parametrize(
    "first", [hosting.ReadStatus(), hosting.Hello(versions=(1,), key="", generation=9)]
)
def test_a_stranger_has_one_chance(desk: Desk, first: object) -> None:
    """Nobody tries keys one after another on one connection, or types before saying hello."""
    peer = desk.connect()
    good = hosting.Hello(versions=(1,), key=KEY, generation=9)
    peer.send(first, good, hosting.ReadStatus())
    desk.turn()
    refusal, end = peer.take()
    assert code(refusal) == "NotAllowed"
    assert end is None
    assert desk.reception.link is None
    assert desk.asked == []


def test_a_superseded_link_is_told_and_closed(desk: Desk) -> None:
    """The host does not rely on the other side to go."""
    old = desk.link(generation=1)
    desk.link(generation=2)
    desk.turn()
    assert old.take() == [hosting.Superseded(generation=2), None]
    assert len(desk.reception.connections) == 1


def test_what_a_superseded_link_still_asks_is_not_done(desk: Desk) -> None:
    """Its daemon may have sent it before it learned."""
    old = desk.link(generation=1)
    new = desk.connect()
    old.send(hosting.WriteInput(data=b"late"))
    new.hello(2)
    connections = desk.reception.connections
    connections.reverse()  # the newer one is heard first
    desk.turn()
    assert desk.asked == []


def test_generations_never_go_back(desk: Desk) -> None:
    """Not even when the newest link is gone."""
    desk.link(generation=5).socket.close()
    desk.turn()
    late = desk.connect()
    late.hello(4)
    desk.turn()
    assert code(late.take()[0]) == "NotAllowed"
    assert desk.reception.link is None
    desk.link(generation=5)


def test_who_says_nothing_is_closed_after_a_while(desk: Desk) -> None:
    """And wakes the loop for it."""
    silent, link = desk.connect(), desk.link()
    assert list(desk.reception.deadlines(0)) == [desk.now + HELLO_WITHIN]
    desk.now += HELLO_WITHIN
    desk.turn()
    assert silent.take() == [None]
    assert link.take() == []


def test_many_strangers_push_each_other_out_and_never_the_link(desk: Desk) -> None:
    """The newest may be the daemon, so the oldest goes."""
    link = desk.link()
    strangers = [desk.connect() for _ in range(STRANGERS_LIMIT + 2)]
    assert [peer.take() for peer in strangers[:3]] == [[None], [None], []]
    assert link.take() == []
    assert desk.link(generation=2).take() == []


def test_outputs_are_merged_by_time(desk: Desk) -> None:
    """The first is told at once, later ones together after the pause, and nothing twice."""
    link = desk.link()
    desk.tell(output=10)
    assert link.take() == [hosting.OutputHappened(seq=10)]
    desk.tell(output=20)
    desk.tell(output=30)
    assert link.take() == []
    assert list(desk.reception.deadlines(30)) == [desk.now + OUTPUT_PAUSE]
    desk.now += OUTPUT_PAUSE
    desk.tell(output=30)
    desk.tell(output=30)
    assert link.take() == [hosting.OutputHappened(seq=30)]
    assert list(desk.reception.deadlines(30)) == []


def test_bells_are_told_with_the_output_in_which_they_ring(desk: Desk) -> None:
    """All of them so far, so that merging outputs loses none; an old daemon skips them."""
    link = desk.link()
    desk.tell(output=10, bells=1)
    desk.tell(output=20, bells=2)
    desk.now += OUTPUT_PAUSE
    desk.tell(output=30, bells=3)
    assert link.take() == [
        hosting.OutputHappened(seq=10, bells=1),
        hosting.OutputHappened(seq=30, bells=3),
    ]


def test_an_exit_brings_the_output_before_it_at_once(desk: Desk) -> None:
    """It must not overtake what the program said last."""
    link, exit = desk.link(), hosting.ProgramExit(code=0)
    desk.tell(output=10)
    desk.tell(output=20, exit=exit)
    desk.tell(output=20, exit=exit)
    assert link.take() == [
        hosting.OutputHappened(seq=10),
        hosting.OutputHappened(seq=20),
        hosting.ProgramExited(exit=exit),
    ]


def test_a_peer_that_does_not_read_is_told_nothing_more_and_asked_nothing(
    desk: Desk,
) -> None:
    """What a host holds for it is bounded by one answer; when it reads, it hears the latest."""
    link = desk.link()
    link.send(*[hosting.ReadScreen()] * 100)
    desk.turn()
    (connection,) = desk.reception.connections
    assert len(desk.asked) < 100
    assert len(connection.output) < OUTPUT_LIMIT_BYTES + 200_000
    assert connection.wants_write
    assert not connection.wants_read
    held = len(connection.output)
    desk.tell(output=10)
    assert len(connection.output) == held
    assert list(desk.reception.deadlines(10)) == []
    values: list[object] = []
    while len(desk.asked) < 100 or connection.output:
        values += link.take()
        desk.turn()
    desk.tell(output=20)
    values += link.take()
    assert values == [*[BIG] * 100, hosting.OutputHappened(seq=20)]


def test_a_line_beyond_the_limit_ends_the_connection(desk: Desk) -> None:
    """Nobody sends such a request; keeping it would fill the host's memory."""
    link = desk.link()
    (connection,) = desk.reception.connections
    connection.framer.limit_bytes = 1000
    link.send(data=b"x" * 2000)
    desk.turn()
    assert link.take() == [None]


def test_a_peer_that_is_another_user_is_closed_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the permissions of files are, the kernel's word counts."""
    own = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: own + 1)
    assert desk.connect().take() == [None]
    assert desk.reception.connections == []


requests = st.one_of([st.from_type(kind) for kind in KINDS.values()])
keys = st.sampled_from([KEY, "\ud83d", "a\udcff", "", "k" * 10_000])
hellos = st.builds(
    hosting.Hello,
    versions=st.lists(st.integers()).map(tuple),
    key=keys,
    generation=st.integers(),
)


@given(
    st.lists(
        st.sampled_from([hellos, requests, st.just("garbage")]).flatmap(
            lambda kind: kind
        ),
        max_size=6,
    )
)
def test_nothing_that_anybody_sends_raises(sent: list[object]) -> None:
    """An exception would end the host, and with it somebody's program."""
    with open_desk() as desk:
        peer = desk.connect()
        for request in sent:
            try:
                line = encode(request, id=7) if request != "garbage" else b"{]\n"
            except ValueError:  # JSON has no such number
                reject()
            with contextlib.suppress(BrokenPipeError):
                peer.send(data=line)
            desk.turn()
