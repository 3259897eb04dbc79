"""From a keystroke's request to its echo on the screen, while another pane floods.

Each side is asked over a connection that stands already, and tells of the echo itself:
ours by `wait_for`, which waits in the pane's host before the key is typed; tmux by its
notification of output in control mode. Each key is another letter, so that an echo
cannot be taken for an earlier one.
"""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from daemonkit import running_home
from figures import MS, Figure, Numbers, latencies
from first_output import tmux

if TYPE_CHECKING:
    from daemonkit import Control
    from first_output import Tmux

FIGURES = [
    Figure(
        "echo.p50", "send_input to wait_for, p50", MS, aim=3.0, peer="echo.tmux.p50"
    ),
    Figure("echo.p99", "the same, p99", MS, aim=15.0, peer="echo.tmux.p99"),
    Figure("echo.tmux.p50", "  peer: tmux send-keys to %output, p50", MS),
    Figure("echo.tmux.p99", "  peer: the same, p99", MS),
]

COUNT = 200
WARM_UP = 20
LETTERS = [chr(0x100 + number) for number in range(WARM_UP + COUNT)]
FLOOD = ["sh", "-c", "exec yes \"$(printf '\\033[32mok\\033[0m %080d' 1)\""]
ECHO = ["sh", "-c", "stty raw -echo; printf ready; exec cat"]
PAUSE = 0.03
"""Between keys: nobody types faster than this."""


def ours(control: Control, waiting: Control, pane: str) -> list[float]:
    """The seconds each keystroke takes."""
    control("wait_for", pane=pane, text="ready")
    cursor = control("read_pane", pane=pane)["next"]
    taken = []
    for letter in LETTERS:
        waiting.send("wait_for", pane=pane, text=letter, since=cursor)
        time.sleep(PAUSE)
        began = time.perf_counter()
        control.send("send_input", pane=pane, text=letter)
        cursor = waiting.receive()["next"]
        taken.append(time.perf_counter() - began)
        control.receive()
    return taken[WARM_UP:]


def theirs(peer: Tmux, pane: str) -> list[float]:
    """The same in tmux."""
    taken = []
    for letter in LETTERS:
        time.sleep(PAUSE)
        began = time.perf_counter()
        peer(f"send-keys -t {pane} -l {letter}")
        peer.wait_output(pane, letter)
        taken.append(time.perf_counter() - began)
    return taken[WARM_UP:]


def measure() -> Numbers:
    """One run, ours first."""
    with running_home() as home, home.control() as control, home.control() as waiting:
        created = [
            control(
                "create_session",
                command=command,
                cwd=str(home.root),
                environment=home.environment,
            )
            for command in (FLOOD, ECHO)
        ]
        numbers = latencies("echo", ours(control, waiting, created[1]["pane_id"]))
    with tmux() as peer:
        if peer is None:
            return numbers
        # In a session of its own, so that only tmux is flooded, not its client.
        peer(f"new-session -d -x 80 -y 24 {words(FLOOD)}")
        (pane,) = peer(f"new-window -P -F '#{{pane_id}}' {words(ECHO)}")
        return numbers | latencies("echo.tmux", theirs(peer, pane))


def words(command: list[str]) -> str:
    """A command line as tmux reads it, which does it as a shell would."""
    return shlex.join(command)
