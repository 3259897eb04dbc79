"""What the daemon, the zygote and the pane hosts say to each other.

A host outlives the daemon that started it and may be older or newer than the one that adopts
it, so this vocabulary has a version of its own. Rules:

1. Adding a field with a default, or a class, keeps the version: readers skip fields they do not
   know, and refuse a class they do not know. Anything else raises it, a changed default too,
   since a field that holds its default is not sent.
2. The link's first request is `Hello`, with every version the daemon speaks; the host picks the
   highest that it speaks itself and says so in `Welcome`.
3. Each request has one answer, matched by number. Events answer nothing.

`hostwire.py` turns these values into lines and back.
"""

from __future__ import annotations

import attrs

from fugue_actors.errors import FugueError, Refused, Unavailable
from fugue_actors.protocol.words import (
    COLUMNS_LIMIT as COLUMNS_LIMIT,
    LINES_LIMIT as LINES_LIMIT,
)

VERSIONS = (1,)
"""Every version that this code can speak."""

FRAME_LIMIT_BYTES = 32 * 1024 * 1024
"""Longest frame either side accepts: a full history of wide lines fits."""

INPUT_LIMIT_BYTES = 1024 * 1024
"""Most input that may wait until a program reads it."""

GRACE_LIMIT = 24 * 3600.0
"""Longest grace, in seconds."""

PATTERN_LIMIT = 1000
"""Most characters of a pattern that is waited for."""

QUIET_LIMIT = 24 * 3600.0
"""Longest silence to wait for, in seconds."""

LINES_AT_ONCE = 1000
"""Most lines that are asked for by number in one request."""


def too_much_input(size: int) -> Refused:
    """The refusal of a single write of so many bytes."""
    return Refused(
        "PayloadTooLarge",
        f"{size} bytes of input; the limit is {INPUT_LIMIT_BYTES}",
        hint="send it in parts",
    )


def check_wait(wait: WaitFor) -> None:
    """Refuse a wait for nothing, for several things at once, or for what cannot be."""
    wanted = (
        wait.text is not None,
        wait.quiet is not None,
        wait.prompt,
        wait.exit,
        wait.taken,
    )
    if sum(wanted) != 1:
        raise Refused("InvalidArgument", "a wait is for exactly one thing")
    if wait.text is not None and len(wait.text) > PATTERN_LIMIT:
        raise Refused(
            "InvalidArgument",
            f"a pattern of {len(wait.text)} characters; the limit is {PATTERN_LIMIT}",
            hint="search for a shorter part of it",
        )
    if wait.quiet is not None and not 0 <= wait.quiet <= QUIET_LIMIT:
        raise Refused("InvalidArgument", f"a silence of {wait.quiet} seconds")


def check_grace(grace: float) -> None:
    """Refuse what is no time to wait."""
    if not 0 <= grace <= GRACE_LIMIT:  # not a number is refused too
        raise Refused("InvalidArgument", f"a grace of {grace} seconds")


ORPHANED = ".orphaned"
"""Ending of the name of the empty file that stands in a socket's place if its host ended because
no daemon came for it."""


# Values


@attrs.frozen(kw_only=True)
class SpawnProgram:
    """A program to run in a terminal.

    Attributes:
        argv: Command and arguments; the command is looked up in `env`'s PATH.
        cwd: Working directory, absolute.
        env: The whole environment; nothing is inherited.
        columns, lines: Size of the terminal in cells.
    """

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str] = attrs.field(repr=False)
    columns: int = 80
    lines: int = 24


@attrs.frozen(kw_only=True)
class HostInfo:
    """Who runs in a pane, told so that pids cannot be mistaken after reuse.

    Attributes:
        host_pid, program_pid: Processes.
        host_started, program_started: When they started, as `processes.started` gives it;
            only equality means anything.
        socket: Path of the host's socket.
        tty: Device name of the terminal.
    """

    host_pid: int
    host_started: float
    program_pid: int
    program_started: float
    socket: str
    tty: str


@attrs.frozen(kw_only=True)
class ProgramExit:
    """How a program ended: exactly one of the two is set.

    Attributes:
        code: Exit code.
        signal: Name of the signal that ended it, such as "SIGKILL".
    """

    code: int | None = None
    signal: str | None = None


@attrs.frozen(kw_only=True)
class Position:
    """A place on the screen, counted from 0 at the top left."""

    x: int
    y: int


