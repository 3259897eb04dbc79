"""Prompt, tree, messages and help as a person has them: a real client and a real daemon."""

from __future__ import annotations

import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from clikit import FUGUE, Cli, emptied, served
from daemonkit import Home, wait_until
from outerkit import OuterTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PREFIX = "\x02"
ESCAPE = "\x1b"
CONFIG = '[terminal]\nshell = "/bin/sh"\n'
SIZES = [(80, 24), (200, 50), (40, 10)]


@pytest.fixture(scope="module")
def shared() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with served(CONFIG) as cli:
        cli.environment["PS1"] = "ready> "
        yield cli


@pytest.fixture
def cli(shared: Cli) -> Cli:
    """It, with two new sessions and no others."""
    with emptied(shared) as control:
        place = {"cwd": str(shared.home), "environment": shared.environment}
        bob = ["sh", "-c", "echo this is bob; exec sh"]
        control("create_session", name="ann", command=["sh"], tags=["worker"], **place)
        control("create_session", name="bob", command=bob, **place)
        for name in ("ann", "bob"):
            control("wait_for", session=name, text="^ready> $", timeout=50)
    return shared


@contextmanager
def attached(
    cli: Cli, session: str = "ann", *, columns: int = 80, lines: int = 24
) -> Iterator[OuterTerminal]:
    """A client that shows a session, and leaves its terminal as it was."""
    with OuterTerminal(columns, lines) as terminal:
        terminal.run([*FUGUE, "attach", session], cli.environment)
        terminal.wait_shows("ready>")
        yield terminal
        terminal.press(f"{PREFIX}d")
        assert terminal.wait_ended() == 0
        assert terminal.damage() == []


def leave_list(terminal: OuterTerminal) -> None:
    """Close what is over the window, and see it go: the next keys are for the pane."""
    terminal.press("q")
    terminal.wait(lambda: not terminal.shows("q leaves"), "the list goes")


def test_who_works_where_something_is_recorded_sees_it(cli: Cli) -> None:
    """From its beginning to its end, whoever began it."""
    with attached(cli) as terminal:
        assert not terminal.shows("● recorded")
        assert cli("record", "ann").returncode == 0
        terminal.wait_shows("● recorded")
        assert cli("record", "ann", "--stop").returncode == 0
        terminal.wait(lambda: not terminal.shows("● recorded"), "the mark goes")


def test_one_escape_leaves_a_prompt_that_shows_what_could_be_written(cli: Cli) -> None:
    """Only what Tab has written is undone first."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}:send tag:w")
        terminal.wait_shows("tag:worker  all with it: ann")
        terminal.press(ESCAPE)
        terminal.wait(lambda: not terminal.shows(":send"), "the prompt goes")


def test_a_message_sent_from_the_prompt_is_in_an_inbox(cli: Cli) -> None:
    """Completed on the way, without quotation marks, and kept for the next time."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}:send tag:w")
        terminal.wait_shows("tag:worker  all with it: ann")
        terminal.press("\t")
        terminal.wait_shows(":send tag:worker")
        terminal.press("it's done; tests are green\r")
        terminal.wait_shows("for ann (queued)")
        terminal.press(f"{PREFIX}:\x1b[A")
        terminal.wait_shows(":send tag:worker it's done; tests are green")
        terminal.press("\x03")
    [ann] = [one for one in cli.json("ls")["sessions"] if one["session_name"] == "ann"]
    assert ann["unread"] == 1
    file = cli.home / "state" / "attach-history"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines.count(":send tag:worker it's done; tests are green") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_verbs_show_what_they_print_and_what_is_wrong(cli: Cli) -> None:
    """Much in a pager, little in the status line; the pane in view is meant."""
    with attached(cli, "bob") as terminal:
        terminal.press(f"{PREFIX}:ls\r")
        terminal.wait_shows("q leaves")
        terminal.wait_shows("ann")
        terminal.wait_shows("program")
        leave_list(terminal)
        terminal.press(f"{PREFIX}:read\r")
        terminal.wait_shows("q leaves")
        terminal.wait_shows("this is bob")
        leave_list(terminal)
        terminal.press(f"{PREFIX}:kill nobody\r")
        terminal.wait_shows("no session has the name 'nobody'")
        terminal.press(f"{PREFIX}:demo\r")
        terminal.wait_shows("cannot be run here")
        terminal.press(f"{PREFIX}:read 'bob\r")
        terminal.wait_shows("has no partner")


