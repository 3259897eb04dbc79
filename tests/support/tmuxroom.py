"""A shell in a real tmux, which a test types into and looks at from outside."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN = 60.0
FLAGS = (
    "alternate_on",
    "cursor_flag",
    "mouse_any_flag",
    "mouse_sgr_flag",
    "keypad_cursor_flag",
    "insert_flag",
    "pane_title",
)


class Room:
    """A tmux server of its own with one pane, in which a shell runs.

    Args:
        shell: The shell and its arguments.
        columns, lines: The pane's size.
    """

    def __init__(self, shell: str, *, columns: int = 80, lines: int = 24) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="fugue-room-")
        self.socket = str(Path(self.folder.name, "tmux"))
        self.run(
            *("-f", "/dev/null", "new-session", "-d", "-x", str(columns)),
            *("-y", str(lines), "-s", "room", shell),
        )
        self.run("set-option", "-g", "status", "off")
        self.tty = self.ask("pane_tty")

    def run(self, *arguments: str) -> str:
        """Carry out a command of tmux; returns what it says."""
        command = ["tmux", "-S", self.socket, *arguments]
        done = subprocess.run(command, capture_output=True, check=True, timeout=WITHIN)
        return done.stdout.decode()

    def ask(self, *names: str) -> str:
        """The values of tmux's formats for the pane."""
        return self.run(
            "display-message", "-p", " ".join(f"#{{{name}}}" for name in names)
        ).strip("\n")

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text, and Enter."""
        self.run("send-keys", "-l", text)
        self.run("send-keys", "Enter")

    @property
    def text(self) -> str:
        """What is on the screen."""
        return self.run("capture-pane", "-p")

    @property
    def flags(self) -> dict[str, str]:
        """What a full-screen program may have changed."""
        return {name: self.ask(name) for name in FLAGS}

    @property
    def settings(self) -> str:
        """What `stty -a` says, but for the size."""
        done = subprocess.run(
            ["stty", "-a", "-F", self.tty], capture_output=True, check=True
        )
        return re.sub("rows.*?columns [0-9]+; ", "", done.stdout.decode())

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until something is the case."""
        until = time.monotonic() + WITHIN
        while not condition():
            assert time.monotonic() < until, self.text
            time.sleep(0.02)

    def close(self) -> None:
        """End the server and all that runs in it."""
        subprocess.run(
            ["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False
        )
        self.folder.cleanup()
