"""Ending all that a program has started: SIGHUP, SIGTERM, then SIGKILL.

1. Each process found gets SIGHUP (and SIGCONT, so that a stopped one notices) at once, SIGTERM
   after half the grace, SIGKILL after all of it. One that appears later joins at the present step.
2. It is over as soon as nobody is left, or `LAST_WAIT` seconds after the grace.
3. Looking, signalling and the clock are the caller's, so that this can be tested without processes.

A process is taken for the same only if its start time is the same.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from fugue_actors.protocol.hosting import ForcedProcess, KillReport, ProgramExit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fugue_actors.terminal.processes import Process

Identity = tuple[int, float]

TICK = 0.05
"""Seconds between two looks while waiting."""

LAST_WAIT = 2.0
"""Seconds that SIGKILL may take before a process counts as a survivor."""


class Ending:
    """One attempt to end a family of processes.

    Args:
        send: Sends a signal to a pid; ignores one that is gone or out of reach.
        now: The present time.
        grace: Seconds between SIGHUP and SIGKILL.

    Attributes:
        seen: Everybody found so far, by pid and start time.
        forced: Those that got SIGKILL.
        left: Those found at the last look.
    """

    def __init__(
        self, send: Callable[[int, int], None], *, now: float, grace: float
    ) -> None:
        self.send = send
        self.begun = now
        self.grace = max(0.0, grace)
        self.seen: dict[Identity, Process] = {}
        self.forced: dict[Identity, Process] = {}
        self.left: dict[Identity, Process] = {}
        self.sent: set[tuple[Identity, int]] = set()

    def hasten(self, *, now: float, grace: float) -> None:
        """Somebody else wants the same end, perhaps sooner."""
        self.grace = min(self.grace, max(0.0, now - self.begun + grace))

    def look(self, found: Iterable[Process], *, now: float) -> float | None:
        """Do what is due.

        Args:
            found: Everybody who shall end and has not yet.
            now: The present time.

        Returns:
            When to look again at the latest, or None if this is over.
        """
        self.left = {(process.pid, process.started): process for process in found}
        self.seen.update(self.left)
        elapsed = now - self.begun
        if not self.left or elapsed >= self.grace + LAST_WAIT:
            return None
        if elapsed >= self.grace:
            self.forced.update(self.left)
            for process in self.left.values():
                self.send(process.pid, signal.SIGKILL)
        else:
            self.send_once(signal.SIGHUP)
            if elapsed >= self.grace / 2:
                self.send_once(signal.SIGTERM)
            self.send_once(signal.SIGCONT)
        return now + TICK

    def send_once(self, number: int) -> None:
        """Signal whoever has not had this signal."""
        for who, process in self.left.items():
            if (who, number) not in self.sent:
                self.sent.add((who, number))
                self.send(process.pid, number)

    def report(self, exit: ProgramExit | None) -> KillReport:
        """What it took; `exit` is how the program itself ended."""
        forced = [one for who, one in self.forced.items() if who not in self.left]
        return KillReport(
            ended=len(self.seen.keys() - self.left.keys()),
            forced=tuple(
                ForcedProcess(pid=one.pid, command=one.command)
                for one in sorted(forced, key=lambda one: one.pid)
            ),
            survivors=tuple(sorted(one.pid for one in self.left.values())),
            exit=exit,
        )