def test_a_verb_that_takes_long_can_be_stopped(cli: Cli) -> None:
    """With all that it has started."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}:run sleep 1234\r")
        terminal.wait_shows("C-c stops it")
        wait_until(lambda: is_asleep(cli, "1234"))
        terminal.press("\x03")
        terminal.wait_shows("run: stopped")
        wait_until(lambda: not is_asleep(cli, "1234"))


def test_another_verb_can_be_typed_while_one_runs(cli: Cli) -> None:
    """What is typed at the prompt is not lost; the first ends at last with the client."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}:run sleep 1235\r")
        terminal.wait_shows("C-c stops it")
        terminal.press(f"{PREFIX}:demo\r")
        terminal.wait_shows("cannot be run here")
        wait_until(lambda: is_asleep(cli, "1235"))
        assert not terminal.shows("C-c stops it")
    wait_until(lambda: not is_asleep(cli, "1235"))


def is_asleep(cli: Cli, seconds: str) -> bool:
    """Whether a `sleep` of this length runs, for this home."""
    for process in Home(cli.home).processes():
        with suppress(psutil.Error):
            program, *arguments = process.cmdline() or [""]
            if Path(program).name == "sleep" and arguments == [seconds]:
                return True
    return False


@pytest.mark.parametrize(("columns", "lines"), SIZES)
def test_the_tree_shows_screens_that_are_not_in_view(
    cli: Cli, columns: int, lines: int
) -> None:
    """And leads to them, at every size."""
    with attached(cli, columns=columns, lines=lines) as terminal:
        terminal.press(f"{PREFIX}s")
        terminal.wait_shows("2 sessions, by name")
        terminal.press("j")
        terminal.wait_shows("│this is bob")
        terminal.wait_shows("(1) + bob")
        terminal.press("\r")
        terminal.wait(lambda: terminal.text[0] == "this is bob")
        terminal.press(f"{PREFIX}w")
        terminal.wait_shows("2 sessions, by name")
        terminal.press("0")
        terminal.wait_shows(" ann │")
        terminal.wait(lambda: not terminal.shows("this is bob"))


def test_the_tree_ends_and_renames_after_a_question(cli: Cli) -> None:
    """What is asked for is done by the daemon, and shown."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}s")
        terminal.wait_shows("2 sessions")
        terminal.press("jx")
        terminal.wait_shows("kill session bob? (y/n)")
        terminal.press("n")
        terminal.press("x")
        terminal.wait_shows("kill session bob? (y/n)")
        terminal.press("y")
        terminal.wait_shows("1 session, by name")
        terminal.press("T")
        terminal.wait_shows("(tags of ann: +new -old)")
        terminal.press("+lead -worker\r")
        terminal.wait_shows("#lead")
        terminal.press("q")
    assert cli.json("tag", "ann")["tags"] == ["lead"]


def test_messages_are_read_and_answered(cli: Cli) -> None:
    """What agents say is text, whatever is in it."""
    cli("send", "ann", "hello \x1b[2J there", "--as", "cy")
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}m")
        terminal.wait_shows("cy → ann")
        terminal.wait_shows("there")
        terminal.press("\r")
        terminal.wait_shows("queued")
        terminal.wait_shows("cy (guest)")
        terminal.press("r")
        terminal.wait_shows("an answer to cy")
        terminal.press("well met\nfriend\x04")
        terminal.wait_shows("sent to cy (queued)")
        terminal.press("q")
        terminal.wait_shows("well met friend")
        terminal.press("q")
        terminal.wait_shows("ready>")
    [answer] = cli.json("inbox", "--as", "cy")["messages"]
    assert answer["payload"] == {"text": "well met\nfriend"}
    assert "in_reply_to" in answer


def test_help_is_there_and_does_what_it_lists(cli: Cli) -> None:
    """Enter on a key is as good as the key."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}?")
        terminal.wait_shows("Give this pane a window of its own.")
        terminal.press("/split new below\r")
        terminal.wait_shows('C-b "')
        terminal.press("\r")
        terminal.wait(lambda: sum("ready>" in line for line in terminal.text) == 2)


def test_a_question_comes_before_a_pane_ends(cli: Cli) -> None:
    """As tmux asks; and any other key is no."""
    with attached(cli) as terminal:
        terminal.press(f"{PREFIX}%")
        terminal.wait(lambda: sum(line.count("ready>") for line in terminal.text) == 2)
        terminal.press(f"{PREFIX}x")
        terminal.wait_shows("kill pane 1? (y/n)")
        terminal.press(ESCAPE)
        terminal.wait(lambda: not terminal.shows("kill pane"))
        terminal.press(f"{PREFIX}x")
        terminal.wait_shows("kill pane 1? (y/n)")
        terminal.press("y")
        terminal.wait(lambda: sum(line.count("ready>") for line in terminal.text) == 1)
