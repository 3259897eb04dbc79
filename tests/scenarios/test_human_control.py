"""A person and agents at one pane: real programs, a real daemon, keys and tools side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import trio
from daemonkit import Control, Home, running_home, wait_until
from mcpkit import Agent, ToolError, guest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

QUICK = """
[control]
typing_seconds = 0.3
"""
HISTORY = {"HISTFILE": "/dev/null", "HISTSIZE": "1000", "HISTCONTROL": ""}
"""A shell remembers each line, and leaves its user's own history alone."""


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A daemon whose people rest only shortly."""
    with running_home(QUICK) as home:
        yield home


def shell(home: Home, person: Control, name: str) -> str:
    """A shell that edits its line, at its prompt; its pane."""
    command = ["bash", "--noprofile", "--norc", "-i"]
    environment = {**home.environment, "PS1": "ready> ", **HISTORY}
    made = person("create_session", name=name, command=command, environment=environment)
    person("wait_for", session=name, text="^ready> $")
    return str(made["pane_id"])


def text_of(person: Control, pane: str) -> list[str]:
    """What a pane shows, and what it showed before."""
    read = person("read_pane", pane=pane, history=1000)
    return [line for line in [*read["history"], *read["text"]] if line]


async def told(agent: Agent, **arguments: Any) -> dict[str, Any]:
    """What becomes of an agent's input: its result or its refusal."""
    try:
        return await agent.call("send_input", **arguments)
    except ToolError as error:
        return error.shape


async def test_an_agents_command_comes_after_the_persons(home: Home) -> None:
    """It waits while the line is unfinished, and is then a line of its own."""
    with home.control() as person:
        pane = shell(home, person, "lines")
        async with guest(home) as agent, trio.open_nursery() as nursery:
            person("send_input", pane=pane, text="echo from ", paste=False, live=True)
            refused = await told(agent, pane=pane, text="x", wait_seconds=0)
            assert refused["code"] == "HumanControl"
            # On a busy machine the person has rested already, and the line stands there.
            assert 0 < refused["data"].get("remaining", 0.3) <= 0.3
            assert refused["data"]["reason"] in ("typing", "draft")
            command = {"pane": pane, "text": "echo from agent", "submit": True}
            command |= {"wait_seconds": 60}
            nursery.start_soon(lambda: told(agent, **command))
            while not person("get_control", pane=pane)["waiting"]:
                await trio.sleep(0.02)
            while person("get_control", pane=pane)["remaining"]:
                await trio.sleep(0.02)
            person("wait_for", pane=pane, text="^ready> echo from $")
            assert text_of(person, pane) == ["ready> echo from"]
            person("send_input", pane=pane, text="ada", keys=["Enter"], live=True)
        person("wait_for", pane=pane, text="^from agent$")
        person("wait_for", pane=pane, text="^ready> $")
        assert text_of(person, pane) == [
            "ready> echo from ada",
            "from ada",
            "ready> echo from agent",
            "from agent",
            "ready>",
        ]


async def test_what_a_person_has_begun_is_as_they_left_it(home: Home) -> None:
    """Agents are told why, and nothing of theirs is on the line; nor is it submitted."""
    with home.control() as person:
        pane = shell(home, person, "left")
        person("send_input", pane=pane, text="rm -rf ", paste=False, live=True)
        person("release_control", pane=pane)
        async with guest(home) as agent:
            for more in ({"text": "tmp"}, {"keys": ["Enter"]}, {"submit": True}):
                refused = await told(agent, pane=pane, wait_seconds=0.4, **more)
                assert refused["code"] == "HumanControl"
                assert refused["data"]["reason"] == "draft"
                assert refused["hint"]
            person("wait_for", pane=pane, text="^ready> rm -rf $")
            assert text_of(person, pane) == ["ready> rm -rf"]
            person("send_input", pane=pane, keys=["C-c"], live=True)
            typed = await told(agent, pane=pane, text="echo clear", submit=True)
            assert typed["bytes"] > 10


async def test_a_draft_outlives_the_daemon_and_control_does_not(home: Home) -> None:
    """The next one is told by the pane's host what stands there."""
    with running_home(QUICK) as home:
        with home.control() as person:
            pane = shell(home, person, "kept")
            person("take_control", pane=pane)
            person("send_input", pane=pane, text="half", paste=False, live=True)
        assert home.daemon is not None
        home.daemon.kill()
        home.daemon.wait(60)
        home.start()
        with home.control() as person:
            wait_until(lambda: person("get_control", pane=pane)["draft"])
            assert person("get_control", pane=pane)["control"] is None
            async with guest(home) as agent:
                refused = await told(agent, pane=pane, text="x", wait_seconds=0)
            assert refused["data"]["reason"] == "draft"
            person("wait_for", pane=pane, text="^ready> half$")
            assert text_of(person, pane) == ["ready> half"]


async def test_lines_of_people_and_agents_are_whole_whatever_happens(
    home: Home,
) -> None:
    """A person types key by key while three agents write all the time: no line is mixed."""
    with home.control() as person:
        pane = shell(home, person, "storm")
        done = trio.Event()

        async def write(number: int) -> None:
            async with guest(home) as agent:
                for turn in range(4):
                    line = f"echo agent-{number}-{turn}-end"
                    typed = await told(
                        agent, pane=pane, text=line, submit=True, wait_seconds=120
                    )
                    assert "bytes" in typed, typed

        async def type_lines() -> None:
            for turn in range(4):
                for key in f"echo person-{turn}-end":
                    pressed = "Space" if key == " " else key
                    await trio.to_thread.run_sync(
                        lambda key=pressed: person(
                            "send_input", pane=pane, keys=[key], live=True
                        )
                    )
                await trio.to_thread.run_sync(
                    lambda: person("send_input", pane=pane, keys=["Enter"], live=True)
                )
                await trio.sleep(0.6)
            done.set()

        with trio.fail_after(120):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(type_lines)
                for number in range(3):
                    nursery.start_soon(write, number)
        # What is typed ahead is shown twice: the shell itself knows what its lines were.
        file = home.root / "lines"
        ask = f"history -w {file}.new && mv {file}.new {file}"
        person("send_input", pane=pane, text=ask, submit=True)
        wait_until(file.exists)
    *typed, asked = file.read_text("utf-8").splitlines()
    assert asked == ask
    whole = re.compile(r"echo (person-\d|agent-\d-\d)-end")
    assert [line for line in typed if not whole.fullmatch(line)] == []
    assert len(set(typed)) == len(typed) == 16
    for number in range(3):
        own = [line for line in typed if f"agent-{number}" in line]
        assert own == sorted(own)
