"""A real Chromium without a window, for tests of the web page.

`find` says which program there is, `started` runs it with a fresh profile in a process
group of its own, and `Chromium.page` opens a page in a fresh context: no cookies, no
storage, no history of any page before it. The browser reaches this machine's loopback
and nothing else. It is ended by its process group's id whatever happens, and ends by
itself if the process that started it is killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil
from browserpage import Page, Size
from daemonkit import wait_until
from devtools import connected

from fugue_actors.kernel import cleanup

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import trio

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_WITHIN: Final = 60.0
"""Seconds; a first start on a busy machine takes several."""

OPTIONS: Final = (
    "--headless=new",
    "--remote-debugging-port=0",
    # Unused but for its end: when we are gone, the browser notices and ends.
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
    # Root and many containers cannot have it; and only our own pages are shown.
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-features=Translate,MediaRouter,OptimizationHints",
    "--disable-gpu",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    # A page in the background is measured and tested like one in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)


def find() -> str | None:
    """The browser's program: `FUGUE_TEST_CHROMIUM`, or what is on the path, or None."""
    given = os.environ.get("FUGUE_TEST_CHROMIUM")
    names = (given,) if given else NAMES
    return next((found for name in names if (found := shutil.which(name))), None)


class Chromium:
    """A running browser.

    Attributes:
        process: The leader of its process group.
        profile: Its profile's directory, in which its log is too.
        url: Where its DevTools listen.
    """

    def __init__(self, process: subprocess.Popen[bytes], profile: Path) -> None:
        self.process = process
        self.profile = profile
        self.url = ""

    def wait_ready(self) -> None:
        """Wait until it can be spoken to.

        Raises:
            AssertionError: It does not start; what it said is part of the message.
        """
        # Two lines, the second without an end: it is whole when the browser is asked.
        written = self.profile / "DevToolsActivePort"

        def is_told() -> list[str] | None:
            assert self.process.poll() is None, f"Chromium ended: {self.said()}"
            lines = written.read_text("utf-8").split("\n") if written.exists() else []
            return lines if len(lines) == 2 and lines[1] else None

        port, path = wait_until(is_told, within=START_WITHIN)
        self.url = f"ws://127.0.0.1:{port}{path}"

    def said(self) -> str:
        """The end of its log."""
        log = self.profile / "chromium.log"
        return log.read_text("utf-8", errors="replace")[-2000:]

    def members(self) -> list[psutil.Process]:
        """Its processes, those included that have left the group."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("FUGUE_TEST_PROFILE") == str(self.profile):
                    found.append(process)
        return found

    def end(self) -> None:
        """End all of its processes and wait until they are gone."""
        members = self.members()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for process in members:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(10)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        psutil.wait_procs(members, timeout=10)

    @asynccontextmanager
    async def page(
        self, nursery: trio.Nursery, size: Size | None = None, **look: Any
    ) -> AsyncIterator[Page]:
        """A page in a context of its own, which is gone at the end.

        Args:
            nursery: For the tasks that listen to the browser.
            size: Of the window; 1280 x 800 by default.
            look: As `Page.set_look` takes it.
        """
        async with connected(nursery, self.url) as devtools:
            made = await devtools.call(
                "Target.createBrowserContext", disposeOnDetach=True
            )
            context = made["browserContextId"]
            try:
                page = await Page.opened(devtools, context)
                await page.set_size(size or Size())
                await page.set_look(**look)
                yield page
            finally:
                with cleanup(5):
                    await devtools.call(
                        "Target.disposeBrowserContext", browserContextId=context
                    )


@contextmanager
def started(program: str) -> Iterator[Chromium]:
    """A browser in a process group of its own, ended at the end of the block."""
    with tempfile.TemporaryDirectory(
        prefix="fugue-chromium-", ignore_cleanup_errors=True
    ) as directory:
        profile = Path(directory).resolve()
        options = [*OPTIONS, f"--user-data-dir={profile}"]
        command = [program, *options, "about:blank"]
        with (profile / "chromium.log").open("wb") as log:
            process = subprocess.Popen(
                # The pipe that `--remote-debugging-pipe` means is descriptors 3 and 4.
                ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >&2', "sh", *command],
                env={
                    **os.environ,
                    "HOME": str(profile),
                    "XDG_CONFIG_HOME": str(profile),
                    "XDG_CACHE_HOME": str(profile),
                    "FUGUE_TEST_PROFILE": str(profile),
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        chromium = Chromium(process, profile)
        try:
            chromium.wait_ready()
            yield chromium
        finally:
            chromium.end()
