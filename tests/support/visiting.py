"""People at the web page of a real daemon: links, visits, and what they see there."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio
from browserpage import Page
from daemonkit import Home

if TYPE_CHECKING:
    from pathlib import Path

    from browserpage import Element

ANY_PORT: Final = "[monitor]\nport = 0\n"
"""Settings: tests run side by side, and each daemon has a port of its own."""

TAKEN_WITHIN: Final = 45.0


def url(home: Home) -> str:
    """Where the page of a home's daemon is, without a token."""
    with home.control() as control:
        told: str = control("status")["monitor"]
    return told.rstrip("/")


def token(home: Home, role: str = "operator", **more: Any) -> dict[str, Any]:
    """A new token: `token_id`, `token` and how far it goes."""
    with home.control() as control:
        return control("token_new", role=role, **more)


def link(home: Home, role: str = "operator", **more: Any) -> str:
    """What `fugue monitor` prints for a person with this role."""
    return f"{url(home)}/#token={token(home, role, **more)['token']}"


@attrs.frozen
class Visit:
    """A person who looks at a daemon's page.

    Attributes:
        page: The page they have open.
        home: The daemon's.
    """

    page: Page
    home: Home

    @classmethod
    async def begun(cls, page: Page, home: Home, role: str = "operator") -> Visit:
        """Open a link of this role and wait until the page shows what is the case."""
        await page.go(link(home, role))
        visit = cls(page, home)
        await visit.is_live()
        return visit

    async def is_live(self, *, within: float = TAKEN_WITHIN) -> None:
        """Wait until the page says that it is connected."""
        await self.page.until(
            "document.querySelector('.phase')?.dataset.phase === 'live'", within=within
        )

    async def row(self, name: str) -> str:
        """A session's row in the tree, as a screen reader says it, once it is there."""
        said: str = await self.page.until(f"({ROWS})({json.dumps(name)})")
        return said

    async def row_says(self, name: str, *words: str) -> str:
        """Wait until a session's row says all of these; the row."""
        wanted = json.dumps(words)
        said: str = await self.page.until(
            f"(row => {wanted}.every(word => row?.includes(word)) && row)"
            f"(({ROWS})({json.dumps(name)}))"
        )
        return said

    async def view(self, title: str) -> None:
        """Go to one of the views by its tab."""
        await (await self.page.named("button", title)).click()

    async def open_pane(self, pane_id: str) -> Element:
        """Show a pane in full by its small screen; the region of its terminal."""
        await (await self.page.element(f"button.thumb[data-pane='{pane_id}']")).click()
        return await self.page.element(".term-port")

    async def screen_shows(self, text: str, *, within: float = TAKEN_WITHIN) -> None:
        """Wait until the terminal that is open shows this text."""
        await self.page.until_text(text, ".term-live", within=within)

    async def take_control(self) -> None:
        """Press the switch and wait until keys go to the program."""
        await (await self.page.named("button", "Take control")).click()
        await self.has_keyboard()

    async def has_keyboard(self) -> None:
        """Wait until keys go to the program of the open terminal."""
        await self.page.until("document.activeElement.matches('.term-input')")


# The text of a session's row, or nothing if there is no such row.
ROWS: Final = """name => {
  const rows = [...document.querySelectorAll(".session-row")];
  const row = rows.find(one => one.querySelector(".label").textContent === name);
  return row?.innerText.replace(/\\s+/g, " ");
}"""


def session(home: Home, name: str, *command: str, **more: Any) -> dict[str, str]:
    """A new session that runs a command; its ids."""
    with home.control() as control:
        asked = {"cwd": str(home.root), "environment": home.environment, **more}
        return control("create_session", name=name, command=list(command), **asked)


def shows(home: Home, pane: str, text: str) -> dict[str, Any]:
    """Wait until a pane's screen has this text, a regular expression."""
    with home.control() as control:
        return control("wait_for", pane=pane, text=text, timeout=TAKEN_WITHIN)


async def until_shows(home: Home, pane: str, text: str) -> dict[str, Any]:
    """The same without stopping the page meanwhile."""
    return await trio.to_thread.run_sync(shows, home, pane, text)


def repository(path: Path, *worktrees: Path) -> None:
    """A repository with a commit, and worktrees of it."""
    path.mkdir()
    who = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    steps = [
        ["init", "-q", "-b", "main"],
        ["commit", "-q", "--allow-empty", "-m", "start"],
        *(["worktree", "add", "-q", "-b", tree.name, str(tree)] for tree in worktrees),
    ]
    for step in steps:
        subprocess.run(["git", *who, *step], cwd=path, check=True, capture_output=True)
