"""A guardian for attach: whoever is killed, the terminal is as it was.

1. The command forks before it loads much. The child goes on and becomes the client; the
   parent waits for it and does nothing else.
2. If the client ends without having tidied up, by `kill -9` too, the guardian does it: it
   undoes what the ledger says, and puts back the terminal's settings from before the fork.
3. If the guardian is killed, the client finds its end of a pipe closed (`Lifeline.pipe`),
   tidies up, and ends.
4. Both are in the process group that the shell made for the job, so signals of the terminal
   reach both. Those to the guardian alone are passed on. If the client stops, the guardian
   tidies up if need be, and stops as well, so that the shell takes over; going on is passed on.
5. The guardian ends as the client did; one that was killed counts as 128 and its signal.

Standard library only. Enter at `stand`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from functools import partial

from fugue_actors.errors import Refused
from fugue_actors.tui.restoring import (
    Ledger,
    Settings,
    get_settings,
    open_terminal,
    restore,
)

PASSED_ON = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGQUIT,
    signal.SIGTSTP,
)
FOR_THE_CLIENT = (signal.SIGTTIN, signal.SIGTTOU)
"""The whole group gets them if the client uses a terminal that is another job's. If they stopped
the guardian, it would hear of the client's stop only when both go on again."""


class Lifeline:
    """What ties a client to its guardian.

    Attributes:
        pipe: Readable, at its end, as soon as the guardian is gone; -1 without one.
        terminal: The outer terminal, opened anew and non-blocking.
        settings: Those that it had.
        ledger: What there is to undo.
    """

    def __init__(
        self, *, pipe: int, terminal: int, settings: Settings, ledger: Ledger
    ) -> None:
        self.pipe = pipe
        self.terminal = terminal
        self.settings = settings
        self.ledger = ledger


def alone() -> Lifeline:
    """What a client without a guardian needs.

    Raises:
        Refused: `InvalidArgument`: this process has no terminal.
    """
    terminal = open_terminal()
    settings = get_settings(terminal)
    if settings is None:
        raise Refused("InvalidArgument", "the terminal is gone")
    return Lifeline(pipe=-1, terminal=terminal, settings=settings, ledger=Ledger())


def stand() -> Lifeline:
    """Fork: returns in the child, which is to be the client; the parent ends as it does.

    To be called with one thread and before any loop.

    Raises:
        Refused: `InvalidArgument`: this process has no terminal.
    """
    lifeline = alone()
    near, far = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    child = os.fork()
    if child:
        for number in PASSED_ON:
            signal.signal(number, partial(pass_on, child))
        for number in FOR_THE_CLIENT:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(near)
        os._exit(watch(child, lifeline))
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(far)
    lifeline.pipe = near
    return lifeline


def watch(child: int, lifeline: Lifeline) -> int:
    """Wait until the client has ended, and tidy up after it; returns the exit code."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        has_stopped = os.WIFSTOPPED(status)
        was_killed = os.WIFSIGNALED(status)
        if was_killed or lifeline.ledger.read():
            restore(lifeline.terminal, lifeline.ledger, lifeline.settings)
        if not has_stopped:
            break
        os.kill(os.getpid(), signal.SIGSTOP)
        pass_on(child, signal.SIGCONT)
    if not was_killed:
        return os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    tell_of_end(number)
    return 128 + number


def pass_on(child: int, number: int, *_: object) -> None:
    """Give the client a signal, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def tell_of_end(number: int) -> None:
    """Say why the screen is gone."""
    name = signal.Signals(number).name
    message = (
        f"fugue: {name} ended this client; the sessions go on, and"
        " `fugue attach` shows them again\n"
    )
    with contextlib.suppress(OSError):
        os.write(2, message.encode())
