"""The table of operations, and the one way to carry one out.

A row is all there is to an operation: MCP lists the rows that are tools, the control
protocol serves every row, the reference in the docs is generated from them.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.actors.panes import MOST_PATIENCE
from fugue_actors.errors import ActorCrashed, FugueError, Refused
from fugue_actors.gateways.authority import authorize
from fugue_actors.gateways.operations import (
    control,
    control_rows,
    daemon,
    events,
    layout_rows,
    looking,
    panes,
    reading_rows,
    receiving_rows,
    recording_rows,
    running_rows,
    sending_rows,
    sessions,
    token_rows,
    waiting_rows,
    window_rows,
)
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    KILLED,
    LISTED_PANE,
    MOUSE_ACTION,
    PANE,
    PROGRAM,
    RESTART_POLICIES,
    SESSION,
    SESSION_SHAPE,
    TAGS,
    arguments,
    flag,
    integer,
    mapping,
    result,
    strings,
    text,
)

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.context import Context

logger = logging.getLogger(__name__)


async def carry_out(
    context: Context, operation: Operation, given: dict[str, Any], *, as_tool: bool
) -> dict[str, Any]:
    """Check, authorize and run one request.

    Raises:
        ArgumentsRejected: The arguments do not fit.
        FugueError: Any coded refusal. A bug becomes `Internal` with an incident id
            whose details are in the log.
    """
    checked = operation.check(given, as_tool=as_tool)
    authorize(context.caller, operation, checked)
    try:
        if operation.arranges and context.is_person:
            return await control.arrange(context, operation.run, checked)
        return await operation.run(context, checked)
    except ActorCrashed as error:
        raise incident(operation, error) from error
    except FugueError:
        raise
    except Exception as error:
        raise incident(operation, error) from error


def incident(operation: Operation, error: Exception) -> Refused:
    """A bug as its caller sees it; the traceback goes to the log."""
    number = secrets.token_hex(4)
    logger.error(
        "incident %s in %s",
        number,
        operation.name,
        exc_info=error,
        extra={"fugue_incident": number},
    )
    return Refused(
        "Internal",
        f"{operation.name} failed because of a bug in fugue (incident {number})",
        hint="what it was to do may or may not have happened; the log has the details",
        data={"incident": number},
    )


TABLE: Final = (
    Operation(
        name="whoami",
        title="Who am I",
        description=(
            "Who you are: your session, its name, tags, working directory, repository, "
            "worktree and the session that started you. Call it first. Your identity "
            "comes from the process you run in; nothing can change it."
        ),
        takes=arguments(),
        gives=result(
            "session_id",
            "session_name",
            "attested",
            "tags",
            "cwd",
            session_id=text("Your session."),
            session_name=text("Its name: others reach you as {'session': name}."),
            pane_id=text("Your pane, if you run in one."),
            attested={"type": "string", "enum": ["process", "token", "guest"]},
            tags={"type": "array", "items": {"type": "string"}},
            cwd=text("Your working directory."),
            repository=text("The git repository it is in."),
            worktree=text("The git worktree it is in."),
            parent=text("The session that created yours."),
            unread={"type": "integer", "description": "Messages waiting for you."},
            hint=text("Why you are only a guest, where that is not obvious."),
        ),
        run=sessions.whoami,
        is_limitable=True,
        reads_only=True,
    ),
    *sending_rows.ROWS,
    *receiving_rows.ROWS,
    Operation(
        name="set_tags",
        title="Set tags",
        description=(
            "Add and remove tags. Tag yourself with what you do, so that others can "
            "address you: 'orchestrator' gets status reports and help requests."
        ),
        takes=arguments(
            session=SESSION,
            add=strings("Tags to add."),
            remove=strings("Tags to remove."),
        ),
        gives=TAGS,
        run=sessions.set_tags,
        is_limitable=True,
    ),
    Operation(
        name="get_tags",
        title="Get tags",
        description="The tags of a session: yours, unless you name another.",
        takes=arguments(session=SESSION),
        gives=TAGS,
        run=sessions.get_tags,
        is_limitable=True,
        reads_only=True,
    ),
    Operation(
        name="attach_session",
        title="Attach (not needed)",
        description=(
            "Not needed: every tool acts as your own session already. Attaching to "
            "your own session does nothing; to another it is refused."
        ),
        takes=arguments("session", session=text("A session's name or uuid.")),
        gives=result(
            "session_id",
            "session_name",
            session_id=text("Your session."),
            session_name=text("Its name."),
        ),
        run=sessions.attach_session,
        is_limitable=True,
        reads_only=True,
    ),
    Operation(
        name="list_sessions",
        title="List sessions",
        description=(
            "All sessions: names, tags, directories, what they last reported, how many "
            "messages they have not read, and their panes."
        ),
        takes=arguments(tag=text("Only sessions with this tag.")),
        gives=result("sessions", sessions={"type": "array", "items": SESSION_SHAPE}),
        run=sessions.list_sessions,
        is_limitable=True,
        reads_only=True,
    ),
    Operation(
        name="create_session",
        title="Create a session",
        description=(
            "Start a program in a new session with a terminal of its own. It becomes "
            "your child: its reports and help requests come to you if you are tagged "
            "'orchestrator'. Returns once the program runs."
        ),
        takes=arguments(
            name=text("A name for it: letters, digits, . _ -; must be free."),
            command={
                "description": "Program and arguments, best as a list; no shell is "
                "involved. Default: the user's shell.",
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    {"type": "string", "minLength": 1},
                ],
            },
            cwd=text("Its working directory; yours unless given."),
            tags=strings("Its tags."),
            env=mapping("Environment variables on top of yours."),
            columns=integer("Width of its terminal.", 2, 1000, 80),
            lines=integer("Height of its terminal.", 1, 1000, 24),
            restart={
                "type": "string",
                "enum": list(RESTART_POLICIES),
                "default": "never",
                "description": "Whether its program is started again when it ends: "
                "never, on-failure (unless it ends with code 0), or always.",
            },
            environment=mapping("The whole environment to start from."),
        ),
        gives=result(
            "session_id",
            "session_name",
            "pane_id",
            session_id=text("The new session."),
            session_name=text("Its name."),
            pane_id=text("Its pane."),
        ),
        run=sessions.create_session,
        is_limitable=True,
        private=("environment",),
    ),
    Operation(
        name="rename_session",
        title="Rename a session",
        description=(
            "Give a session a name that is free, yours unless you say which. It keeps "
            "its id, its inbox and its tags; from now on targets mean it by this name."
        ),
        takes=arguments(
            "name",
            session=SESSION,
            name=text("Its new name: letters, digits, . _ -"),
        ),
        gives=result(
            "session_id",
            "session_name",
            "previous_name",
            session_id=text("The session."),
            session_name=text("Its name now."),
            previous_name=text("Its name before."),
        ),
        run=sessions.rename_session,
        is_limitable=True,
    ),
    Operation(
        name="kill_session",
        title="End a session",
        description=(
            "End a session and every process it started. What it had not read is dead."
        ),
        takes=arguments("session", session=text("A session's name or uuid.")),
        gives=result(
            "session_id",
            "session_name",
            "ended",
            "killed",
            session_id=text("The session that ended."),
            session_name=text("Its name."),
            ended={"type": "integer", "description": "Processes that ended."},
            killed=KILLED,
            survivors={
                "type": "array",
                "items": {"type": "integer"},
                "description": "Process ids of those that could not be ended.",
            },
        ),
        run=sessions.kill_session,
        is_limitable=True,
        destroys=True,
    ),
    Operation(
        name="list_panes",
        title="List panes",
        description="All panes, or those of one session, with their programs' state.",
        takes=arguments(session=text("Only this session's panes.")),
        gives=result("panes", panes={"type": "array", "items": LISTED_PANE}),
        run=panes.list_panes,
        is_limitable=True,
        reads_only=True,
    ),
    Operation(
        name="read_pane",
        title="Read a pane",
        description=(
            "What a pane's screen shows, as text. With since (the next of an earlier "
            "answer) only the lines that are new, each whole, however wide the screen "
            "is; with history also lines that scrolled off; with styled also how it "
            "looks. Without pane or session: your own."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            history=integer("Lines of history to include.", 0, 10_000, 0),
            skip=integer(
                "Lines of history to leave out, the youngest ones.", 0, 10_000_000, 0
            ),
            since={
                "type": "integer",
                "minimum": 0,
                "description": "A cursor from an earlier answer's next.",
            },
            styled=flag(
                "Also rows, of history too, as runs of text that look the same."
            ),
            ansi=flag("Screen and history with escape sequences for their colours."),
            clipboard=flag("Also the text that its program copied; not for observers."),
        ),
        gives=result(
            "pane_id",
            "columns",
            "lines",
            "cursor",
            "text",
            "next",
            pane_id=text("The pane."),
            columns={"type": "integer", "description": "Width in cells."},
            lines={"type": "integer", "description": "Height in cells."},
            cursor={"type": "object", "description": "x and y from the top left, 0."},
            cursor_shape=text("How the program wants it drawn, such as block or bar."),
            title=text("The title the program set."),
            directory={
                "type": ["string", "null"],
                "description": "Where the program is, if that is known.",
            },
            alternate={
                "type": "boolean",
                "description": "Whether a full-screen program is showing.",
            },
            progress={
                "type": ["object", "null"],
                "description": "How far the program says to be: state (normal, error, "
                "indeterminate, paused) and percent, if it says.",
            },
            notifications={
                "type": "array",
                "items": {"type": "object"},
                "description": "The last bell and messages of the program, oldest "
                "first: kind, title, body, at (a cursor). With since only later ones.",
            },
            clipboard={
                "type": ["string", "null"],
                "description": "What the program last copied, if that is allowed.",
            },
            text={"type": "array", "items": {"type": "string"}},
            history={"type": "array", "items": {"type": "string"}},
            rows={
                "type": "array",
                "items": {"type": "array", "items": {"type": "object"}},
                "description": "Runs: text, fg, bg, bold, underline, …; only what is "
                "not plain.",
            },
            history_rows={
                "type": "array",
                "items": {"type": "array", "items": {"type": "object"}},
                "description": "The lines of history likewise.",
            },
            partial={
                "type": "boolean",
                "description": "The last new line is not finished: it comes again, "
                "whole, when it has grown or ended.",
            },
            lost={
                "type": "boolean",
                "description": "Lines after since are gone: history is bounded, and the "
                "program may erase it.",
            },
            next={"type": "integer", "description": "Cursor to ask with next time."},
            **PROGRAM,
        ),
        run=panes.read_pane,
        is_limitable=True,
        private=("ansi", "skip"),
        reads_only=True,
    ),
    reading_rows.READ_LINES,
    Operation(
        name="send_input",
        title="Type into a pane",
        description=(
            "Type text, then keys, then Enter if submit, into a pane's program, as a "
            "person would. Control characters in text are left out: press keys instead. "
            "Returns once its terminal has taken all; wait for what the program makes of "
            "it with fugue_wait_for and since. While a person types there it waits for "
            "them; if that takes too long it is refused (HumanControl), and nothing was "
            "typed. To talk to an agent send it a message."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            text=text("Text; pasted as one piece if the program can take that."),
            keys=strings("Named keys: Enter, Escape, Tab, Up, C-c, M-x, F5, …"),
            submit=flag("Press Enter afterwards."),
            paste={
                "type": "boolean",
                "default": True,
                "description": "false: as if typed, for programs that take pasted text "
                "as text only, such as vim for its commands.",
            },
            wait_seconds={
                "type": "number",
                "minimum": 0,
                "maximum": MOST_PATIENCE,
                "description": "How long to wait for a person who types there; 0: not at "
                "all. Default: 10, unless the daemon is told otherwise.",
            },
            live=flag(
                "These are a person's keys as they are pressed: take control of a pane "
                "that nobody controls, and do not wait until the terminal has taken them."
            ),
            mouse={
                "type": "array",
                "items": MOUSE_ACTION,
                "maxItems": 100,
                "description": "What was done with the mouse after the keys; left out if "
                "the program did not ask for it (modes of its screen).",
            },
            focus={
                "type": "boolean",
                "description": "The terminal got the focus (true) or lost it; left out "
                "likewise.",
            },
        ),
        gives=result(
            "pane_id",
            "bytes",
            "next",
            pane_id=text("The pane."),
            bytes={"type": "integer", "description": "Bytes the terminal took."},
            next={
                "type": "integer",
                "description": "Give it as since to wait for or read the answer to this.",
            },
        ),
        run=panes.send_input,
        is_limitable=True,
        private=("live", "mouse", "focus"),
    ),
    waiting_rows.WAIT_FOR,
    running_rows.RUN,
    running_rows.RUN_PARALLEL,
    running_rows.RUN_PIPELINE,
    Operation(
        name="get_status",
        title="Look at one session",
        description=(
            "One session (or the one a pane belongs to): what it last reported, unread "
            "messages, and whether its programs run or how they ended. Default: yours."
        ),
        takes=arguments(session=SESSION, pane=PANE),
        gives=SESSION_SHAPE,
        run=panes.get_status,
        is_limitable=True,
        reads_only=True,
    ),
    *layout_rows.ROWS,
    *control_rows.ROWS,
    *window_rows.ROWS,
    Operation(
        name="messages",
        title="List messages",
        description=(
            "The newest messages and what became of each for each recipient, oldest "
            "first, in pages. Those before the first one of a page are the next page."
        ),
        takes=arguments(
            limit=integer("At most so many; fewer if they are large.", 1, 10_000, 100),
            before=text("Only those that were sent before the one with this id."),
        ),
        gives=result(
            "messages",
            "more",
            messages={"type": "array"},
            more=flag("Whether there are more before these."),
        ),
        run=looking.list_messages,
        is_limitable=True,
        tool=False,
        reads_only=True,
    ),
    Operation(
        name="events",
        title="List events",
        description=(
            "What happened, oldest first, as the journal has it: after the event "
            "number since, or the last ones. With wait_seconds the call waits for the "
            "first one. Environments and secrets of panes are masked."
        ),
        takes=arguments(
            since={"type": "integer", "minimum": 0, "description": "After this one."},
            last=integer("Without since: the newest so many.", 0, 10_000, 100),
            limit=integer("At most so many.", 1, 10_000, 100),
            kinds=strings("Only events of these names."),
            session=text("Only what concerns the session of this name or uuid."),
            wait_seconds={
                "type": "number",
                "minimum": 0,
                "maximum": events.LONGEST_WAIT,
                "default": 0,
                "description": "How long to wait for an event.",
            },
        ),
        gives=result(
            "events",
            "next",
            "newest",
            events={"type": "array"},
            next={"type": "integer", "description": "since for the next page."},
            newest={"type": "integer", "description": "Number of the newest event."},
        ),
        run=events.events,
        is_limitable=True,
        tool=False,
        reads_only=True,
    ),
    Operation(
        name="status",
        title="Status of the daemon",
        description=(
            "Version, home, where the monitor is, uptime, condition, number of sessions "
            "and panes."
        ),
        takes=arguments(),
        gives=result("pid", "version", "home", "uptime", "condition"),
        run=daemon.status,
        is_limitable=True,
        tool=False,
        reads_only=True,
    ),
    Operation(
        name="tree",
        title="Supervision tree",
        description="Every actor and supervisor, and how it is.",
        takes=arguments(),
        gives=result("actors", actors={"type": "array"}),
        run=daemon.tree,
        is_limitable=True,
        tool=False,
        reads_only=True,
    ),
    *token_rows.ROWS,
    *recording_rows.ROWS,
    Operation(
        name="stop",
        title="Stop the daemon",
        description="End the daemon; programs stay unless kill is true.",
        takes=arguments(kill=flag("End every program first.")),
        gives=result("left_running", "killed"),
        run=daemon.stop,
        administers=True,
        tool=False,
        destroys=True,
    ),
    Operation(
        name="hand_over",
        title="Hand over to another daemon",
        description="Let another daemon, which waits for it, take this one's place.",
        takes=arguments("to", to=text("Path of the socket where it waits.")),
        gives=result("pid", pid={"type": "integer", "description": "This daemon's."}),
        run=daemon.hand_over,
        administers=True,
        tool=False,
    ),
)

OPERATIONS: Final[dict[str, Operation]] = {row.name: row for row in TABLE}
