"""The `fugue` command: a group that loads a command's module when that command runs.

Nothing heavier than click is imported before the command is known, so that `fugue ls`
costs neither trio nor cattrs. `main` is also the one place where errors become exit
codes. Commands return their exit code, or nothing for success.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from fugue_actors import __version__
from fugue_actors.cli import exits, streams
from fugue_actors.errors import FugueError, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    # name: (module and attribute, what `fugue --help` says of it)
    "serve": ("fugue_actors.cli.commands.serve:serve", "Start the daemon."),
    "stop": ("fugue_actors.cli.commands.serve:stop", "Stop the daemon."),
    "status": ("fugue_actors.cli.commands.serve:status", "How the daemon is."),
    "attach": (
        "fugue_actors.cli.commands.attach:attach",
        "Work in sessions, in this terminal.",
    ),
    "new": ("fugue_actors.cli.commands.sessions:new", "Start a session."),
    "ls": ("fugue_actors.cli.commands.sessions:ls", "List sessions."),
    "tree": ("fugue_actors.cli.commands.tree:tree", "Show the supervision tree."),
    "kill": ("fugue_actors.cli.commands.sessions:kill", "End sessions."),
    "rename": ("fugue_actors.cli.commands.sessions:rename", "Rename a session."),
    "tag": ("fugue_actors.cli.commands.sessions:tag", "Show or change tags."),
    "read": ("fugue_actors.cli.commands.panes:read", "Read a pane's screen."),
    "type": ("fugue_actors.cli.commands.panes:type_", "Type into a pane."),
    "control": (
        "fugue_actors.cli.commands.control:control",
        "Who types in a pane.",
    ),
    "wait": ("fugue_actors.cli.commands.waiting:wait", "Wait for a pane."),
    "run": ("fugue_actors.cli.commands.running:run", "Run a command to its end."),
    "split": ("fugue_actors.cli.commands.layout:split", "Open a pane beside another."),
    "layout": ("fugue_actors.cli.commands.layout:layout", "Show or build a layout."),
    "resize": ("fugue_actors.cli.commands.layout:resize", "Resize a pane."),
    "move": ("fugue_actors.cli.commands.layout:move", "Put a pane elsewhere."),
    "swap": ("fugue_actors.cli.commands.layout:swap", "Let panes change places."),
    "zoom": ("fugue_actors.cli.commands.layout:zoom", "Show one pane in full."),
    "focus": ("fugue_actors.cli.commands.layout:focus", "Give a pane the focus."),
    "close": ("fugue_actors.cli.commands.layout:close", "End panes."),
    "window": ("fugue_actors.cli.commands.windows:window", "Windows of a session."),
    "send": ("fugue_actors.cli.commands.messages:send", "Send a message."),
    "inbox": ("fugue_actors.cli.commands.inbox:inbox", "Read your messages."),
    "reply": ("fugue_actors.cli.commands.asking:reply", "Answer a message."),
    "ask": ("fugue_actors.cli.commands.asking:ask", "Ask, and wait for answers."),
    "message": (
        "fugue_actors.cli.commands.inbox:message",
        "What became of a message.",
    ),
    "monitor": ("fugue_actors.cli.commands.monitor:monitor", "Open the page."),
    "token": (
        "fugue_actors.cli.commands.token:token",
        "Who may connect over the network.",
    ),
    "record": ("fugue_actors.cli.commands.recordings:record", "Record what is shown."),
    "recordings": (
        "fugue_actors.cli.commands.recordings:recordings",
        "List recordings.",
    ),
    "replay": ("fugue_actors.cli.commands.replay:replay", "Play a recording."),
    "events": ("fugue_actors.cli.commands.events:events", "List what happened."),
    "export": (
        "fugue_actors.cli.commands.events:export",
        "Write all that happened, or a recording.",
    ),
    "mcp": ("fugue_actors.cli.commands.mcp:mcp", "The MCP server for an agent."),
    "demo": ("fugue_actors.demo.command:demo", "Watch agents work together."),
    "doctor": ("fugue_actors.cli.commands.doctor:doctor", "Check this machine."),
}


class LazyGroup(click.Group):
    """A group whose commands are named in `COMMANDS` and imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table: by what one needs first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that was asked for."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in COMMANDS])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    no_args_is_help=False,
)
@click.pass_context
@click.version_option(__version__, prog_name="fugue")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
def fugue(context: click.Context) -> None:
    """Supervise coding agents that talk to each other.

    \b
    fugue                                  work in sessions, in this terminal
    fugue demo                             see what it does
    fugue new lead --tag orchestrator      a session with your shell in it
    fugue send lead "the tests are green"  a message into its inbox

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no daemon reachable,
    124 a wait timed out.
    """
    if context.invoked_subcommand is None:
        attach_or_help(context)


def attach_or_help(context: click.Context) -> None:
    """What `fugue` alone does: attach if there is a person at a terminal."""
    from fugue_actors.cli.commands import attach

    if attach.is_interactive():
        attach.run()
    else:
        click.echo(context.get_help(), err=True)
        context.exit(exits.USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    as_json = is_asked("--json", arguments)
    debug = is_asked("--debug", arguments)
    if not debug:
        sys.excepthook = exits.report_bug
    try:
        code = fugue.main(arguments, prog_name="fugue", standalone_mode=False)
        sys.stdout.flush()
    except FugueError as error:
        if debug:
            traceback.print_exc()
        exits.report(error, as_json=as_json)
        return exits.exit_code(error)
    except (click.Abort, KeyboardInterrupt):
        return exits.INTERRUPTED
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption):
            error = telling_of_dashes(error)
        if as_json:
            refusal = Refused("InvalidArgument", error.format_message())
            exits.report(refusal, as_json=True)
        else:
            show(error)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has had enough
        streams.drop_output()
        return exits.FAILED
    except OSError as error:
        if error.errno not in streams.OUTPUT_ERRORS or error.filename is not None:
            raise
        streams.drop_output()
        problem = f"the output cannot be written: {error.strerror}"
        exits.report(Refused("Unavailable", problem), as_json=as_json)
        return exits.FAILED
    return code if isinstance(code, int) else exits.DONE


def show(error: click.ClickException) -> None:
    """Say how a command is used; if stderr takes nothing, there is nobody to tell."""
    try:
        error.show()
    except OSError:
        return


def telling_of_dashes(error: click.NoSuchOption) -> click.NoSuchOption:
    """An option that a command does not have may be meant for the program it starts."""
    starts = error.ctx is not None and any(
        parameter.name == "argv" for parameter in error.ctx.command.params
    )
    if not starts:
        return error
    return click.NoSuchOption(
        error.option_name,
        f"{error.message} Put -- before a COMMAND with options of its own.",
        error.possibilities,
        error.ctx,
    )


def is_asked(flag: str, arguments: Sequence[str]) -> bool:
    """Whether a flag stands among the options, wherever the parse may fail."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return flag in options
