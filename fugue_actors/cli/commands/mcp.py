"""`fugue mcp`, as the help shows it. `cli.entry` runs the shim without this module."""

from __future__ import annotations

import click

from fugue_actors.cli.options import command


@command(
    "mcp",
    has_json=False,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[--as NAME]")
def mcp(*, arguments: tuple[str, ...]) -> int:
    """The stdio MCP server that an agent's configuration names."""
    from fugue_actors.cli import shim

    return shim.main(list(arguments))
