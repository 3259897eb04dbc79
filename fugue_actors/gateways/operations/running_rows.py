"""The rows of the table that run commands."""

from __future__ import annotations

from typing import Final

from fugue_actors.actors.zygote import RUN_HISTORY_LINES
from fugue_actors.gateways.operations import running, schemas
from fugue_actors.gateways.operations.operation import Operation

MOST_COMMANDS: Final = 16
LONGEST_RUN: Final = 24 * 3600
MOST_OUTPUT: Final = 1_000_000

COMMAND: Final[schemas.Schema] = {
    "description": "A text is a command line for /bin/sh; a list is a program and its "
    "arguments, without a shell.",
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ],
}
COMMANDS: Final[schemas.Schema] = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_COMMANDS,
    "description": f"Up to {MOST_COMMANDS}: each a command line for /bin/sh, or an "
    "object with command (a text or a list), name, cwd, env.",
    "items": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {
                    "command": COMMAND,
                    "name": schemas.text("What to call its result."),
                    "cwd": schemas.text("Its working directory."),
                    "env": schemas.mapping("Variables on top of yours."),
                },
                "required": ["command"],
                "additionalProperties": False,
            },
        ]
    },
}
CWD: Final = schemas.text("The working directory; yours unless given.")
OUTPUT: Final = schemas.integer(
    "Characters of output to keep of each command; the middle is left out. Of more than "
    f"{RUN_HISTORY_LINES} lines the first are gone, and so is what a command erases "
    "(clear).",
    100,
    MOST_OUTPUT,
    running.USUAL_OUTPUT,
)
ENVIRONMENT: Final = schemas.mapping("The whole environment to start from.")


def timeout(description: str) -> schemas.Schema:
    return {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": LONGEST_RUN,
        "default": running.USUAL_RUN,
        "description": description,
    }


SEVERAL: Final = schemas.arguments(
    "commands",
    commands=COMMANDS,
    cwd=CWD,
    timeout=timeout("Seconds that all of them together may take."),
    max_output=OUTPUT,
    environment=ENVIRONMENT,
)
"""What the operations take that run more than one command."""

RESULT: Final = schemas.result(
    "command",
    "ok",
    name=schemas.text("As you called it."),
    command={"description": "What was run."},
    ok={"type": "boolean", "description": "It ended in time, with exit code 0."},
    exit_code={"type": ["integer", "null"]},
    signal={"type": ["string", "null"], "description": "What ended it, if not itself."},
    timed_out={"type": "boolean", "description": "Its time was up, and it was ended."},
    duration={"type": "number", "description": "Seconds."},
    output=schemas.text("What it wrote, as a terminal shows it."),
    truncated={
        "type": "boolean",
        "description": "Not all of the output is there; the output says where.",
    },
    error={
        "type": "object",
        "description": "Why it could not be run: code, message, hint.",
    },
)
RESULTS: Final[dict[str, schemas.Schema]] = {
    "ok": {"type": "boolean", "description": "All of them were."},
    "results": {"type": "array", "items": RESULT},
    "duration": {"type": "number", "description": "Seconds in all."},
}

RUN: Final = Operation(
    name="run",
    title="Run a command",
    description=(
        "Run a command to its end in a new pane, and get its exit code and its "
        "output as text. Nothing of it is left then. For programs that you want to "
        "talk to, or that go on, use fugue_split_pane or fugue_create_session."
    ),
    takes=schemas.arguments(
        "command",
        command=COMMAND,
        cwd=CWD,
        env=schemas.mapping("Variables on top of yours."),
        timeout=timeout("Seconds it may take; it is ended then."),
        max_output=OUTPUT,
        environment=ENVIRONMENT,
    ),
    gives=RESULT,
    run=running.run,
    private=("environment",),
)

RUN_PARALLEL: Final = Operation(
    name="run_parallel",
    title="Run commands at once",
    description=(
        "Run several commands at the same time, each in a new pane, and get the exit "
        "code and output of each, in the order you gave them. What is not done in time "
        "is ended and says so."
    ),
    takes=SEVERAL,
    gives=schemas.result(*RESULTS, **RESULTS),
    run=running.run_parallel,
    private=("environment",),
)

RUN_PIPELINE: Final = Operation(
    name="run_pipeline",
    title="Run commands in a row",
    description=(
        "Run commands one after another, each in a new pane, until one fails; get the "
        "exit code and output of each that was run."
    ),
    takes=SEVERAL,
    gives=schemas.result(
        *RESULTS,
        "failed_at",
        "not_run",
        **RESULTS,
        failed_at={
            "type": ["integer", "null"],
            "description": "Which one failed, counted from 0.",
        },
        not_run={"type": "integer", "description": "How many came after that."},
    ),
    run=running.run_pipeline,
    private=("environment",),
)
