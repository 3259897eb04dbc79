"""`fugue monitor`: the page that shows everything, opened or given as an address.

The address has a token in its fragment, which browsers keep to themselves. For a browser
that is to be opened the address goes by way of a file that only its user can read: what
stands on a command line everybody on the machine can see.
"""

from __future__ import annotations

import html
import os
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fugue_actors import places
from fugue_actors.cli import render
from fugue_actors.cli.commands.token import described, limits, make
from fugue_actors.cli.options import command
from fugue_actors.cli.reach import reach_daemon
from fugue_actors.errors import Unavailable

if TYPE_CHECKING:
    from fugue_actors.cli.client import ControlClient

BROWSER_SECONDS = 20.0
LOOK_SECONDS = 0.2
CONNECTIONS = "/gateways/web/connections/"
PAGE = """\
<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>fugue</title>
<p><a href="{url}">Go to the page</a></p>
"""


@command("monitor")
@click.option("--open", "is_open", is_flag=True, help="Open it in your browser.")
@click.option("--observer", is_flag=True, help="Only to look.")
@limits
def monitor(*, is_open: bool, observer: bool, as_json: bool, **options: Any) -> None:
    """Make a token for the page and print the page's address with it.

    Whoever has the address can do what the token is for, so it is for you alone. The page
    shows every session, and as an operator you can act on them; with --observer only
    look. It is good once, for the browser that opens it within ten minutes: what browsers
    note of addresses is worth nothing. `fugue token revoke` takes it back.
    """
    with reach_daemon("fugue monitor") as daemon:
        page = daemon.request("status").get("monitor")
        if page is None:
            raise Unavailable(
                "this daemon has no monitor",
                hint="see monitor.enabled in config.toml; if that is true, daemon.log "
                "says what is wrong",
            )
        role = "observer" if observer else "operator"
        made = make(daemon, role, **options, once=True)
        url = f"{page}#token={made['token']}"
        is_opened = is_open and open_browser(daemon, url)
    if as_json:
        told = {key: value for key, value in made.items() if key != "token"}
        render.show_json({"url": url, "opened": is_opened, **told})
        return
    if is_opened:
        print(f"{page} is open in your browser")
    else:
        if is_open:
            click.echo("no browser came; open this address yourself:", err=True)
        print(url)
    click.echo(f"token {made['token_id']}: {described(made)}", err=True)


def open_browser(daemon: ControlClient, url: str) -> bool:
    """Send a browser to an address; returns whether one came.

    It is given a file that sends it on, which is gone as soon as it has. A browser in
    this terminal has it until it is left.
    """
    descriptor, name = tempfile.mkstemp(
        ".html", "monitor-", dir=places.runtime_dir(), text=True
    )
    path = Path(name)
    refused = threading.Event()

    def browse() -> None:
        if not webbrowser.open(path.as_uri()):
            refused.set()

    browser = threading.Thread(target=browse, daemon=True)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(PAGE.format(url=html.escape(url)))
        before = connections(daemon)
        browser.start()
        has_come = wait_for_another(daemon, before, refused)
    finally:
        path.unlink(missing_ok=True)
    if has_come:
        browser.join()
    return has_come


def wait_for_another(
    daemon: ControlClient, before: set[str], refused: threading.Event
) -> bool:
    """Whether somebody connects to the page, before that is refused or takes too long."""
    deadline = time.monotonic() + BROWSER_SECONDS
    while not connections(daemon) - before:
        if refused.wait(LOOK_SECONDS) or time.monotonic() > deadline:
            return False
    return True


def connections(daemon: ControlClient) -> set[str]:
    """Who is connected to the page at this moment."""
    actors = daemon.request("tree")["actors"]
    paths: set[str] = {actor["path"] for actor in actors}
    return {path for path in paths if path.startswith(CONNECTIONS)}
