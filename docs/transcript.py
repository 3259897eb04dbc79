"""Replays the sessions that pages show: each command is run, each output compared.

A fenced block `console` is a session. Lines that start with `$ ` are commands, lines
with `> ` after one continue it, the rest is what it printed. A `code-block` with the
caption `NAME` is written to that file first. All blocks of a page belong to one shell, in
order, that begins in an empty home. Ids, times and process ids may differ.

`python docs/transcript.py PAGE...` runs pages and writes down what was printed;
`differences` says what of a page is no longer so.
"""
# ruff: noqa: INP001, TID251 - a synchronous script

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK: Final = re.compile(
    r"^```(?:console|\{code-block\} python\n:caption: (?P<file>\S+)\n)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
SHOWN_HOME: Final = "/home/you"
SHOWN_RUN: Final = "/run/user/1000"
MARK: Final = "=== ended with"
# What looks at a program that works on its own is looked at until it shows what it shall.
LOOKS: Final = ("fugue read", "fugue ls", "fugue tree")
SETTLE_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.2
CHANGING: Final = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r"\bp[0-9a-f]{10}\b", "PANE"),
    (r"\bc[0-9a-f]{12}\b", "CONNECTION"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\b\d+(\.\d+)? m?s\b", "DURATION"),
    (r"\b\d{3,}\b", "NUMBER"),
    (r"[ \t─]+", " "),
)


class Step(NamedTuple):
    """One command of a session, and what the page says that it printed."""

    command: str
    printed: str


class Shell:
    """One bash in a home of its own; its daemons end with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runtime = home / ".run"
        self.runtime.mkdir(mode=0o700)
        inherited = ("LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR")
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            env={
                **{name: os.environ[name] for name in inherited if name in os.environ},
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(home),
                "LOGNAME": "you",
                "SHELL": "/bin/sh",
                "XDG_RUNTIME_DIR": str(self.runtime),
                "COLUMNS": "100",
            },
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, command: str) -> str:
        """Run a command; returns what it printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\necho '{MARK}' $?\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            before, mark, _ = line.partition(MARK)
            lines.append(before)
            if mark:
                break
        printed = "".join(lines).replace(str(self.runtime), SHOWN_RUN)
        return printed.replace(str(self.home), SHOWN_HOME).rstrip("\n")

    def close(self) -> None:
        """End what still runs in this home, then the shell."""
        for lock in self.home.rglob("daemon.lock"):
            place = lock.parent
            self.run("unset FUGUE_HOME")
            if place.name == "run":
                self.run(f"export FUGUE_HOME={shlex.quote(str(place.parent))}")
            self.run("fugue stop --kill")
            with lock.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX)  # until the daemon has ended
        self.process.communicate()


@contextlib.contextmanager
def shell() -> Iterator[Shell]:
    """A shell in an empty home, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="fg-") as directory:
        opened = Shell(Path(directory).resolve())
        try:
            yield opened
        finally:
            opened.close()


def session(opened: Shell, block: re.Match[str]) -> list[Step]:
    """The commands of a block; none if it is a file, which is written now."""
    if block["file"] is None:
        return steps(block["text"])
    directory = opened.run("pwd").replace(SHOWN_HOME, str(opened.home))
    Path(directory, block["file"]).write_text(block["text"], encoding="utf-8")
    return []


def steps(block: str) -> list[Step]:
    """The commands of a session, with what each printed."""
    found: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), ""))
        elif line.startswith("> ") and not found[-1].printed:
            command = f"{found[-1].command}\n{line.removeprefix('> ')}"
            found[-1] = Step(command, "")
        else:
            found[-1] = found[-1]._replace(printed=f"{found[-1].printed}{line}\n")
    return [step._replace(printed=step.printed.rstrip("\n")) for step in found]


def written(found: list[Step]) -> str:
    """The text of a session."""
    lines = []
    for step in found:
        lines += ["$ " + step.command.replace("\n", "\n> "), *step.printed.splitlines()]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def same(text: str) -> list[str]:
    """What a text says, without what differs from run to run."""
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def differences(page: Path) -> list[str]:
    """What a page shows that is not so; empty if all of it is."""
    found = []
    with shell() as opened:
        for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
            for step in session(opened, block):
                seen = again(opened, step)
                if same(seen) != same(step.printed):
                    found.append(f"$ {step.command}\n{seen}")
    return found


def again(opened: Shell, step: Step) -> str:
    """What a command prints now; a look is repeated until it shows what it shall."""
    seen = opened.run(step.command)
    if step.command.startswith(LOOKS):
        end = time.monotonic() + PATIENCE_SECONDS
        while same(seen) != same(step.printed) and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
            seen = opened.run(step.command)
    return seen


def rewritten(text: str) -> str:
    """A page with what its commands print now."""
    with shell() as opened:

        def renewed(match: re.Match[str]) -> str:
            done = []
            if match["file"]:
                session(opened, match)
                return match[0]
            for step in steps(match["text"]):
                if step.command.startswith(LOOKS):
                    time.sleep(SETTLE_SECONDS)
                done.append(Step(step.command, opened.run(step.command)))
            return f"```console\n{written(done)}```"

        return BLOCK.sub(renewed, text)


def main() -> None:
    """Rewrite the pages that the command line names."""
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
