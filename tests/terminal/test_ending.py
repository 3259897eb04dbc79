"""The ladder from SIGHUP to SIGKILL, without processes: who gets which signal when."""

from __future__ import annotations

from signal import SIGCONT, SIGHUP, SIGKILL, SIGTERM

from hypothesis import given, strategies as st

from fugue_actors.protocol.hosting import ForcedProcess, ProgramExit
from fugue_actors.terminal.ending import LAST_WAIT, TICK, Ending
from fugue_actors.terminal.processes import Process, family


def process(
    pid: int, *, started: float = 1.0, parent: int = 1, tty: int = 0
) -> Process:
    return Process(pid=pid, parent=parent, started=started, tty=tty, command=f"p{pid}")


class Signals:
    """Remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, int]] = []

    def __call__(self, pid: int, number: int) -> None:
        self.sent.append((pid, number))

    def take(self) -> list[tuple[int, int]]:
        sent, self.sent = self.sent, []
        return sent


def test_the_ladder_has_three_steps() -> None:
    """Each signal is sent once, SIGKILL until it works."""
    signals = Signals()
    ending = Ending(signals, now=100.0, grace=4.0)
    assert ending.look([process(7)], now=100.0) == 100.0 + TICK
    assert signals.take() == [(7, SIGHUP), (7, SIGCONT)]
    ending.look([process(7)], now=101.0)
    assert signals.take() == []
    ending.look([process(7)], now=102.0)
    assert signals.take() == [(7, SIGTERM)]
    ending.look([process(7)], now=104.0)
    ending.look([process(7)], now=104.1)
    assert signals.take() == [(7, SIGKILL), (7, SIGKILL)]
    assert ending.look([], now=104.2) is None
    report = ending.report(ProgramExit(signal="SIGKILL"))
    assert report.forced == (ForcedProcess(pid=7, command="p7"),)
    assert (report.ended, report.survivors) == (1, ())


def test_nobody_there_is_over_at_once() -> None:
    """A pane whose program ended cleanly closes without waiting."""
    signals = Signals()
    ending = Ending(signals, now=0.0, grace=10.0)
    assert ending.look([], now=0.0) is None
    assert signals.sent == []
    assert ending.report(None).ended == 0


def test_no_grace_means_sigkill_at_once() -> None:
    """A negative one too."""
    signals = Signals()
    Ending(signals, now=0.0, grace=-1.0).look([process(7)], now=0.0)
    assert signals.sent == [(7, SIGKILL)]


def test_who_appears_later_joins_at_the_present_step() -> None:
    """A process started by a signal handler gets what it missed."""
    signals = Signals()
    ending = Ending(signals, now=0.0, grace=4.0)
    ending.look([process(7)], now=2.5)
    signals.take()
    ending.look([process(8)], now=3.0)
    assert signals.take() == [(8, SIGHUP), (8, SIGTERM), (8, SIGCONT)]
    assert ending.report(None).ended == 1


def test_a_reused_pid_is_another_process() -> None:
    """It gets its own signals, and the first one counts as ended."""
    signals = Signals()
    ending = Ending(signals, now=0.0, grace=4.0)
    ending.look([process(7, started=1.0)], now=0.0)
    signals.take()
    ending.look([process(7, started=2.0)], now=1.0)
    assert (7, SIGHUP) in signals.take()
    assert ending.report(None).ended == 1


def test_what_survives_sigkill_is_named_and_not_waited_for_for_ever() -> None:
    """A process stuck in the kernel must not hang the pane."""
    ending = Ending(Signals(), now=0.0, grace=1.0)
    ending.look([process(7)], now=1.0)
    assert ending.look([process(7)], now=1.0 + LAST_WAIT) is None
    report = ending.report(None)
    assert report.survivors == (7,)
    assert (report.ended, report.forced) == (0, ())


def test_hastening_shortens_and_never_lengthens() -> None:
    """The most impatient of those who wait decides."""
    signals = Signals()
    ending = Ending(signals, now=0.0, grace=10.0)
    ending.hasten(now=3.0, grace=60.0)
    ending.look([process(7)], now=9.9)
    assert (7, SIGKILL) not in signals.take()
    ending.hasten(now=3.0, grace=1.0)
    ending.look([process(7)], now=4.0)
    assert signals.take() == [(7, SIGKILL)]


@given(
    st.lists(
        st.tuples(st.integers(2, 12), st.integers(1, 12), st.sampled_from([0, 9])),
        unique_by=lambda entry: entry[0],
    )
)
def test_the_family_is_all_below_the_host_and_all_on_its_terminal(
    entries: list[tuple[int, int, int]],
) -> None:
    """Whatever the table of processes looks like, cycles of a torn reading included."""
    host, tty = 2, 9
    table = {pid: process(pid, parent=up, tty=tty) for pid, up, tty in entries}
    found = family(table, host=host, tty=tty)
    for pid, one in table.items():
        above, seen = one.parent, {pid}
        while above != host and above in table and above not in seen:
            seen.add(above)
            above = table[above].parent
        is_below = above == host
        assert (pid in found) == ((is_below or one.tty == tty) and pid != host)
