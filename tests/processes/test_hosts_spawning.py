"""Starting hosts: errors that teach, and no process left behind whatever goes wrong."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.protocol.hosting import SpawnProgram
from fugue_actors.terminal import processes
from fugue_actors.terminal.spawner import Spawner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.real

SPARE = "fugue-spare"
"""The name of a host that waits for a spawn."""


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


def children_of(spawner: Spawner) -> list[processes.Process]:
    """Living processes whose parent is the zygote."""
    return [
        process
        for process in processes.table().values()
        if process.parent == spawner.process.pid
    ]


async def wait_spare(spawner: Spawner) -> int:
    """The host that waits for the next spawn, once it does."""
    while True:
        for child in children_of(spawner):
            if child.command == SPARE:
                return child.pid
        await trio.sleep(0.005)


def make_files(directory: Path) -> None:
    (directory / "plain").write_text("echo no", encoding="utf-8")
    (directory / "broken").write_text("#!/no/such/interpreter\n", encoding="utf-8")
    (directory / "broken").chmod(0o700)
    (directory / "closed").mkdir(mode=0o000)


@pytest.mark.parametrize(
    ("argv", "cwd", "message"),
    [
        (["foo-bar"], ".", "no such command: foo-bar"),
        (["./nothing"], ".", "no such command: ./nothing"),
        (["./plain"], ".", "not executable: plain"),
        (["./broken"], ".", "cannot run ./broken: No such file or directory"),
        (["/tmp"], ".", "is a directory: /tmp"),
        ([], ".", "no command given"),
        ([""], ".", "no command given"),
        (["cat", "a\0b"], ".", "a null character"),
        (["cat", "\ud83d"], ".", "no text that a program can get"),
        (["cat", "x" * 3_000_000], ".", "cannot run cat: Argument list too long"),
        (["cat"], "nowhere", "no such directory"),
        (["cat"], "plain", "Not a directory"),
    ],
)
async def test_what_cannot_be_started_is_refused_and_leaves_nothing(
    panes: hostkit.Panes, argv: list[str], cwd: str, message: str
) -> None:
    """The caller gets a clear error instead of a pane with a dead program."""
    make_files(panes.directory)
    with pytest.raises(Refused) as refused:
        await panes.spawn(*argv, cwd=str(panes.directory / cwd))
    assert message in refused.value.message
    assert refused.value.code == "InvalidArgument"
    assert list((panes.directory / "panes").iterdir()) == []
    await wait_for_no_hosts(panes.spawner)


async def wait_for_no_hosts(spawner: Spawner) -> None:
    """Until the zygote has no child but a spare host, which may be a new one."""
    while True:
        if all(child.command == SPARE for child in children_of(spawner)):
            return
        await trio.sleep(0.005)


@pytest.mark.parametrize("name", ["", "A=B"])
async def test_an_impossible_variable_is_refused(
    panes: hostkit.Panes, name: str
) -> None:
    """The system would take it for something else, or for nothing."""
    with pytest.raises(Refused, match="variable"):
        await panes.spawn("cat", env={name: "x"})


async def test_a_socket_path_that_is_too_long_is_refused_with_a_hint(
    panes: hostkit.Panes,
) -> None:
    """The system's own message says neither which limit nor what to do."""
    program = SpawnProgram(argv=("cat",), cwd="/", env={})
    with pytest.raises(Refused, match="107") as refused:
        await panes.spawner.spawn(
            "p", panes.directory / ("long" * 25), hostkit.KEY, program
        )
    assert "FUGUE_HOME" in str(refused.value.hint)


async def test_a_living_hosts_socket_is_not_taken(panes: hostkit.Panes) -> None:
    """Two hosts of one pane would be two programs under one name."""
    info = await panes.spawn("cat")
    program = SpawnProgram(argv=("cat",), cwd="/", env=hostkit.ENVIRONMENT)
    with pytest.raises(Refused) as refused:
        await panes.spawner.spawn(
            "pane-0", panes.directory / "panes", hostkit.KEY, program
        )
    assert refused.value.code == "Busy"
    pane = await panes.link(info)
    assert (await pane.link.status()).info == info


async def test_a_stale_socket_is_replaced(panes: hostkit.Panes) -> None:
    """A host that was killed cannot remove its own."""
    (panes.directory / "panes").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(panes.directory / "panes" / "pane-0.sock"))
    pane = await panes.open("echo", "new")
    await pane.wait_text("new")