@attrs.frozen(kw_only=True)
class Modes:
    """What the program asked of its terminal, as far as input must honour it.

    Attributes:
        mouse: Whether it wants to be told of the mouse.
        mouse_mode: Of what: 9 of presses, 1000 of releases and the wheel too, 1002 of moves with
            a button held, 1003 of all moves. 0 of nothing, or from a host that does not say.
        mouse_encoding: How: 1005, 1006 (SGR) or 1015 (urxvt); 0 as of old.
        alternate_scroll: Whether the wheel is arrow keys to it: it has the alternate screen
            and did not ask for the mouse.
        keyboard_flags: How keys are to be told, in the bits of the kitty protocol; 0 as of old.
    """

    application_cursor: bool = False
    application_keypad: bool = False
    bracketed_paste: bool = False
    focus_events: bool = False
    mouse: bool = False
    mouse_mode: int = 0
    mouse_encoding: int = 0
    alternate_scroll: bool = False
    keyboard_flags: int = 0


@attrs.frozen(kw_only=True)
class MouseAction:
    """Something that was done with a mouse over the terminal.

    Attributes:
        kind: "press", "release", "move" (with the button that is held, if any) or "wheel"
            (one notch).
        button: 0 none, 1 left, 2 middle, 3 right, 4 to 7 wheel up, down, left and right,
            8 to 11 others.
        x, y: The cell, counted from 0.
        modifiers: Bits: 1 shift, 2 alt, 4 control.
    """

    kind: str
    button: int
    x: int
    y: int
    modifiers: int = 0


@attrs.frozen(kw_only=True)
class Progress:
    """How far a program says to be (OSC 9;4).

    Attributes:
        state: "normal", "error", "indeterminate" or "paused".
        percent: 0 to 100; None if it did not say.
    """

    state: str
    percent: int | None = None


@attrs.frozen(kw_only=True)
class Prompts:
    """What a shell's marks say (OSC 133).

    Places are cursors for `ReadScreen.since`: what was drawn before is older, what was drawn
    after is newer.

    Attributes:
        shown: Prompts so far; 0 from a shell that sets no marks.
        is_running: Whether a command runs.
        exit_code: Of the command that ended last; None if there is none, or it was not told.
        marked_at: The last mark of any kind.
        started_at: The beginning of the last command's output.
        ended_at: The end of the output of the command that ended last.
    """

    shown: int = 0
    is_running: bool = False
    exit_code: int | None = None
    marked_at: int = 0
    started_at: int = 0
    ended_at: int = 0


@attrs.frozen(kw_only=True)
class Notification:
    """Something a program wants noticed.

    Attributes:
        kind: "bell", or "message" (OSC 9 and 777).
        title, body: Of a message; without control characters.
        at: A cursor: it came before this place in the output, and not before an earlier
            cursor that was handed out.
    """

    kind: str
    title: str = ""
    body: str = ""
    at: int = 0


@attrs.frozen(kw_only=True)
class StyledRun:
    """Neighbouring cells of one row that look the same.

    Attributes:
        text: Their characters; a wide one counts once here and twice in cells.
        fg, bg, underline_colour: A colour's name ("red", "brightblue"), six hexadecimal
            digits, or "default".
        underline_style: "single", "double", "curly", "dotted" or "dashed"; only means
            something if `underline` is set.
    """

    text: str
    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    underline_style: str = "single"
    underline_colour: str = "default"
    overline: bool = False
    strike: bool = False
    reverse: bool = False
    blink: bool = False
    invisible: bool = False


