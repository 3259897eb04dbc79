"""Real agents in the panes of a real daemon, both in a home of their own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

FUGUE = [sys.executable, "-m", "fugue_actors"]
# Only the last 20 characters of an approved key are kept in Claude's own settings.
API_KEY = "sk-ant-fake-0000000000000000-for-tests"


@attrs.define(eq=False, kw_only=True)
class Stage:
    """A home with a daemon, and what an agent needs to run in it.

    Attributes:
        home: The agents' home directory; fugue's lies in it.
        project: The directory the agents work in.
        environment: What fugue and the agents get, and nothing else.
    """

    home: Path
    project: Path
    environment: dict[str, str]

    async def fugue(self, *arguments: str) -> Any:
        """Run a `fugue` command; what it printed as JSON."""
        verb, *rest = arguments
        return json.loads(await self.run(*FUGUE, verb, "--json", *rest))

    async def run(self, *command: str, **more: str) -> str:
        """Run a program in the project; its output, once it has ended well."""
        with trio.fail_after(60):
            done = await trio.run_process(
                command,
                stdin=b"",
                capture_stdout=True,
                capture_stderr=True,
                check=False,
                cwd=self.project,
                env={**self.environment, **more},
            )
        output = done.stdout.decode()
        assert done.returncode == 0, f"{command}: {output}{done.stderr.decode()}"
        return output

    async def start(self, name: str, *command: str, **more: str) -> dict[str, str]:
        """Run a program in a pane of a new session; the session's ids."""
        given = [f"--env={key}={value}" for key, value in more.items()]
        made: dict[str, str] = await self.fugue(
            "new", name, "--cwd", os.fspath(self.project), *given, "--", *command
        )
        return made

    async def session(self, name: str) -> dict[str, Any]:
        """What `fugue ls` says about a session."""
        listed = (await self.fugue("ls"))["sessions"]
        return next(each for each in listed if each["session_name"] == name)

    async def screen(self, name: str) -> str:
        """What stands on a session's screen."""
        return "\n".join((await self.fugue("read", name))["text"])

    def agent_environment(self, model_url: str) -> Mapping[str, str]:
        """What Claude Code needs to run without questions and without a network."""
        return {
            "HOME": os.fspath(self.home),
            "ANTHROPIC_BASE_URL": model_url,
            "ANTHROPIC_API_KEY": API_KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        }


async def eventually(look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` finds, once it finds something.

    Raises:
        trio.TooSlowError: It found nothing within a minute.
    """
    with trio.fail_after(60):
        found = await look()
        while not found:  # another process sets no event here
            await trio.sleep(0.05)
            found = await look()
    return found
