"""Lines of ancestors, read from process tables that change under one's eyes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fugue_actors.gateways.ancestry import (
    LONGEST_LINE,
    Relative,
    arguments_of,
    conversation_of,
    executable_of,
    lineage,
    look,
)
from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def relative(pid: int, parent: int, *, started: float | None = None) -> Relative:
    return Relative(
        pid=pid,
        parent=parent,
        started=pid if started is None else started,
        session=1,
        tty=0,
        command="x",
    )


def table(*relatives: Relative) -> Callable[[int], Relative | None]:
    """A process table that stays as it is."""
    return {one.pid: one for one in relatives}.get


def tables(*each: Mapping[int, Relative]) -> Callable[[int], Relative | None]:
    """Process tables of which the next counts whenever pid 9 is looked at again."""
    remaining = list(each)
    now = dict(remaining[0])

    def look(pid: int) -> Relative | None:
        nonlocal now
        if pid == 9 and remaining:
            now = dict(remaining.pop(0))
        return now.get(pid)

    return look


def by_pid(*relatives: Relative) -> dict[int, Relative]:
    return {one.pid: one for one in relatives}


def to_the_top(_: Relative) -> bool:
    return False


def test_a_line_goes_up_to_whom_it_is_asked_for() -> None:
    """Who stands above a pane's program is of no interest, and costs time to read."""
    family = [relative(9, 5), relative(5, 2), relative(2, 0)]
    whole = lineage(9, to_the_top, look=table(*family))
    part = lineage(9, lambda one: one.pid == 5, look=table(*family))
    assert whole == tuple(family)
    assert part == tuple(family[:2])


def test_a_parent_younger_than_its_child_is_somebody_else() -> None:
    """The parent ended, and its pid was given to a process that had nothing to do with
    the child."""
    family = [relative(9, 5), relative(5, 2, started=10), relative(2, 0)]
    assert lineage(9, to_the_top, look=table(*family)) is None


def test_a_line_that_changes_while_it_is_read_is_read_again() -> None:
    """A wrong line may have been put together from two moments."""
    before = by_pid(relative(9, 5), relative(5, 0))
    after = by_pid(relative(9, 2), relative(2, 0))
    found = lineage(9, to_the_top, look=tables(before, after, after, after))
    assert found == (relative(9, 2), relative(2, 0))


def test_a_line_that_never_keeps_still_is_no_line() -> None:
    """Whoever forks and exits as fast as it can gains nothing by it."""
    moments = [by_pid(relative(9, n), relative(n, 0)) for n in (2, 3) * 10]
    assert lineage(9, to_the_top, look=tables(*moments)) is None


def test_a_line_with_a_gap_is_no_line() -> None:
    """Above the gap there may be anybody."""
    assert lineage(9, to_the_top, look=table(relative(9, 5))) is None


def test_an_endless_line_is_given_up() -> None:
    """Reading it must not hold up everybody else."""
    looks = []

    def look(pid: int) -> Relative:
        looks.append(pid)
        return relative(pid, pid, started=0)

    assert lineage(9, to_the_top, look=look) is None
    assert len(looks) <= LONGEST_LINE * 4


def test_what_a_process_runs_is_read_from_the_system() -> None:
    """Of ourselves everything is known."""
    found = look(os.getpid())
    assert found is not None
    assert (found.parent, found.session) == (os.getppid(), os.getsid(0))
    assert found.key == (os.getpid(), processes.started(os.getpid()))
    assert executable_of(os.getpid()).startswith("python")
    assert arguments_of(os.getpid())[1:] == tuple(sys.orig_argv[1:])


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_a_conversation_is_told_by_its_pipes_and_by_nothing_else() -> None:
    """Null devices and files are shared by all sorts of processes."""
    wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(wait, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdin is not None
        with subprocess.Popen(
            wait, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as second:
            assert conversation_of(second.pid) is None
            second.communicate()
        conversation = conversation_of(first.pid)
        first.communicate()
    assert conversation is not None
    assert all(end.startswith("pipe:[") for end in conversation)


def test_of_a_process_that_has_ended_nothing_is_known() -> None:
    """It may end at any moment while it is looked at."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert look(process.pid) is None
    assert arguments_of(process.pid) == ()
    assert executable_of(process.pid) == ""
    assert conversation_of(process.pid) is None