@attrs.frozen(kw_only=True)
class ScreenSnapshot:
    """A screen at one moment.

    Attributes:
        columns, lines: Size in cells.
        cursor, cursor_visible: The text cursor.
        cursor_shape: "default", or "block", "underline" or "bar", with "blinking-" before it
            if it blinks.
        alternate: Whether a full-screen program has the alternate screen on.
        title: As the program set it.
        directory: Where the program says to be, or else where its process is; absolute,
            empty if neither is known.
        text: The rows of the screen from top to bottom, blanks at their ends removed.
        rows: The same rows as styled runs; only if asked for.
        history: Lines that scrolled off the top, oldest first, as many as asked for.
        history_rows: The same lines as styled runs; only if asked for.
        new: Whole lines written after the cursor that was asked for, scrolled off ones
            included, however many rows each fills. None if no cursor was given.
        is_partial: Whether the last line of `new` is not finished: it comes again when it
            has grown or was ended.
        cut: How many characters of `new` were left out, because of `limit`.
        cut_at: Before which of its lines that was.
        lost: Whether lines written after that cursor are gone, history being bounded.
        next: The cursor to ask with next time: bytes of output drawn so far.
        modes: What input must honour.
        progress: How far the program says to be.
        notifications: The last ones, oldest first; with a cursor only those after it.
        clipboard: What the program last put there; only if asked for, and None unless it may.
    """

    columns: int
    lines: int
    cursor: Position
    cursor_visible: bool
    cursor_shape: str = "default"
    alternate: bool
    title: str
    directory: str = ""
    text: tuple[str, ...]
    rows: tuple[tuple[StyledRun, ...], ...] | None = None
    history: tuple[str, ...] = ()
    history_rows: tuple[tuple[StyledRun, ...], ...] | None = None
    new: tuple[str, ...] | None = None
    is_partial: bool = False
    cut: int = 0
    cut_at: int = 0
    lost: bool = False
    next: int
    modes: Modes
    progress: Progress | None = None
    notifications: tuple[Notification, ...] = ()
    clipboard: str | None = None


@attrs.frozen(kw_only=True)
class HostStatus:
    """A host's state without its screen.

    Attributes:
        info: Its processes.
        exit: How the program ended; None while it runs.
        title, columns, lines, modes: As in `ScreenSnapshot`.
        output: Bytes of output drawn so far.
        queued_bytes: Input that the program has not read yet.
        generation: The newest generation that has linked to the host.
        draft: What a person has begun to type and not finished: `live` if they typed it key
            by key, `person` if at once; empty if nothing.
        bells: How often the program has rung the bell.
    """

    info: HostInfo
    exit: ProgramExit | None = None
    title: str
    columns: int
    lines: int
    modes: Modes
    output: int
    queued_bytes: int
    generation: int
    draft: str = ""
    bells: int = 0


@attrs.frozen(kw_only=True)
class ForcedProcess:
    """A process that had to be killed with SIGKILL."""

    pid: int
    command: str


@attrs.frozen(kw_only=True)
class KillReport:
    """What it took to end everything that a pane's program had started.

    Attributes:
        ended: Processes that ended, the program and the forced ones included.
        forced: Those that outlived SIGHUP and SIGTERM.
        survivors: Pids that not even SIGKILL ended in time (another user's, or stuck in the kernel).
        exit: How the program itself ended.
    """

    ended: int
    forced: tuple[ForcedProcess, ...] = ()
    survivors: tuple[int, ...] = ()
    exit: ProgramExit | None = None


# Spawning: daemon to a newly forked host, over a channel of its own


@attrs.frozen(kw_only=True)
class StartHost:
    """Become the host of a pane; answered with `HostInfo` or `Failed`.

    Attributes:
        directory: Where to make `<pane_id>.sock`; exists, mode 0700.
        key: What a link has to present.
        history_lines: Lines of history to keep.
        orphan_limit: Seconds without a daemon after which to end, with the program;
            None to wait for ever.
        first_output: Where cursors begin: beyond those of the pane's earlier programs.
        has_clipboard: Whether the program may set a clipboard (OSC 52).
    """

    pane_id: str
    directory: str
    key: str = attrs.field(repr=False)
    program: SpawnProgram
    history_lines: int = 10_000
    orphan_limit: float | None = None
    first_output: int = 0
    has_clipboard: bool = False


@attrs.frozen(kw_only=True)
class KeepHost:
    """The answer arrived: stay. Without it a new host ends its program and itself."""


# Requests over the link


@attrs.frozen(kw_only=True)
class Hello:
    """Take the host over; answered with `Welcome`.

    Attributes:
        versions: Versions of this vocabulary that the daemon speaks.
        key: The pane's secret.
        generation: Older ones than the newest seen are refused, equal ones replace.
    """

    versions: tuple[int, ...]
    key: str = attrs.field(repr=False)
    generation: int


