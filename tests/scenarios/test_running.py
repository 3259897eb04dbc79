"""Commands run to their end for agents: exit code, output, and nothing left behind."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import trio
from daemonkit import running_home, wait_until
from mcpkit import Agent, ToolError, guest, inside

if TYPE_CHECKING:
    from conftest import Team
    from daemonkit import Home

pytestmark = pytest.mark.real


def sleepers(home: Home, seconds: int) -> list[psutil.Process]:
    """The processes of a home that sleep for just so long."""
    found = []
    for process in home.processes():
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-2:] == ["sleep", str(seconds)]:
                found.append(process)
    return found


async def gone(home: Home, seconds: int) -> None:
    """Wait until none of them is left."""
    await trio.to_thread.run_sync(wait_until, lambda: not sleepers(home, seconds))


async def there(home: Home, seconds: int) -> None:
    """Wait until there is one of them."""
    await trio.to_thread.run_sync(wait_until, lambda: sleepers(home, seconds))


async def panes_of(agent: Agent) -> list[dict[str, Any]]:
    """The panes that are runs."""
    return [
        pane for pane in (await agent.call("list_panes"))["panes"] if pane.get("run")
    ]


async def test_a_command_gives_its_exit_code_and_all_its_output(home: Home) -> None:
    """Long lines are not broken, and what scrolled off is there, too."""
    async with guest(home) as agent:
        line = "x" * 300
        ran = await agent.call(
            "run", command=f"echo {line}; seq 1 500; printf end; exit 7"
        )
        assert ran["exit_code"] == 7
        assert ran["ok"] is False
        assert ran["output"].splitlines() == [line, *map(str, range(1, 501)), "end"]
        assert ran["truncated"] is False
        assert await panes_of(agent) == []


async def test_a_list_is_a_program_and_a_text_is_for_the_shell(home: Home) -> None:
    """Nothing is quoted or split behind an agent's back."""
    async with guest(home) as agent:
        ran = await agent.call("run", command=["printf", "%s|", "$HOME", "a b"])
        assert ran["output"] == "$HOME|a b|"
        ran = await agent.call(
            "run", command='printf "%s|" "$WHO" "$PAGER"', env={"WHO": "ann"}
        )
        assert ran["output"] == "ann|cat|"
        ran = await agent.call("run", command="kill -TERM $$")
        assert (ran["exit_code"], ran["signal"]) == (None, "SIGTERM")
        with pytest.raises(ToolError) as error:
            await agent.call("run", command=["no such program"])
        assert error.value.code == "InvalidArgument"


async def test_output_beyond_the_limit_is_cut_in_its_middle_and_says_so(
    home: Home,
) -> None:
    """The beginning and the end matter most; what is left out is counted."""
    async with guest(home) as agent:
        ran = await agent.call("run", command="seq 1 2000", max_output=100)
        assert ran["truncated"] is True
        lines = ran["output"].splitlines()
        assert (lines[0], lines[-1]) == ("1", "2000")
        assert any("characters left out" in line for line in lines)
        assert len(ran["output"]) < 150


async def test_many_short_lines_lose_their_middle_and_not_their_beginning(
    home: Home,
) -> None:
    """A run keeps more lines than other panes, whichever way they were written."""
    async with guest(home) as agent:
        ran = await agent.call("run", command="seq 1 20000", max_output=1_000_000)
        assert ran["output"].splitlines() == [*map(str, range(1, 20_001))]
        assert ran["truncated"] is False


async def test_output_that_its_command_erased_is_said_to_be_gone(home: Home) -> None:
    """`clear` empties the history; the answer does not put it down to a bound alone."""
    async with guest(home) as agent:
        ran = await agent.call(
            "run", command=r"seq 1 99; printf '\033[H\033[2J\033[3Jend'"
        )
        lines = ran["output"].splitlines()
        assert ran["truncated"] is True
        assert "erased" in lines[0]
        assert lines[-1] == "end"


async def test_what_takes_too_long_is_ended_with_all_it_started(home: Home) -> None:
    """And what it wrote until then is not lost."""
    async with guest(home) as agent:
        ran = await agent.call(
            "run", command="echo begun; sleep 7001 & sleep 7001", timeout=3
        )
        assert ran["timed_out"] is True
        assert ran["output"] == "begun"
        assert not sleepers(home, 7001)


async def test_what_a_command_leaves_running_is_ended_before_it_answers(
    home: Home,
) -> None:
    """A run is over when nothing of it is left."""
    async with guest(home) as agent:
        ran = await agent.call("run", command="sleep 7002 & echo done")
        assert (ran["exit_code"], ran["output"]) == (0, "done")
        assert not sleepers(home, 7002)


async def test_several_at_once_give_all_their_results_in_order(home: Home) -> None:
    """One that fails, one that cannot be started and one out of time disturb none."""
    async with guest(home) as agent:
        ran = await agent.call(
            "run_parallel",
            commands=[
                "sleep 0.3; echo slow",
                {"name": "quick", "command": ["echo", "quick"]},
                "exit 4",
                {"command": ["no such program"]},
                "echo late; sleep 7003",
            ],
            timeout=6,
        )
        results = ran["results"]
        assert ran["ok"] is False
        assert [each["ok"] for each in results] == [True, True, False, False, False]
        assert [each.get("output") for each in results[:2]] == ["slow", "quick"]
        assert results[1]["name"] == "quick"
        assert results[2]["exit_code"] == 4
        assert results[3]["error"]["code"] == "InvalidArgument"
        assert (results[4]["timed_out"], results[4]["output"]) == (True, "late")
        assert not sleepers(home, 7003)


