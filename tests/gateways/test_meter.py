"""What programs use of the machine, read from real ones."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import attrs
import pytest
from daemonkit import wait_until

from fugue_actors.gateways.monitor.meter import Meter, Usage
from fugue_actors.protocol.hosting import HostInfo
from fugue_actors.terminal import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

# Stand for a host, its program, and what the program has started.
KEEPER = "block = bytearray(30_000_000); input()"
WORK = "sum(range(10_000_000))"
PROGRAM = f"""
import subprocess, sys
keeper = subprocess.Popen([sys.executable, "-c", {KEEPER!r}], stdin=subprocess.PIPE)
for line in sys.stdin:
    subprocess.run([sys.executable, "-c", {WORK!r}], check=True)
    print("done", flush=True)
keeper.communicate(b"\\n")
"""
HOST = f"""
import subprocess, sys
program = subprocess.Popen([sys.executable, "-c", {PROGRAM!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print("ready", flush=True)
for line in sys.stdin.buffer:
    if line == b"host\\n":
        subprocess.run([sys.executable, "-c", {WORK!r}], check=True)
    else:
        program.stdin.write(line)
        program.stdin.flush()
        program.stdout.readline()
    print("done", flush=True)
program.communicate()
"""


@attrs.define(eq=False)
class Family:
    """A process with descendants, in the place of a pane's host."""

    process: subprocess.Popen[bytes]
    info: HostInfo

    def work(self, who: str = "program") -> None:
        """Have a child of the program, or of the host, work and end."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(who.encode() + b"\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == b"done\n"


@pytest.fixture
def family() -> Iterator[Family]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOST], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield Family(
            process,
            HostInfo(
                host_pid=process.pid,
                host_started=processes.started(process.pid),
                program_pid=0,
                program_started=0.0,
                socket="",
                tty="",
            ),
        )
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def test_memory_is_that_of_all_that_the_program_has_started(family: Family) -> None:
    """An agent's compiler counts, and the host that carries it does not."""
    meter = Meter()
    usage = wait_until(
        lambda: (
            (found := meter.read({"p1": family.info}, 0.0)["p1"]).memory > 30e6
            and found
        )
    )
    assert usage.memory < 90e6
    assert usage.cpu == 0.0


@pytest.mark.parametrize("who", ["program", "host"])
def test_the_time_of_processes_counts_that_nobody_ever_saw(
    family: Family, who: str
) -> None:
    """A build is a thousand short-lived processes, and a host waits for orphans."""
    meter = Meter()
    wait_until(lambda: meter.read({"p1": family.info}, 100.0)["p1"].memory > 30e6)
    family.work(who)
    busy = meter.read({"p1": family.info}, 100.5)["p1"]
    assert busy.cpu > 0.05
    assert meter.read({"p1": family.info}, 101.0)["p1"].cpu <= busy.cpu / 2


def test_a_host_that_is_gone_or_another_process_by_now_uses_nothing(
    family: Family,
) -> None:
    """Pids come again; a reading is never another program's."""
    other = attrs.evolve(family.info, host_started=family.info.host_started + 1)
    assert Meter().read({"p1": other}, 0.0) == {}
    nobody = attrs.evolve(family.info, host_pid=2**22 + 1)
    assert Meter().read({"p1": nobody}, 0.0) == {}


def test_a_program_in_a_new_host_is_not_compared_with_the_one_before(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pane whose program was started again begins at nothing."""
    meter = Meter()
    meter.read({"p1": attrs.evolve(family.info, socket="before")}, 100.0)
    family.work()
    usage = meter.read({"p1": family.info}, 100.5)["p1"]
    assert usage == Usage(0.0, usage.memory)