async def test_many_spawns_at_once_each_get_their_own_host(
    panes: hostkit.Panes,
) -> None:
    """Answers cannot be mixed up, and no spawn waits for a slower one."""

    async def open_pane(number: int) -> None:
        info = await panes.spawner.spawn(
            f"many-{number}",
            panes.directory / "panes",
            hostkit.KEY,
            SpawnProgram(
                argv=("sh", "-c", f"echo number {number}; exec cat"),
                cwd="/",
                env=hostkit.ENVIRONMENT,
            ),
        )
        panes.hosts.append(info)
        pane = await panes.link(info)
        await pane.wait_text(f"number {number}")

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(open_pane, number)
    assert len({info.host_pid for info in panes.hosts}) == 20


async def test_a_directory_that_cannot_be_made_is_unavailable(
    panes: hostkit.Panes,
) -> None:
    """A full disk or a read-only home is an outage, and said in one line."""
    make_files(panes.directory)
    program = SpawnProgram(argv=("cat",), cwd="/", env={})
    with pytest.raises(Unavailable, match="Not a directory"):
        await panes.spawner.spawn(
            "p", panes.directory / "plain" / "panes", hostkit.KEY, program
        )


async def test_a_large_environment_arrives_whole(panes: hostkit.Panes) -> None:
    """It is far larger than what one send or receive moves."""
    text = "x" * 100_000
    env = {**hostkit.ENVIRONMENT, **{f"LARGE_{n}": text for n in range(10)}}
    pane = await panes.open("sh", "-c", "env | grep -c xxxx", env=env)
    await pane.wait_text("10")


async def test_arguments_that_are_not_utf8_arrive_unchanged(
    panes: hostkit.Panes,
) -> None:
    """File names are bytes."""
    pane = await panes.open("sh", "-c", 'printf %s "$0" | od -An -tx1', "a\udcffb")
    await pane.wait_text("61 ff 62")


async def test_a_cancelled_spawn_leaves_no_process(panes: hostkit.Panes) -> None:
    """Whenever it is cancelled: nobody would know of the program, so nobody could end it."""
    for delay in (0, 0.0005, 0.001, 0.002, 0.003, 0.004, 0.006, 0.008, 0.012):
        with trio.move_on_after(delay):
            await panes.spawn("sleep", "1000")
    for info in panes.hosts:  # those that were quicker than the cancellation
        await hostkit.end_host(info)
    await wait_for_no_hosts(panes.spawner)


async def test_a_daemon_that_dies_in_mid_spawn_leaves_no_process(
    panes: hostkit.Panes,
) -> None:
    """The host stays only once its answer has arrived."""
    code = (
        "import os, sys, trio; from pathlib import Path\n"
        "from fugue_actors.terminal import spawner\n"
        "from fugue_actors.protocol.hosting import SpawnProgram\n"
        "async def main():\n"
        "    zygote = await spawner.Spawner.start()\n"
        "    spawner.receive = lambda _: trio.sleep_forever()\n"
        "    argv = ('sh', '-c', 'echo $$ $PPID > fifo; exec sleep 1000')\n"
        "    program = SpawnProgram(argv=argv, cwd=sys.argv[1], env=dict(os.environ))\n"
        "    await zygote.spawn('p', Path(sys.argv[1]) / 'panes', 'k', program)\n"
        "trio.run(main)\n"
    )
    fifo = panes.directory / "fifo"
    os.mkfifo(fifo)
    daemon = await trio.lowlevel.open_process(
        [sys.executable, "-c", code, str(panes.directory)]
    )
    async with await trio.open_file(fifo, encoding="utf-8") as pids:
        program, host = map(int, (await pids.read()).split())
    zygote = processes.inspect(host).parent
    daemon.kill()
    await daemon.wait()
    for pid in (program, host, zygote):
        await hostkit.wait_gone(pid)


async def test_a_forked_program_has_the_terminal_that_a_spawned_one_has() -> None:
    """Systems where a terminal has to be asked for start programs so; Linux can, too."""
    code = (
        "import os; from fugue_actors.terminal import program\n"
        "from fugue_actors.protocol.hosting import SpawnProgram\n"
        "def pieces(master):\n"
        "    try:\n"
        "        while data := os.read(master, 4096):\n"
        "            yield data\n"
        "    except OSError:\n"
        "        return  # how Linux spells the end of a terminal\n"
        "argv = ('sh', '-c', 'stty size < /dev/tty; ps -o sid= -p $$; echo $$')\n"
        "wanted = SpawnProgram(argv=argv, cwd='/', env=dict(os.environ), columns=70)\n"
        "pid, master, slave = program.fork_in_terminal('/bin/sh', wanted)\n"
        "os.waitpid(pid, 0)\n"
        "os.close(slave)\n"
        "print(pid, b''.join(pieces(master)).decode())\n"
    )
    with trio.fail_after(60):
        result = await trio.run_process(
            [sys.executable, "-c", code], capture_stdout=True
        )
    pid, *told = result.stdout.decode().split()
    assert told == ["24", "70", pid, pid]


