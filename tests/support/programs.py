"""Real programs with a screen of their own, and what is typed into them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path

import attrs
from recordings import Act, Recording, recorded

SIZE = (80, 24)
CTRL_F, CTRL_L, CTRL_W, CTRL_X = "\x06\x0c\x17\x18"
ESC, ENTER = "\x1b", "\r"
UP, DOWN, LEFT = "\x1bOA", "\x1bOB", "\x1bOD"

WORDS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
TEXT = "".join(
    f"{number:3}  {' '.join(WORDS[: number % 12 + 1])}\n" for number in range(120)
)
CODE = '''"""A module with some of everything: 漢字, émigré, 👍."""
import os

# A comment with\ttabs\tin it.
LIMIT = 1_000


def fold(values: list[int], start: int = 0) -> int:
    """Add them up."""
    total = start
    for value in values:
        if value > LIMIT:
            raise ValueError(f"too large: {value!r}")
        total += value
    return total


class Box:
    lid = None


print(fold([1, 2, 3]), os.getpid(), "a rather long line that does not fit into eighty columns")
'''


@attrs.frozen(kw_only=True)
class Program:
    """One program.

    Attributes:
        argv: Run in a directory with `text`, `code.py` and a repository in it.
        acts: What is done to it; after the last it is gone.
        size: Of its terminal.
    """

    argv: tuple[str, ...]
    acts: tuple[Act, ...]
    environment: Mapping[str, str] = attrs.field(factory=dict)
    size: tuple[int, int] = SIZE

    def record(self, directory: Path) -> Recording:
        """Run it there; again, if it lost keys on a busy machine.

        Raises:
            TimeoutError: It lost them each time, or never shows what it should.
        """
        for tries_left in (2, 1, 0):
            with suppress(TimeoutError) if tries_left else nullcontext():
                return recorded(
                    self.argv,
                    self.acts,
                    cwd=directory,
                    environment=dict(self.environment),
                    size=self.size,
                )
        raise AssertionError("the last try returns or raises")


def furnish(directory: Path) -> None:
    """What the programs look at."""
    (directory / "text").write_text(TEXT, encoding="utf-8")
    (directory / "code.py").write_text(CODE, encoding="utf-8")


def grow_repository(directory: Path) -> None:
    """A repository with a merge."""

    def git(*words: str) -> None:
        subprocess.run(
            [
                "git",
                "-c",
                "user.name=Ann Ö",
                "-c",
                "user.email=ann@example.org",
                *words,
            ],
            cwd=directory,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(directory),
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            check=True,
            capture_output=True,
        )

    git("init", "-q", "-b", "main")
    git("add", ".")
    for number in range(12):
        git(
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            f"Step {number}\n\nWith a body, 漢字.",
        )
        if number == 4:
            git("checkout", "-q", "-b", "side")
        if number == 8:
            git("checkout", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "Merge the side", "side")


PROGRAMS: dict[str, Program] = {
    "vim": Program(
        argv=(
            *("vim", "-N", "-u", "NONE", "-i", "NONE", "-n"),
            *("-c", "syntax on | set number ruler hlsearch showcmd", "code.py"),
        ),
        acts=(
            Act("", "A module"),
            Act("/value" + ENTER, "/value"),
            Act("Otyped 漢字 here" + ESC, "typed 漢字 here"),
            Act("jVjj", "VISUAL LINE"),
            Act("dG:%s/t/TT/g" + ENTER, "TTypTTed|TTyped|TT"),
            Act("u:split text" + ENTER, "120,|twelve|text"),
            Act("50G", "^ *50  *49"),
            Act(CTRL_F + CTRL_F, "eleven"),
            Act(":vsplit code.py" + ENTER, "code.py.*code.py|code.py"),
            Act((60, 18), r"\S"),
            Act(":set nowrap list" + ENTER, r"\$"),
            Act((80, 24), r"\S"),
            Act(":set nolist" + ENTER, r"\A[^$]*\Z"),
            Act(":qa!" + ENTER, None),
        ),
    ),
    "less": Program(
        argv=("less", "-R", "-N", "text"),
        acts=(
            Act("", "twelve"),
            Act(" ", "^ +44"),
            Act("b", "^ +1 "),
            Act("/eleven" + ENTER, "eleven"),
            Act("G", "END"),
            Act("kkkk", "^ +94"),
            Act("&six" + ENTER, "&"),
            Act((50, 12), r"\S"),
            Act("g", "six"),
            Act("q", None),
        ),
    ),
    "nano": Program(
        argv=("nano", "--ignorercfiles", "code.py"),
        acts=(
            Act("", "GNU nano"),
            Act("typed 漢字 👍 here" + ENTER, "typed 漢字"),
            Act(CTRL_W + "value" + ENTER, "value"),
            Act(DOWN * 14, "does not fit"),
            # It drops keys that come before it has redrawn.
            Act((60, 16), r"GNU nano \S+ {1,18}code\.py[\s\S]*\^X Exit"),
            Act(CTRL_X, "Save modified"),
            Act("n", None),
        ),
    ),
    "htop": Program(
        argv=("htop", "--delay=10"),
        acts=(
            Act("", "F10"),
            Act("t", "PID"),
            Act(DOWN * 3, "PID"),
            Act("\x1bOR", "Search|F3"),
            Act(ENTER, "F10"),
            Act("h", "htop|Press any key"),
            Act(" ", "F10"),
            Act((70, 16), "F9"),
            Act("q", None),
        ),
        environment={"HTOPRC": "htoprc"},
    ),
    # It loses keys that come while it draws, so it is only watched.
    "top": Program(
        argv=("top", "-d", "0.3", "-n", "4"),
        acts=(Act("", "PID"), Act("", None)),
    ),
    "git log": Program(
        argv=("git", "-c", "core.pager=less -R", "log", "--graph", "--stat", "--color"),
        acts=(
            Act("", "Merge the side"),
            Act(" ", "Step"),
            Act("b", "Merge the side"),
            Act("/Step 3" + ENTER, "Step 3"),
            Act("q", None),
        ),
    ),
    "git diff": Program(
        argv=(
            *("git", "-c", "core.pager=less -R", "diff", "--color", "--word-diff"),
            *("--no-index", "text", "code.py"),
        ),
        acts=(Act("", "text"), Act("  ", ":"), Act("q", None)),
    ),
    "Python": Program(
        argv=(sys.executable, "-q"),
        acts=(
            Act("", ">>>"),
            Act("print('漢字' * 30)" + ENTER, "漢字漢字"),
            Act("for n in range(40): print(n, '.' * n)" + ENTER + ENTER, "^39 "),
            Act(
                "'a long line, ' + 'which has to be wrapped' + ' by the line editor'",
                "editor'",
            ),
            Act(LEFT * 30 + "XY", "XY"),
            Act((50, 24), r"\S"),
            Act(ENTER, "^'a long line, which"),
            Act("1 / 0" + ENTER, "ZeroDivisionError"),
            Act("exit()" + ENTER, None),
        ),
    ),
    "bash": Program(
        argv=("bash", "--norc", "--noprofile"),
        acts=(
            Act("", r"[$#]$"),
            Act("PS1='\\[\\e[32m\\]\\w\\[\\e[0m\\]> '" + ENTER, "^~>$"),
            Act("echo " + "word " * 40, "word$"),
            Act(LEFT * 50 + "INSERTED", "SERTED"),
            Act("\x01\x0b" + "seq 40" + ENTER, "^40\n"),
            Act(CTRL_L, r"\A.*> *\n"),
            Act("\x12se", "reverse-i-search"),
            Act(ENTER, "^40\n"),
            Act((50, 20), "^~>$"),
            Act("echo " + "漢字 " * 20 + ENTER, "^漢字"),
            Act("exit" + ENTER, None),
        ),
    ),
    "curses": Program(
        argv=(sys.executable, str(Path(__file__).with_name("cursed.py"))),
        acts=(
            *(Act(" " if number else "", f"page {number}") for number in range(5)),
            Act(" ", None),
        ),
    ),
    "dialog": Program(
        argv=(
            *("dialog", "--title", "A title", "--checklist", "Some text\\nin lines"),
            *("15", "50", "5"),
            *(word for name in WORDS for word in (name, f"item {name}", "off")),
        ),
        acts=(
            Act("", "Cancel"),
            Act(" ", r"\[[*X]\]"),
            Act(DOWN * 7, "eight"),
            Act("\t", "Cancel"),
            Act(ENTER, None),
        ),
    ),
    "dialog gauge": Program(
        argv=(
            "sh",
            "-c",
            "for n in 0 20 40 60 80 100; do echo $n; done | dialog --gauge 'At work' 8 60",
        ),
        acts=(Act("", None),),
    ),
    "whiptail": Program(
        argv=(
            *(
                "whiptail",
                "--title",
                "A title",
                "--menu",
                "Choose one",
                "18",
                "60",
                "8",
            ),
            *(word for name in WORDS for word in (name, f"item {name}")),
        ),
        acts=(
            Act("", "Cancel"),
            Act(DOWN * 9, "ten"),
            Act("\t\t", "Cancel"),
            Act(ENTER, None),
        ),
    ),
}


def missing(program: Program) -> str | None:
    """Why a program cannot be run here; None if it can."""
    words = program.argv[-1].split() if program.argv[0] == "sh" else [program.argv[0]]
    name = "dialog" if "dialog" in words else words[0]
    return None if shutil.which(name) else f"{name} is not installed"
