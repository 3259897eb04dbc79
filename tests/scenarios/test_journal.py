"""The journal of a real daemon: what outlives it, and what people see of an outage."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from daemonkit import Control, ControlError, Home, running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

WRITER = "/machine/journal"


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


def kill(home: Home) -> None:
    assert home.daemon is not None
    home.daemon.kill()
    home.daemon.wait(60)


def send(control: Control, number: int) -> str:
    """A message to Ann; its id."""
    made = control(
        "send_orchestration",
        target={"session": "ann"},
        msg_type="note",
        payload={"number": number},
    )
    return str(made["message_id"])


def unread(home: Home) -> list[int]:
    """The numbers of Ann's messages, which are read by that."""
    with home.control(**{"as": "ann"}) as control:
        messages = control("poll_messages", max=100)["messages"]
        control("whoami")
    return [message["payload"]["number"] for message in messages]


def guests(home: Home, *names: str) -> None:
    """Sessions without programs."""
    for name in names:
        with home.control(**{"as": name}) as control:
            control("whoami")


def test_a_message_that_was_accepted_outlives_the_daemon(home: Home) -> None:
    """Killed right after the answer, three times; in order, and once."""
    guests(home, "ann", "bob")
    for number in range(3):
        with home.control(**{"as": "bob"}) as control:
            send(control, number)
            kill(home)
        home.start()
    assert unread(home) == [0, 1, 2]
    kill(home)
    home.start()
    assert unread(home) == []


def refused(control: Control) -> str:
    """Why a message is refused."""
    with pytest.raises(ControlError) as refusal:
        send(control, 99)
    assert refusal.value.code == "Unavailable"
    return str(refusal.value.shape["message"])


def condition(control: Control) -> tuple[str, list[str], list[str]]:
    state = control("status")
    return state["condition"], state["degraded"], state["reasons"]


@contextlib.contextmanager
def full_disk(home: Home) -> Iterator[None]:
    """No file of the daemon's may grow."""
    assert home.daemon is not None
    pid = home.daemon.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def locked(home: Home) -> Iterator[None]:
    """Another program holds the journal."""
    path = home.root / "state" / "journal.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.parametrize("outage", [full_disk, locked])
def test_an_outage_is_told_and_ends_by_itself(home: Home, outage: Any) -> None:
    """Messages are refused, all else goes on, and nothing that happened is lost."""
    guests(home, "ann")
    with home.control() as control:
        control("create_session", name="carol", command=["cat"])
        send(control, 1)
        with outage(home):
            why = refused(control)
            state, places, reasons = condition(control)
            assert state == "degraded"
            assert WRITER in places  # and the keeper, if it has had to write meanwhile
            assert why in reasons
            control("set_tags", session="carol", add=["late"])
            control("send_input", session="carol", text="typed", submit=True)
            wait_until(lambda: "typed" in control("read_pane", session="carol")["text"])
            refused(control)
        wait_until(lambda: condition(control)[0] == "ok")
        send(control, 2)
    kill(home)
    home.start()
    assert unread(home) == [1, 2]
    with home.control() as control:
        assert control("get_tags", session="carol")["tags"] == ["late"]


def test_a_journal_that_cannot_be_read_at_the_start_is_taken_up_later(
    home: Home,
) -> None:
    """Programs are reached at once; messages are there when the file can be read."""
    guests(home, "ann")
    with home.control() as control:
        made = control("create_session", name="carol", command=["cat"])
        send(control, 1)
    kill(home)
    path = home.root / "state" / "journal.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        home.start()
        with home.control() as control:
            assert condition(control)[:2] == ("degraded", [WRITER])
            control("send_input", session="carol", text="typed", submit=True)

    def is_taken_up() -> bool:
        with contextlib.suppress(OSError, ControlError), home.control() as control:
            return condition(control)[0] == "ok"
        return False

    wait_until(is_taken_up)
    assert unread(home) == [1]
    with home.control() as control:
        panes = control("list_panes", session="carol")["panes"]
        assert [pane["pane_id"] for pane in panes] == [made["pane_id"]]
        assert "typed" in control("read_pane", session="carol")["text"]


def test_a_damaged_journal_costs_neither_programs_nor_what_can_be_read(
    home: Home,
) -> None:
    """The daemon starts, and the file is kept."""
    guests(home, "ann")
    with home.control() as control:
        control("create_session", name="carol", command=["cat"])
        for number in range(20):
            send(control, number)
    kill(home)
    path = home.root / "state" / "journal.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = other.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'about'"
        )
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\x5a" * 4096
    path.write_bytes(data)
    home.start()
    with home.control() as control:
        send(control, 20)
        wait_until(lambda: condition(control)[0] == "ok")
        assert control("list_panes", session="carol")["panes"][0]["state"] == "running"
    assert (home.root / "state" / "journal.db.bad-1").exists()
    assert unread(home) == list(range(21))