async def test_hosts_live_on_when_the_zygote_dies(panes: hostkit.Panes) -> None:
    """After the fork nothing ties a host to it, and a fresh zygote goes on."""
    pane = await panes.open("cat")
    os.kill(panes.spawner.process.pid, signal.SIGKILL)
    assert await panes.spawner.wait_died() == -signal.SIGKILL
    await pane.link.write(b"alive\r")
    await pane.wait_text("alive")
    with pytest.raises(Unavailable):
        await panes.spawn("cat")
    panes.spawner = await Spawner.start()
    try:
        other = await panes.open("echo", "fresh")
        await other.wait_text("fresh")
    finally:
        await panes.spawner.aclose()


async def test_a_spawn_fails_when_the_zygote_dies_meanwhile(
    panes: hostkit.Panes,
) -> None:
    """Nobody waits for an answer that cannot come."""
    os.kill(panes.spawner.process.pid, signal.SIGSTOP)
    errors: list[FugueError] = []

    async def spawn() -> None:
        with pytest.raises(Unavailable) as unavailable:
            await panes.spawn("cat")
        errors.append(unavailable.value)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(spawn)
        await trio.testing.wait_all_tasks_blocked()
        os.kill(panes.spawner.process.pid, signal.SIGKILL)
    assert len(errors) == 1


async def test_the_zygote_ends_with_its_daemon_and_hosts_stay(
    panes: hostkit.Panes,
) -> None:
    """`kill -9` of the daemon closes its end of the zygote's socket, and nothing else ends."""
    pane = await panes.open("cat")
    await panes.spawner.aclose()
    assert panes.spawner.process.returncode == 0
    await pane.link.write(b"alive\r")
    await pane.wait_text("alive")


async def test_a_spare_host_takes_the_next_spawn_and_another_takes_its_place(
    panes: hostkit.Panes,
) -> None:
    """A new pane waits for no fork; and the second is as quick as the first."""
    spare = await wait_spare(panes.spawner)
    info = await panes.spawn("cat")
    assert info.host_pid == spare
    assert processes.inspect(spare).command == "fugue-pane"
    assert await wait_spare(panes.spawner) != spare


async def test_a_rehearsal_leaves_nothing_open() -> None:
    """What a spare host opens while it waits would be its pane's for good."""
    code = (
        "import os, fugue_actors.terminal.zygote as zygote\n"
        "before = os.listdir('/dev/fd')\n"
        "zygote.rehearse()\n"
        "print(sorted({*os.listdir('/dev/fd')} ^ {*before}))\n"
    )
    with trio.fail_after(60):
        result = await trio.run_process(
            [sys.executable, "-c", code], capture_stdout=True
        )
    assert result.stdout == b"[]\n"


async def test_a_spare_host_that_was_killed_costs_no_spawn(
    panes: hostkit.Panes,
) -> None:
    """The zygote notices, and forks."""
    spare = await wait_spare(panes.spawner)
    os.kill(spare, signal.SIGKILL)
    await hostkit.wait_gone(spare)
    pane = await panes.open("echo", "here")
    await pane.wait_text("here")


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_spare_host_ends_with_its_zygote(
    panes: hostkit.Panes, is_killed: bool
) -> None:
    """Nobody else knows of it, so nobody else could end it."""
    spare = await wait_spare(panes.spawner)
    if is_killed:
        os.kill(panes.spawner.process.pid, signal.SIGKILL)
        await panes.spawner.wait_died()
    else:
        await panes.spawner.aclose()
    await hostkit.wait_gone(spare)


async def test_zygote_hosts_and_programs_have_sessions_of_their_own(
    panes: hostkit.Panes,
) -> None:
    """Ctrl-C in the terminal where a daemon runs in the foreground is for the daemon alone."""
    info = await panes.spawn("cat")
    for pid in (panes.spawner.process.pid, info.host_pid, info.program_pid):
        assert os.getsid(pid) == pid


async def test_a_host_loads_nothing_it_does_not_need(panes: hostkit.Panes) -> None:
    """Each idle host pays for every module; trio alone would add megabytes."""
    code = (
        "import sys, fugue_actors.terminal.zygote as _; print(*sorted({'trio', 'mcp', 'click', 'rich',"
        " 'cattrs', 'anyio', 'psutil', 'fugue_actors.kernel', 'asyncio'} & set(sys.modules)))"
    )
    result = await trio.run_process([sys.executable, "-c", code], capture_stdout=True)
    assert result.stdout == b"\n"