async def test_a_row_of_commands_stops_at_the_first_that_fails(home: Home) -> None:
    """What came after it is not run, and the answer says how many that were."""
    async with guest(home) as agent:
        marker = home.root / "never"
        ran = await agent.call(
            "run_pipeline", commands=["echo one", "exit 3", f"touch {marker}"]
        )
        assert [each["exit_code"] for each in ran["results"]] == [0, 3]
        assert (ran["ok"], ran["failed_at"], ran["not_run"]) == (False, 1, 1)
        assert not marker.exists()
        ran = await agent.call("run_pipeline", commands=["echo one", "echo two"])
        assert (ran["ok"], ran["failed_at"], ran["not_run"]) == (True, None, 0)
        assert [each["output"] for each in ran["results"]] == ["one", "two"]


async def test_a_relative_directory_counts_once_from_where_the_caller_works(
    home: Home, team: Team
) -> None:
    """That of one command from that of the whole request."""
    async with inside(team.ann) as agent:
        base = Path((await agent.call("whoami"))["cwd"])
        (base / "one" / "two").mkdir(parents=True)
        ran = await agent.call("run", command="pwd", cwd="one")
        assert ran["output"] == str(base / "one")
        commands = ["pwd", {"command": "pwd", "cwd": "two"}]
        for tool in ("run_parallel", "run_pipeline"):
            ran = await agent.call(tool, commands=commands, cwd="one")
            found = [each["output"] for each in ran["results"]]
            assert found == [str(base / "one"), str(base / "one" / "two")]


async def test_a_run_belongs_to_its_caller_and_is_in_no_layout(
    home: Home, team: Team
) -> None:
    """It starts where the caller works, with its environment, as its session."""
    async with inside(team.ann) as agent, guest(home) as other:
        me = await agent.call("whoami")
        ran = await agent.call("run", command="pwd; echo $FUGUE_SESSION_NAME")
        assert ran["output"].splitlines() == [me["cwd"], me["session_name"]]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: agent.call("run", command="sleep 7004"))
            await there(home, 7004)
            layout = await other.call("get_layout", session=me["session_name"])
            (run,) = await panes_of(other)
            assert run["session_name"] == me["session_name"]
            assert run["pane_id"] not in str(layout)
            nursery.cancel_scope.cancel()
        await gone(home, 7004)


async def test_a_caller_that_cancels_or_leaves_takes_its_runs_along(home: Home) -> None:
    """Whichever way it goes, and however many there are."""
    async with guest(home) as other:
        async with guest(home) as agent:
            with trio.move_on_after(5):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(lambda: agent.call("run", command="sleep 7005"))
                    await there(home, 7005)
                    nursery.cancel_scope.cancel()
            await gone(home, 7005)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(
                    lambda: agent.call(
                        "run_parallel", commands=["sleep 7006", "sleep 7006"]
                    )
                )
                await there(home, 7006)
                nursery.cancel_scope.cancel()
        await gone(home, 7006)
        await trio.to_thread.run_sync(wait_until, lambda: runs_in(home) == 0)
        assert await panes_of(other) == []


def runs_in(home: Home) -> int:
    """How many panes of a home are runs."""
    with home.control() as control:
        return sum(bool(pane.get("run")) for pane in control("list_panes")["panes"])


async def test_a_run_whose_daemon_was_killed_is_ended_by_the_next_one(
    tmp_path: Path,
) -> None:
    """Programs outlive a daemon, but nobody waits for this one any more."""
    with running_home() as home:
        async with trio.open_nursery() as nursery:
            control = home.control()
            nursery.start_soon(
                trio.to_thread.run_sync, lambda: lost(control, "sleep 7007")
            )
            await there(home, 7007)
            assert home.daemon is not None
            home.daemon.send_signal(signal.SIGKILL)
            await trio.to_thread.run_sync(home.daemon.wait)
        assert sleepers(home, 7007)
        await trio.to_thread.run_sync(home.start)
        await gone(home, 7007)
        await trio.to_thread.run_sync(wait_until, lambda: runs_in(home) == 0)


@pytest.mark.parametrize("begin", ["", "sleep 0.5; "])
async def test_a_run_that_kills_its_own_host_leaves_nothing(begin: str) -> None:
    """Neither socket nor card, which a later daemon would take for a pane's."""
    with running_home() as home:
        async with guest(home) as agent:
            with pytest.raises(ToolError):
                await agent.call("run", command=f"{begin}kill -9 $PPID; sleep 7010")
            await gone(home, 7010)
            assert await panes_of(agent) == []
        assert list((home.run / "panes").iterdir()) == []


async def test_a_daemon_that_stops_ends_the_runs_and_no_other_program(
    tmp_path: Path,
) -> None:
    """Whoever waits for a run loses the daemon with it; others wait for the next one."""
    with running_home() as home:
        with home.control() as other:
            other(
                "create_session",
                name="stays",
                command=["sh", "-c", "sleep 7009; true"],
                environment=home.environment,
            )
        async with trio.open_nursery() as nursery:
            control = home.control()
            nursery.start_soon(
                trio.to_thread.run_sync,
                lambda: lost(control, "trap '' HUP TERM; sleep 7008"),
            )
            await there(home, 7008)
            with home.control() as other:
                other("stop")
            assert home.daemon is not None
            await trio.to_thread.run_sync(home.daemon.wait)
        assert not sleepers(home, 7008)
        assert sleepers(home, 7009)


def lost(control: Any, command: str) -> None:
    """A run whose answer never comes."""
    with pytest.raises(ConnectionError), control:
        control("run", command=command)
