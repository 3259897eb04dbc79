"""Run commands to their end, each in a pane of its own: one, several at once, or in a row."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.actors import fleet, running
from fugue_actors.actors.zygote import RUN_HISTORY_LINES
from fugue_actors.errors import FugueError
from fugue_actors.gateways.operations.layout import directory
from fugue_actors.protocol.errors import error_json
from fugue_actors.protocol.values import Session

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context

USUAL_RUN: Final = 300
USUAL_OUTPUT: Final = 100_000
COLUMNS, LINES = 120, 40

SHELL: Final = ("/bin/sh", "-c")
LOST: Final = (
    "[what came before is gone: the command erased it, or it was more than the last "
    f"{RUN_HISTORY_LINES} lines]"
)
# Nobody is there to turn a pager's pages.
UNATTENDED: Final = {"PAGER": "cat", "GIT_PAGER": "cat"}


@attrs.frozen(kw_only=True)
class Command:
    """One command that was asked for.

    Attributes:
        shown: As its answer names it.
        argv: What is run.
        cwd: Where, if it said so.
        env: Variables on top.
        name: What its answer is to be called.
    """

    shown: str | list[str]
    argv: tuple[str, ...]
    cwd: str | None = None
    env: dict[str, str] = attrs.Factory(dict)
    name: str | None = None


@attrs.frozen(kw_only=True)
class Terms:
    """What holds for each command of a request."""

    session: Session
    environment: dict[str, str] | None = attrs.field(repr=False)
    cwd: str
    output: int


async def run(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run one command."""
    # Its directory is the request's own, and stands in the terms already.
    command = attrs.evolve(one_command(arguments), cwd=None)
    terms = await terms_of(context, arguments)
    within = arguments.get("timeout", USUAL_RUN)
    context.progress.message = "the command runs"
    return await run_one(context, terms, command, within)


async def run_parallel(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run several commands at once; what is not done in time is ended."""
    commands = [one_command(each) for each in arguments["commands"]]
    terms = await terms_of(context, arguments)
    began = trio.current_time()
    deadline = began + arguments.get("timeout", USUAL_RUN)
    results: dict[int, dict[str, Any]] = {}

    async def run_numbered(number: int, command: Command) -> None:
        within = max(0.0, deadline - trio.current_time())
        results[number] = await run_or_say(context, terms, command, within)
        tell(context, len(results), len(commands))

    tell(context, 0, len(commands))
    async with trio.open_nursery() as nursery:
        for number, command in enumerate(commands):
            nursery.start_soon(run_numbered, number, command)
    return summary([results[number] for number in range(len(commands))], began)


async def run_pipeline(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run commands one after another, until one fails."""
    commands = [one_command(each) for each in arguments["commands"]]
    terms = await terms_of(context, arguments)
    began = trio.current_time()
    deadline = began + arguments.get("timeout", USUAL_RUN)
    results: list[dict[str, Any]] = []
    for command in commands:
        tell(context, len(results), len(commands))
        within = max(0.0, deadline - trio.current_time())
        results.append(await run_or_say(context, terms, command, within))
        if not results[-1]["ok"]:
            break
    failed = None if results[-1]["ok"] else len(results) - 1
    return {
        **summary(results, began),
        "failed_at": failed,
        "not_run": len(commands) - len(results),
    }


def tell(context: Context, done: int, total: int) -> None:
    """Say how far it is, to a client that wants to know."""
    context.progress.message = f"{done} of {total} commands have ended"


def summary(results: list[dict[str, Any]], began: float) -> dict[str, Any]:
    return {
        "ok": all(result["ok"] for result in results),
        "results": results,
        "duration": round(trio.current_time() - began, 3),
    }


# ---- one command


def one_command(shape: dict[str, Any] | str) -> Command:
    """What is to be run: a text by the shell, a list as it is."""
    if isinstance(shape, str):
        shape = {"command": shape}
    command = shape["command"]
    return Command(
        shown=command,
        argv=(*SHELL, command) if isinstance(command, str) else tuple(command),
        cwd=shape.get("cwd"),
        env=shape.get("env") or {},
        name=shape.get("name"),
    )


async def terms_of(context: Context, arguments: dict[str, Any]) -> Terms:
    """Where the commands of a request run, and with what environment."""
    session = await context.caller.session()
    state = context.journal.state
    own = state.panes.get(context.caller.attestation.pane_id or "")
    environment = arguments.get("environment")
    if environment is None and own is not None:
        environment = own.environment
    return Terms(
        session=session,
        environment=environment,
        cwd=directory(context, arguments.get("cwd"), context.caller.directory),
        output=arguments.get("max_output", USUAL_OUTPUT),
    )


async def run_or_say(
    context: Context, terms: Terms, command: Command, within: float
) -> dict[str, Any]:
    """A command's result; one that could not be run says why."""
    try:
        return await run_one(context, terms, command, within)
    except FugueError as error:
        return {**named(command), "ok": False, "error": error_json(error)}


def named(command: Command) -> dict[str, Any]:
    shape: dict[str, Any] = {"command": command.shown}
    return shape if command.name is None else {"name": command.name, **shape}


async def run_one(
    context: Context, terms: Terms, command: Command, within: float
) -> dict[str, Any]:
    """Run a command to its end, or for so many seconds.

    Raises:
        Refused: It could not be started, or its pane was closed while it ran.
    """
    given = terms.environment or {}
    extra = {k: v for k, v in UNATTENDED.items() if k not in given} | command.env
    pane = await fleet.draft_run(
        context.fleet,
        fleet.DraftRun(
            session_id=terms.session.session_id,
            pane=fleet.NewPane(
                argv=command.argv,
                cwd=str(PurePath(terms.cwd) / (command.cwd or "")),
                extra=extra,
                environment=terms.environment,
            ),
            columns=COLUMNS,
            lines=LINES,
        ),
    )
    ran = await running.run(
        context.session_actor(terms.session.session_id),
        running.RunPane(
            pane=pane,
            within=within,
            limit=terms.output,
            given_up=context.given_up,
        ),
    )
    return {**named(command), **result_of(ran)}


def result_of(ran: running.Ran) -> dict[str, Any]:
    """What became of a command, as people and agents see it."""
    code = None if ran.exit is None else ran.exit.code
    return {
        "ok": code == 0 and not (ran.timed_out or ran.given_up),
        "exit_code": code,
        "signal": None if ran.exit is None else ran.exit.signal,
        "timed_out": ran.timed_out,
        "duration": round(ran.duration, 3),
        "output": output_of(ran),
        "truncated": bool(ran.screen.cut) or ran.screen.lost,
    }


def output_of(ran: running.Ran) -> str:
    """All that a command wrote; where something is missing it says so."""
    lines = list(ran.screen.new or ())
    if ran.screen.cut:
        lines.insert(ran.screen.cut_at, f"[{ran.screen.cut} characters left out]")
    if ran.screen.lost:
        lines.insert(0, LOST)
    return "\n".join(lines)