@attrs.frozen(kw_only=True)
class WriteInput:
    """Type bytes; answered with `Written`."""

    data: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class TypeInput:
    """Type text and then keys, in the modes of the moment; answered with `Written`.

    The mouse and focus come after the keys, and only if the program asked for them.

    Attributes:
        text: Typed first; clean, so that it is neither key nor command to a terminal.
        paste: Whether it is a paste, to be marked if the program asks for that.
        keys: Names of the keys to press.
        mouse: What was done with the mouse.
        focus: Whether the terminal got the focus, or lost it; None if neither.
        by: Who types: `live` a person key by key, `person` a person at once, `agent` an agent,
            `fugue` the daemon itself; empty from a daemon that does not say. What would be
            added to a person's draft is refused with `HumanControl`, in the same step.
    """

    text: bytes = attrs.field(default=b"", repr=False)
    paste: bool = False
    keys: tuple[str, ...] = ()
    mouse: tuple[MouseAction, ...] = ()
    focus: bool | None = None
    by: str = ""


@attrs.frozen(kw_only=True)
class DropDraft:
    """What a person has begun to type counts no more; answered with `Done`.

    A host that does not know drafts refuses it with `InvalidArgument`.
    """


@attrs.frozen(kw_only=True)
class ResizeTerminal:
    """Change the size in cells; answered with `Done`."""

    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class ReadScreen:
    """Look at the screen; answered with `ScreenSnapshot`.

    Attributes:
        history: Lines of history to include.
        skip: How many of the youngest lines of history to leave out; a host that does not
            know this leaves out none.
        since: A cursor from an earlier snapshot.
        styled: Whether to include `rows`.
        limit: Most characters of `new`; more than that is left out of its middle.
        clipboard: Whether to include what the program put there.
    """

    history: int = 0
    skip: int = 0
    since: int | None = None
    styled: bool = False
    limit: int | None = None
    clipboard: bool = False


@attrs.frozen(kw_only=True)
class ReadChanges:
    """Wait until the screen differs from what the link knows; answered with `ScreenChange`.

    A host that does not know this request refuses it with `InvalidArgument`. One such
    request waits at a time; another takes its place.

    Attributes:
        known: `version` of the last answer. Any other number than that of the host's last
            answer to this link gets the whole screen at once.
    """

    known: int = 0


@attrs.frozen(kw_only=True)
class ReadLines:
    """Look at lines by their numbers, each whole; answered with `LinesRead`.

    The first line that a program writes has the number 0, and a line keeps its number
    when it scrolls off, and when the terminal gets another size. A host that does not
    know this request refuses it with `InvalidArgument`.

    Attributes:
        first: Number of the first one; None for the last ones there are.
        count: How many at most.
        styled: Whether to tell how they look.
    """

    first: int | None = None
    count: int = LINES_AT_ONCE
    styled: bool = False


@attrs.frozen(kw_only=True)
class ReadStatus:
    """Ask how things are; answered with `HostStatus`."""


@attrs.frozen(kw_only=True)
class WaitFor:
    """Wait until something is the case; answered with `Waited` when it is.

    Exactly one of `text`, `quiet`, `prompt`, `exit` and `taken` says what.

    Attributes:
        text: A regular expression, searched in each line by itself: in those the screen
            shows, or in what was written after `since`.
        since: A cursor from an earlier snapshot.
        quiet: So many seconds without output, from now on, or from the first output after
            `since` on.
        prompt: The program's shell waits for a command: now, or again after `since`.
        exit: The program has ended.
        taken: The terminal has taken all input that was written.
    """

    text: str | None = None
    since: int | None = None
    quiet: float | None = None
    prompt: bool = False
    exit: bool = False
    taken: bool = False


@attrs.frozen(kw_only=True)
class ForgetWait:
    """Nobody waits for the answer to that request any more; answered with `Done`.

    It is one for `WaitFor` or `ReadChanges`.
    """

    request: int


@attrs.frozen(kw_only=True)
class KillProgram:
    """End the program and all it started; answered with `KillReport`.

    Attributes:
        grace: Seconds from SIGHUP to SIGKILL.
    """

    grace: float


@attrs.frozen(kw_only=True)
class ReleaseHost:
    """End the host, whose program has ended; answered with `Done`.

    Refused while the program runs. What the program left behind is ended first.
    """


# Answers


@attrs.frozen(kw_only=True)
class Welcome:
    """The link stands.

    Attributes:
        version: The version both sides use from here on.
        status: How things are at this moment.
    """

    version: int
    status: HostStatus


@attrs.frozen(kw_only=True)
class Written:
    """Input was accepted.

    Attributes:
        queued_bytes: Input that waits until the program reads.
        next: The cursor just before it was written: what the program answers comes after.
        size: How many bytes it was.
        marks_pastes: Whether the program asks for pastes to be marked.
    """

    queued_bytes: int
    next: int = 0
    size: int = 0
    marks_pastes: bool = False


