"""What a program says about itself beside its screen: titles, directory, progress, prompts. PURE.

All of it comes in operating system commands (OSC). What a program sets stays until it sets
something else; of notifications the last ones are kept. Texts are cut to a limit and lose their
control characters, since readers show them elsewhere. The clipboard can only be set, and only
where that is allowed: a program that could ask for it would read what its user copied elsewhere.

Enter at `Announcements.carry_out`.
"""

from __future__ import annotations

import binascii
import re
from collections import deque

import attrs

from fugue_actors.protocol.hosting import Notification, Progress, Prompts

TEXT_LIMIT = 1024
PATH_LIMIT = 4096
TITLES_LIMIT = 10
NOTIFICATIONS_LIMIT = 16
CLIPBOARD_LIMIT_BYTES = 100 * 1024

DIRECTORY = re.compile(r"(?:file|kitty-shell-cwd)://[^/]*(/.*)", re.DOTALL)
ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
SELECTIONS = re.compile(r"[cpqs0-7]*")
KEPT_CONTROLS = "\t\n"
PROGRESS_STATES = {1: "normal", 2: "error", 3: "indeterminate", 4: "paused"}


class Announcements:
    """What the program has said.

    Args:
        has_clipboard: Whether the program may set a clipboard.

    Attributes:
        title: Of the window, as the program set it.
        directory: Where it says to be (OSC 7), absolute; empty if it never said.
        progress: How far it says to be (OSC 9;4); None if it says nothing now.
        prompts: What a shell's marks say (OSC 133).
        notifications: The last ones, oldest first; of those that say the same only the newest.
        clipboard: What the program last put there (OSC 52); None if nothing, or if it may not.
        copies: How often it has.
    """

    def __init__(self, *, has_clipboard: bool = False) -> None:
        self.has_clipboard = has_clipboard
        self.clipboard: str | None = None
        self.copies = 0
        self.notifications: deque[Notification] = deque(maxlen=NOTIFICATIONS_LIMIT)
        self.prompts = Prompts()
        self.bells = 0
        self.reset()

    def reset(self) -> None:
        """Forget what is set; what happened has happened."""
        self.title = self.directory = ""
        self.titles: list[str] = []
        self.progress: Progress | None = None

    def carry_out(self, body: str, output: int) -> None:
        """Take in the body of an operating system command.

        Args:
            body: Its number, a semicolon, and its arguments.
            output: A cursor: what is drawn from here on is newer.
        """
        command, _, argument = body.partition(";")
        match command:
            case "0" | "2":
                self.title = printable(argument)
            case "7":
                self.directory = path_of(argument, self.directory)
            case "9" if argument.partition(";")[0] == "4":
                self.progress = progress_of(argument, self.progress)
            case "9":
                self.notify(output, body=printable(argument))
            case "52" if self.has_clipboard:
                self.copy(clipboard_of(argument))
            case "777" if argument.startswith("notify;"):
                _, title, text = [*argument.split(";", 2), ""][:3]
                self.notify(output, title=printable(title), body=printable(text))
            case "133":
                self.prompts = after_mark(self.prompts, argument, output)

    def notify(
        self, output: int, *, kind: str = "message", title: str = "", body: str = ""
    ) -> None:
        """Keep a notification, instead of an earlier one that said the same."""
        self.bells += kind == "bell"
        for earlier in self.notifications:
            if (earlier.kind, earlier.title, earlier.body) == (kind, title, body):
                self.notifications.remove(earlier)
                break
        self.notifications.append(
            Notification(kind=kind, title=title, body=body, at=output)
        )

    def copy(self, text: str | None) -> None:
        """Keep a text as the clipboard; an empty one empties it, None is no text at all."""
        if text is not None:
            self.clipboard = text or None
            self.copies += 1

    def push_title(self) -> None:
        """Remember the title."""
        self.titles = [*self.titles, self.title][-TITLES_LIMIT:]

    def pop_title(self) -> None:
        """Set the title remembered last, if any."""
        if self.titles:
            self.title = self.titles.pop()


def printable(text: str) -> str:
    """Without control characters, and not too long."""
    return "".join(filter(str.isprintable, text))[:TEXT_LIMIT]


def clipboard_of(argument: str) -> str | None:
    """The text of `selections;base64`, maybe empty; None for a query or nonsense.

    Which selection is meant makes no difference here.
    """
    selections, _, encoded = argument.partition(";")
    if not SELECTIONS.fullmatch(selections) or not encoded.isascii():
        return None
    try:
        raw = binascii.a2b_base64(encoded, strict_mode=True)
        text = raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    if len(raw) > CLIPBOARD_LIMIT_BYTES:
        return None
    kept = (each for each in text if each in KEPT_CONTROLS or not is_control(each))
    return "".join(kept)


def is_control(character: str) -> bool:
    """Whether it would move a terminal that shows it, C1 controls included."""
    return ord(character) < 32 or 127 <= ord(character) < 160


def path_of(url: str, present: str) -> str:
    """The absolute path that a URL names; the present one if it names none."""
    match = DIRECTORY.fullmatch(url)
    if not url or match is None:
        return "" if not url else present
    raw = ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), match[1].encode())
    path = raw.decode("utf-8", "surrogateescape")
    is_sound = len(raw) <= PATH_LIMIT and not any(ord(each) < 32 for each in path)
    return path if is_sound else present


def progress_of(argument: str, present: Progress | None) -> Progress | None:
    """Progress after `4;state;percent`; the present one if that is no progress."""
    _, state, percent = [*argument.split(";"), "", ""][:3]
    if state in ("", "0"):
        return None
    name = PROGRESS_STATES.get(int(state)) if state in "1234" else None
    if name is None:
        return present
    is_number = percent.isdecimal() and len(percent) < 4 and name != "indeterminate"
    return Progress(state=name, percent=min(int(percent), 100) if is_number else None)


def after_mark(prompts: Prompts, argument: str, output: int) -> Prompts:
    """What a shell's marks say after one more.

    A: a prompt begins; B: it ends; C: a command's output begins; D: the command ended,
    with its exit code if the shell tells it. An A with `k=s` begins no prompt of its own, but one
    for the next line of the same command.
    """
    mark, _, rest = argument.partition(";")
    prompts = attrs.evolve(prompts, marked_at=output)
    match mark:
        case "A" if "k=s" in rest.split(";"):
            return prompts
        case "A" | "N":
            return attrs.evolve(prompts, shown=prompts.shown + 1, is_running=False)
        case "C":
            return attrs.evolve(prompts, is_running=True, started_at=output)
        case "D":
            return attrs.evolve(
                prompts, is_running=False, ended_at=output, exit_code=exit_code(rest)
            )
    return prompts


def exit_code(rest: str) -> int | None:
    """The code in what follows `D;`."""
    code = rest.partition(";")[0]
    is_number = code.removeprefix("-").isdecimal() and code.isascii() and len(code) < 12
    return int(code) if is_number else None
