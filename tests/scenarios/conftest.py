"""Real daemons, started once for each module."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from daemonkit import Home, Relay, running_home

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY_BROADCASTS = """
[messages]
broadcasts_per_minute = 60000
broadcast_burst = 1000
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A running daemon that the tests of a module share."""
    with running_home(MANY_BROADCASTS) as home:
        yield home


@attrs.frozen
class Team:
    """An orchestrator and two workers in panes, in one repository with two worktrees."""

    boss: Relay
    ann: Relay
    bob: Relay
    repository: Path
    worktree: Path


@pytest.fixture(scope="module")
def team(home: Home) -> Team:
    """The team of a module's daemon."""
    repository = home.root / "repo"
    worktree = home.root / "tree"
    run(repository, "init", "-q")
    run(repository, "commit", "-q", "--allow-empty", "-m", "start")
    run(repository, "worktree", "add", "-q", str(worktree))
    return Team(
        boss=home.relay("boss", cwd=repository, tags=["orchestrator"]),
        ann=home.relay("ann", cwd=repository, tags=["worker"]),
        bob=home.relay("bob", cwd=worktree, tags=["worker"]),
        repository=repository,
        worktree=worktree,
    )


def run(directory: Path, *git: str) -> None:
    directory.mkdir(exist_ok=True)
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    subprocess.run(["git", *identity, *git], cwd=directory, check=True)
