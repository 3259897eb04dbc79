"""Whose hosts are they: lost notes, deleted locks, and daemons that come back."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from daemonkit import ControlError, Home, has_ended, running_home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture
def home() -> Iterator[Home]:
    """A daemon of this test's own."""
    with running_home() as home:
        yield home


def kill_daemon(home: Home) -> None:
    assert home.daemon is not None
    home.daemon.kill()
    home.daemon.wait(60)


def listed(home: Home) -> dict[str, Any]:
    """Sessions with panes, by name: tags, directory, and what runs."""
    with home.control() as control:
        return {
            session["session_name"]: (
                session["session_id"],
                session["tags"],
                session["cwd"],
                [(pane["pane_id"], pane["pid"]) for pane in session["panes"]],
            )
            for session in control("list_sessions")["sessions"]
            if session["kind"] == "pane"
        }


@pytest.mark.parametrize("damage", ["deleted", "cut off"])
def test_without_its_journal_a_daemon_finds_every_host_again(
    home: Home, damage: str
) -> None:
    """Names, tags, directories and screens come from the hosts' cards."""
    with home.control() as control:
        for name in ("ann", "bob"):
            control(
                "create_session",
                name=name,
                tags=["x"],
                cwd=str(home.root),
                command=["sh", "-c", f"echo I am {name}; exec cat"],
            )
        control("set_tags", session="ann", add=["later"])
    before = listed(home)
    panes = home.run / "panes"
    wait_until(
        lambda: any(b"later" in card.read_bytes() for card in panes.glob("*.json"))
    )
    kill_daemon(home)
    files = list((home.root / "state").glob("journal.*"))
    assert files
    for path in files:
        if damage == "deleted":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:100])
    home.start()
    aside = list((home.root / "state").glob("journal.db.bad-1*"))
    assert bool(aside) == (damage == "cut off")
    assert listed(home) == before
    assert before["ann"][1] == ["later", "x"]
    with home.control() as control:
        for name in ("ann", "bob"):
            assert f"I am {name}" in control("read_pane", session=name)["text"]
            control("send_input", session=name, text="typed", submit=True)


def journal(home: Home) -> list[bytes]:
    """What events the journal holds."""
    with contextlib.closing(
        sqlite3.connect(home.root / "state" / "journal.db")
    ) as connection:
        query = "SELECT body FROM events ORDER BY seq"
        return [body.encode() for (body,) in connection.execute(query)]


def test_a_program_is_known_however_soon_after_its_start_the_daemon_dies(
    home: Home,
) -> None:
    """The answer to `create_session` is a promise."""
    with home.control() as control:
        made = control("create_session", name="ann", command=["cat"])
        kill_daemon(home)
    home.start()
    ((pane_id, pid),) = listed(home)["ann"][3]
    assert pane_id == made["pane_id"]
    assert psutil.Process(pid).name() == "cat"


def test_a_daemon_that_was_stopped_cannot_drive_what_another_has_adopted(
    home: Home,
) -> None:
    """The hosts refuse it, it leaves journal and sockets alone, and it ends."""
    with home.control() as control:
        control("create_session", name="ann", command=["cat"])
        old = home.daemon
        assert old is not None
        old.send_signal(signal.SIGSTOP)
        try:
            (home.run / "daemon.lock").unlink()
            home.start()
            with home.control() as newer:
                newer("send_input", session="ann", text="of the newer", submit=True)
                newer("set_tags", session="ann", add=["newer"])
                os.kill(old.pid, signal.SIGCONT)
                assert old.wait(60) == 0
                newer("send_input", session="ann", text="still ours", submit=True)
                for text in ("of the newer", "still ours"):
                    wait_until(
                        lambda text=text: (
                            text in newer("read_pane", session="ann")["text"]
                        )
                    )
        finally:
            if old.poll() is None:
                old.kill()
                old.wait(60)
    kept = home.daemon
    assert kept is not None
    with home.control() as control:
        assert control("status")["pid"] == kept.pid
        assert control("get_tags", session="ann")["tags"] == ["newer"]
    assert any(b'["newer"]' in body for body in journal(home))


def test_what_an_older_daemon_still_holds_is_refused_by_the_host(home: Home) -> None:
    """It is told why, before it notices that its home is another's."""
    with home.control() as control:
        control("create_session", name="ann", command=["cat"])
        old = home.daemon
        assert old is not None
        old.send_signal(signal.SIGSTOP)
        try:
            (home.run / "daemon.lock").unlink()
            home.start()
            with home.control() as newer:
                newer("read_pane", session="ann")  # from here on the host obeys it
            # Written while it is stopped, so it is the first thing that it reads.
            frame = (
                b'{"id": 90, "request": "send_input", '
                b'"args": {"session": "ann", "text": "intruder"}}\n'
            )
            control.socket.sendall(frame)
            os.kill(old.pid, signal.SIGCONT)
            answer = control.file.readline()
            assert b"another daemon" in answer or answer == b""
            assert old.wait(60) == 0
        finally:
            if old.poll() is None:
                old.kill()
                old.wait(60)
    with home.control() as newer:
        assert "intruder" not in "\n".join(newer("read_pane", session="ann")["text"])


