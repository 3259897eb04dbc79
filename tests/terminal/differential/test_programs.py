"""Real programs: what they wrote is fed to both terminals, step by step."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from judging import compared
from programs import PROGRAMS, furnish, grow_repository, missing
from terminaldifferences import check

if TYPE_CHECKING:
    from pathlib import Path

    from tmuxjudge import Server

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs run."""
    directory = tmp_path_factory.mktemp("place")
    furnish(directory)
    if shutil.which("git"):
        grow_repository(directory)
    return directory


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_shows_what_it_shows_in_tmux(
    tmux: Server, place: Path, name: str
) -> None:
    """One recording is fed to both, so chance has no say; looked at after each act."""
    program = PROGRAMS[name]
    reason = missing(program)
    if reason:
        pytest.skip(reason)
    recording = program.record(place)
    found = [
        f"after {act}: {difference}"
        for act, mark in zip(program.acts, recording.marks, strict=True)
        if isinstance(act.does, str)  # a new size: how far it has redrawn is chance
        for difference in compared(tmux, recording.steps[:mark], program.size)
    ]
    check(f"program / {name}", found)