@attrs.frozen(kw_only=True)
class Waited:
    """What was waited for is the case, or can no longer come.

    Attributes:
        next: The cursor of this moment: bytes of output drawn so far.
        in_vain: The program has ended before.
        line: The line that the text was found in.
        start, end: Where in the line it was found.
        groups: What the pattern's groups matched; empty for one that took no part.
        prompts: What the shell's marks say, if a prompt was waited for and is there.
        exit: How the program ended, if it has.
    """

    next: int
    in_vain: bool = False
    line: str | None = None
    start: int = 0
    end: int = 0
    groups: tuple[str, ...] = ()
    prompts: Prompts | None = None
    exit: ProgramExit | None = None


@attrs.frozen(kw_only=True)
class ScreenChange:
    """What of the screen is not as the link knows it, as ready JSON texts.

    They are what viewers are sent, so whoever passes them on need not read them.

    Attributes:
        version: Counts the answers of this host.
        is_full: Whether this is the whole screen, and not what changed.
        head: Its properties by name: `columns`, `lines`, `cursor`, `alternate`, `modes`,
            `bells`, how often the bell has rung, and `copies`, how often the program has
            set the clipboard, if it may.
        rows: Its rows by number from the top, counted from 0: each a list of styled
            runs, with the fields of `StyledRun` that do not hold their default.
        next: As in `ScreenSnapshot`.
    """

    version: int
    is_full: bool = False
    head: dict[str, str]
    rows: dict[str, str]
    next: int


@attrs.frozen(kw_only=True)
class LinesRead:
    """Lines by their numbers: those that scrolled off, then those of the screen.

    The lines of the alternate screen, while it is shown, follow those that scrolled off.

    Attributes:
        columns, lines: Size of the screen in cells.
        oldest: Number of the first line there is.
        screen: Number of the line in which the screen begins, maybe not its beginning.
        end: The number after the last.
        first: Number of the first one of `texts`.
        texts: The lines that were asked for, as far as there are: without blanks at their
            ends, or if styled as JSON of their runs, as in `ScreenChange`.
        cursor_line, cursor_column: The line of the cursor, and how many columns it is
            from that line's beginning.
        alternate: Whether the alternate screen is shown.
        next: As in `ScreenSnapshot`.
    """

    columns: int
    lines: int
    oldest: int
    screen: int
    end: int
    first: int
    texts: tuple[str, ...]
    cursor_line: int
    cursor_column: int
    alternate: bool = False
    next: int


@attrs.frozen(kw_only=True)
class Done:
    """The request was carried out."""


@attrs.frozen(kw_only=True)
class Failed:
    """The request was not carried out; the fields are those of `FugueError`."""

    code: str
    message: str
    hint: str | None = None

    @classmethod
    def of(cls, error: FugueError) -> Failed:
        """Put a deliberate error into a frame."""
        return cls(code=error.code, message=error.message, hint=error.hint)

    def exception(self) -> FugueError:
        """The error again, to be raised on the other side."""
        if self.code == Unavailable.code:
            return Unavailable(self.message, hint=self.hint)
        return Refused(self.code, self.message, hint=self.hint)


# Events


@attrs.frozen(kw_only=True)
class OutputHappened:
    """The program wrote; `seq` bytes are drawn by now. Several writes make one event.

    `bells` is how often it has rung by then; hosts of earlier versions do not say.
    """

    seq: int
    bells: int = 0


@attrs.frozen(kw_only=True)
class TitleChanged:
    """The program set another title."""

    title: str


@attrs.frozen(kw_only=True)
class DraftChanged:
    """A person has begun to type something, or finished it: as `HostStatus.draft`."""

    draft: str = ""


@attrs.frozen(kw_only=True)
class ProgramExited:
    """The program ended and its last output is on the screen."""

    exit: ProgramExit


@attrs.frozen(kw_only=True)
class Superseded:
    """A link of the same or a newer generation took over; this one ends now."""

    generation: int


@attrs.frozen(kw_only=True)
class LinkLost:
    """The link ended, made up by the daemon's side. It says nothing about the program."""

    reason: str


HostEvent = OutputHappened | TitleChanged | DraftChanged | ProgramExited | LinkLost