def test_a_lock_that_somebody_deleted_is_taken_again(home: Home) -> None:
    """Else a second daemon would start where one runs."""
    lock = home.run / "daemon.lock"
    assert home.daemon is not None
    pid = str(home.daemon.pid)
    lock.unlink()
    wait_until(lambda: lock.exists() and lock.read_text("ascii").strip() == pid)
    assert home.daemon.poll() is None


@pytest.mark.parametrize("lost", ["sockets", "the whole runtime directory"])
def test_hosts_whose_sockets_are_gone_are_called_and_adopted(
    home: Home, lost: str
) -> None:
    """As at the end of a user's last login, which takes `/run/user/<uid>` along."""
    with home.control() as control:
        for name in ("ann", "bob"):
            control("create_session", name=name, command=["cat"])
            control("send_input", session=name, text=f"I am {name}", submit=True)
    before = listed(home)
    panes = home.run / "panes"
    wait_until(
        lambda: (
            sum(b'"state": "running"' in c.read_bytes() for c in panes.glob("*.json"))
            == 2
        )
    )
    kill_daemon(home)
    if lost == "sockets":
        for path in (home.run / "panes").glob("*.sock"):
            path.unlink()
    else:
        shutil.rmtree(home.run)
    home.start()
    assert listed(home) == before
    for name in ("ann", "bob"):
        wait_until(lambda name=name: f"I am {name}" in screen(home, name))
    with home.control() as control:
        states = {pane["state"] for pane in control("list_panes")["panes"]}
    assert states == {"running"}


def screen(home: Home, name: str) -> list[str]:
    """What a session's pane shows."""
    with home.control() as control:
        text: list[str] = control("read_pane", session=name)["text"]
    return text


def test_a_host_that_hangs_is_not_taken_for_dead(home: Home) -> None:
    """Its program lives: nobody may start another in its place."""
    with home.control() as control:
        control("create_session", name="ann", command=["cat"], restart="always")
        host = psutil.Process(listed(home)["ann"][3][0][1]).parent()
    (card,) = (home.run / "panes").glob("*.json")
    wait_until(lambda: b'"state": "running"' in card.read_bytes())
    kill_daemon(home)
    before = host.children()
    host.suspend()
    try:
        home.start()
        wait_until(lambda: "no pane host answers" in home.log.read_text("utf-8"))
    finally:
        host.resume()
    wait_until(lambda: reads(home))
    assert host.children() == before
    with home.control() as control:
        assert control("list_panes", session="ann")["panes"][0]["restarts"] == 0


def reads(home: Home) -> bool:
    """Whether the pane can be read."""
    try:
        screen(home, "ann")
    except ControlError:
        return False
    return True


def test_hosts_that_nobody_adopts_end_if_they_are_told_to() -> None:
    """`panes.orphans`: the programs go, with all that they started."""
    settings = '[panes]\norphans = "end"\norphan_hours = 0.001\n'
    with running_home(settings) as home:
        with home.control() as control:
            control("create_session", name="ann", command=["sh", "-c", "cat & cat"])
            (program,) = listed(home)["ann"][3]
            host = psutil.Process(program[1]).parent()
            control("stop")
        assert home.daemon is not None
        home.daemon.wait(60)
        wait_until(lambda: has_ended(host))
        wait_until(lambda: not home.processes())
        home.start()
        with home.control() as control:
            wait_until(
                lambda: (
                    control("list_panes", session="ann")["panes"][0]["state"] == "lost"
                )
            )
            assert control("list_panes", session="ann")["panes"][0]["orphaned"] is True
            with pytest.raises(ControlError, match="no daemon came for it in time"):
                control("read_pane", session="ann")
        # The daemon may have renewed a card before it found that the host is gone.
        wait_until(lambda: not list((home.run / "panes").iterdir()))


def test_a_pane_whose_host_does_not_answer_is_killed_all_the_same(home: Home) -> None:
    """With what has left its session, too; nobody is told that nothing was there."""
    script = (
        "setsid sleep 1001 & trap '' HUP TERM; echo ready; while :; do sleep 0.05; done"
    )
    with home.control() as control:
        control("create_session", name="ann", command=["sh", "-c", script])
        wait_until(
            lambda: "ready" in control("read_pane", session="ann")["text"], within=30
        )
        (pane,) = control("list_panes", session="ann")["panes"]
        program = psutil.Process(pane["pid"])
        host = program.parent()
        assert host is not None
        wait_until(lambda: any("1001" in one.cmdline() for one in program.children()))
        family = [host, program, *program.children()]
        host.suspend()
        report = control("kill_session", session="ann")
    wait_until(lambda: all(map(has_ended, family)))
    assert report["ended"] >= 2
    assert "sh" in [one["command"] for one in report["killed"]]
    wait_until(lambda: not list((home.run / "panes").iterdir()))
