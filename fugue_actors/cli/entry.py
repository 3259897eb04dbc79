"""Where the `fugue` command starts.

`fugue mcp` runs once for every agent, for as long as the agent lives, so it goes
straight to the shim and loads nothing but the standard library. Everything else goes
to the click commands in `cli.root`.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line of this process; leaves by `SystemExit`."""
    try:
        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # so early that nothing is loaded yet that would mind it
        status = INTERRUPTED
    sys.exit(status)


def run(arguments: list[str]) -> int:
    """Run a command line; returns its exit status."""
    if arguments[:1] == ["mcp"]:
        from fugue_actors.cli import shim

        return shim.main(arguments[1:])
    from fugue_actors.cli import streams

    streams.make_fit()
    from fugue_actors.cli.root import main as run_command

    return run_command()
