"""Who plays in the demo, where, and on what. PURE."""

from __future__ import annotations

import attrs

AGENT_MODULE = "fugue_actors.demo.agent"
STAY, HANDSHAKE = "--stay", "--handshake"

LEAD = "lead"
ORCHESTRATOR = "orchestrator"
WORKER = "worker"

HELP_ANSWER = "Take the strict grammar: unknown words are errors."
ANNOUNCEMENT = "Interfaces are frozen from now on."
WORKTREE_NOTE = "The tests of this worktree run on every push."
HINT = "parse() returns a list from now on."


@attrs.frozen(kw_only=True)
class Part:
    """One agent's part.

    Attributes:
        name: Of its session.
        tags: What it tags itself with.
        tree: The worktree it works in; None is the main one.
        file: What its task is about.
        asks: What it needs help with before it can do its task.
        tells: Whom it sends a hint of its own.
        is_handshaking: It speaks the older revision of MCP, with a handshake.
    """

    name: str
    tags: tuple[str, ...]
    tree: str | None = None
    file: str = ""
    asks: str | None = None
    tells: str | None = None
    is_handshaking: bool = False

    @property
    def skill(self) -> str:
        """The tag by which its tasks find it."""
        return self.tags[-1]


WORKERS = (
    Part(
        name="ada",
        tags=(WORKER, "parser"),
        tree="grammar",
        file="parser.py",
        asks="Shall unknown words be errors or warnings?",
        tells="ben",
    ),
    Part(
        name="ben",
        tags=(WORKER, "tests"),
        tree="grammar",
        file="test_parser.py",
        is_handshaking=True,
    ),
    Part(name="cleo", tags=(WORKER, "docs"), tree="handbook", file="README.md"),
)
PARTS = (Part(name=LEAD, tags=(ORCHESTRATOR,)), *WORKERS)
NEIGHBOURS = tuple(part.name for part in WORKERS if part.tree == WORKERS[0].tree)
TREES = tuple(dict.fromkeys(part.tree for part in WORKERS if part.tree))

FILES = {
    "parser.py": '''"""Turns lines into words."""


def parse(line):
    return line.split()
''',
    "test_parser.py": """from parser import parse


def test_words():
    assert parse("a b") == ["a", "b"]


def test_nothing():
    assert parse("") == []
""",
    "README.md": """# A parser

It turns lines into words.
""",
}


def part_of(name: str) -> Part:
    """The part of the session with this name."""
    return next(part for part in PARTS if part.name == name)


def summary(file: str, text: str) -> str:
    """What a worker has to find out: something that it must read the file for."""
    return f"{file} has {len(text.splitlines())} lines and {len(text.split())} words"
