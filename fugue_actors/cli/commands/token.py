"""`fugue token`: who may connect over the network, and with which limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fugue_actors.cli import render
from fugue_actors.cli.client import ControlClient
from fugue_actors.cli.options import command, group, span
from fugue_actors.cli.reach import reach_daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COLUMNS = ("token", "role", "label", "state", "good until", "sessions", "tags")


def limits(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say for how long a token is good, and what for."""
    for option in (
        click.option(
            "--tag",
            "tags",
            multiple=True,
            metavar="TAG",
            help="Limit it to sessions with this tag.",
        ),
        click.option(
            "--session",
            "sessions",
            multiple=True,
            metavar="NAME",
            help="Limit it to this session.",
        ),
        click.option("--label", metavar="NAME", help="What who uses it is called."),
        click.option(
            "--expires",
            type=span,
            metavar="TIME",
            help="How long it is good: 12h unless said; s, m, h, d.",
        ),
    ):
        function = option(function)
    return function


def make(
    daemon: ControlClient,
    role: str,
    *,
    expires: float | None,
    label: str | None,
    sessions: tuple[str, ...],
    tags: tuple[str, ...],
    once: bool = False,
) -> dict[str, Any]:
    """Ask for a new token."""
    return daemon.request(
        "token_new",
        {
            "role": role,
            "label": label,
            "expires_seconds": expires,
            "sessions": list(sessions) or None,
            "tags": list(tags) or None,
            "once": once or None,
        },
    )


@command("new")
@click.option(
    "--role",
    type=click.Choice(["observer", "operator"]),
    default="observer",
    help="To look, or also to act.",
)
@limits
def new(*, role: str, as_json: bool, **options: Any) -> None:
    """Make a token and print it; nobody can see it again."""
    with reach_daemon("fugue token new") as daemon:
        made = make(daemon, role, **options)
    if as_json:
        render.show_json(made)
        return
    print(made["token"])
    click.echo(
        f"token {made['token_id']}: {described(made)}; it is shown only now", err=True
    )


@command("ls")
@click.option("--all", "with_ended", is_flag=True, help="Those that have ended, too.")
def ls(*, with_ended: bool, as_json: bool) -> None:
    """List tokens, without their secrets."""
    with ControlClient.connect(client="fugue token ls") as daemon:
        listing = daemon.request("token_ls", {"all": with_ended})
        if as_json:
            render.show_json(listing)
            return
        names = names_of(daemon) if listing["tokens"] else {}
    render.show_table(COLUMNS, [row(made, names) for made in listing["tokens"]])


@command("revoke")
@click.argument("token_ids", nargs=-1, metavar="ID...")
@click.option("--all", "every", is_flag=True, help="All that are good.")
def revoke(*, token_ids: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Take tokens back: whoever is connected with one is cut off at once.

    ID is what `fugue token ls` shows, never the token itself.
    """
    if every == bool(token_ids):
        raise click.UsageError("give the ids of tokens, or --all")
    with ControlClient.connect(client="fugue token revoke") as daemon:
        if every:
            listing = daemon.request("token_ls")
            token_ids = tuple(made["token_id"] for made in listing["tokens"])
        revoked = [
            daemon.request("token_revoke", {"token_id": token_id})
            for token_id in dict.fromkeys(token_ids)
        ]
    if as_json:
        render.show_json({"revoked": revoked})
        return
    for made in revoked:
        print(render.cell(f"token {made['token_id']} ({made['label']}) is revoked"))


@group("token", members=(new, ls, revoke))
def token() -> None:
    """Make, list and revoke tokens.

    With a token a browser or a program connects over the network. It is made for looking
    (observer) or for acting as well (operator), ends by itself, and can be limited to
    some sessions.
    """


def names_of(daemon: ControlClient) -> dict[str, str]:
    """What the sessions are called by now, by id."""
    listing = daemon.request("list_sessions")
    return {one["session_id"]: one["session_name"] for one in listing["sessions"]}


def row(made: dict[str, Any], names: Mapping[str, str]) -> tuple[object, ...]:
    """A token as a row of the list; without limits its last cells are empty."""
    scope = made["scope"] or {"sessions": [], "tags": []}
    return (
        made["token_id"],
        made["role"],
        made["label"],
        made["state"],
        made["expires_at"],
        [names.get(session_id, session_id) for session_id in scope["sessions"]],
        scope["tags"],
    )


def described(made: dict[str, Any]) -> str:
    """What a token is good for and until when, in a sentence."""
    scope = made["scope"]
    limit = ""
    if scope is not None:
        parts = []
        if scope["sessions"]:
            parts.append(render.counted(len(scope["sessions"]), "session"))
        if scope["tags"]:
            parts.append(f"sessions tagged {', '.join(scope['tags'])}")
        limit = f" of {' and '.join(parts)}"
    until = "for who opens it before" if made.get("once") else "until"
    return f"an {made['role']}{limit} {until} {made['expires_at']}"
