"""`fugue attach` as a person has it: a real client in a terminal, and a real daemon."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, emptied, served
from daemonkit import wait_until
from outerkit import OuterTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

PREFIX = "\x02"
ECHO = str(Path(__file__).parents[1] / "support" / "keyecho.py")
FOCUS_OUT = "\x1b[O"
CONFIG = '[terminal]\nshell = "/bin/sh"\n'


@pytest.fixture(scope="module")
def shared() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with served(CONFIG) as cli:
        cli.environment["PS1"] = "ready> "
        yield cli


@pytest.fixture
def cli(shared: Cli) -> Cli:
    """It, with a daemon that has no session."""
    (shared.home / "config.toml").write_text(CONFIG, encoding="utf-8")
    with emptied(shared):
        return shared


@contextmanager
def attached(
    cli: Cli, *arguments: str, columns: int = 80, lines: int = 24
) -> Iterator[OuterTerminal]:
    """A client in a terminal, which is there until the end of the block."""
    with OuterTerminal(columns, lines) as terminal:
        terminal.run([*FUGUE, *arguments], cli.environment)
        yield terminal


def shell(cli: Cli, name: str) -> None:
    """A session with a plain shell that has shown its prompt."""
    cli.json("new", name, "--", "sh")
    assert cli("wait", name, "--text", "^ready> $", "--timeout", "50").returncode == 0


def leave(terminal: OuterTerminal) -> None:
    """Detach, and see that the terminal is as it was."""
    terminal.press(f"{PREFIX}d")
    assert terminal.wait_ended() == 0
    terminal.wait_shows("[detached (from session ")


def size_of(cli: Cli, session: str) -> tuple[int, int]:
    """Columns and lines of a session's first window."""
    window = cli.json("layout", session)["windows"][0]
    return window["columns"], window["lines"]


def test_what_is_typed_reaches_the_program_and_goes_on_after_leaving(cli: Cli) -> None:
    """The least that attach has to do, and that leaving ends nothing."""
    shell(cli, "ann")
    with attached(cli, "attach", "ann") as terminal:
        terminal.wait_shows("ready>")
        terminal.wait_shows("ann │ 0:sh*")
        terminal.press("echo $((40+2)) times\r")
        terminal.wait_shows("42 times")
        leave(terminal)
    assert "42 times" in cli("read", "ann").stdout


def test_keys_behind_a_split_are_for_the_new_pane(cli: Cli) -> None:
    """Nobody waits for a pane to open before they type into it."""
    shell(cli, "ann")
    with attached(cli, "attach", "ann") as terminal:
        terminal.wait_shows("ready>")
        terminal.press(f"{PREFIX}%echo $((40+2)) there\r")
        terminal.wait_shows("42 there")
        assert any("42 there" in line[40:] for line in terminal.text), terminal.text
        assert terminal.shows("┃")
        leave(terminal)


def test_windows_come_and_go_and_are_named(cli: Cli) -> None:
    """Through the prompts as well, which ask before something ends."""
    shell(cli, "ann")
    with attached(cli, "attach", "ann") as terminal:
        terminal.wait_shows("ready>")
        terminal.press(f"{PREFIX}c")
        terminal.wait_shows("0:sh- 1:sh*")
        terminal.press(f"{PREFIX},\x15logs\r")
        terminal.wait_shows("1:logs*")
        terminal.press(f"{PREFIX}p")
        terminal.wait_shows("0:sh* 1:logs-")
        terminal.press(f"{PREFIX}n")
        terminal.wait_shows("1:logs*")
        terminal.press(f"{PREFIX}&")
        terminal.wait_shows("kill window logs? (y/n)")
        terminal.press("y")
        terminal.wait(lambda: not terminal.shows("logs"), "the window is gone")
        terminal.wait_shows("0:sh*")
        leave(terminal)


def test_two_clients_have_each_their_own_place(cli: Cli) -> None:
    """Where one goes the other does not follow."""
    shell(cli, "ann")
    with attached(cli, "attach") as one, attached(cli, "attach") as two:
        for terminal in (one, two):
            terminal.wait_shows("ann │ 0:sh*")
        one.press(f"{PREFIX}c")
        one.wait_shows("0:sh- 1:sh*")
        two.wait_shows("0:sh* 1:sh")
        leave(one)
        leave(two)


def test_who_types_where_somebody_else_does_is_told_and_may_take_over(cli: Cli) -> None:
    """Two people never type into each other's lines."""
    shell(cli, "ann")
    with attached(cli, "attach") as one, attached(cli, "attach") as two:
        for terminal in (one, two):
            terminal.wait_shows("ready>")
        one.press("echo one")
        one.wait_shows("ready> echo one")
        two.wait_shows("types here")
        two.press("x")
        two.wait(lambda: sum("takes over" in line for line in two.text) == 2, "both")
        two.press(f"{PREFIX}T")
        two.wait(lambda: not two.shows("types here"), "the second one has control")
        one.wait_shows("your other client")
        one.press(f"{PREFIX}T")
        two.wait_shows("your other client has taken over: C-b T takes it back")
        one.press("\x15echo $((40+2)) here\r")
        one.wait_shows("42 here")
        leave(one)
        leave(two)


def test_a_daemon_that_is_killed_is_waited_for(cli: Cli) -> None:
    """The client says so, keeps the picture, and goes on with the next daemon."""
    shell(cli, "ann")
    daemon = cli.json("status")["pid"]
    with attached(cli, "attach") as terminal:
        terminal.wait_shows("ready>")
        terminal.press("echo before\r")
        terminal.wait_shows("before")
        os.kill(daemon, signal.SIGKILL)
        terminal.wait_shows("the daemon is gone")
        assert terminal.shows("before")
        assert cli("serve").returncode == 0
        terminal.wait(lambda: not terminal.shows("daemon is gone"), "it is back")
        terminal.press("echo $((40+2)) after\r")
        terminal.wait_shows("42 after")
        leave(terminal)


def test_what_is_typed_without_a_daemon_is_refused_and_never_written(cli: Cli) -> None:
    """It is said at once; whoever sees the next prompt finds it empty."""
    shell(cli, "ann")
    with attached(cli, "attach", "ann") as terminal:
        terminal.wait_shows("ready>")
        os.kill(cli.json("status")["pid"], signal.SIGKILL)
        terminal.wait_shows("keys are refused until it is back")
        terminal.press("touch surprise\r")
        terminal.wait_shows("refused: there is nobody to take it")
        terminal.press("\x1b[200~touch surprise\x1b[201~")
        assert cli("serve").returncode == 0
        terminal.wait(lambda: not terminal.shows("daemon is gone"), "it is back")
        terminal.wait(lambda: not terminal.shows("refused"), "which is over")
        cli.json("type", "ann", "echo $((40+2)) after", "--submit")
        terminal.wait_shows("42 after")
        assert not terminal.shows("surprise"), terminal.text
        leave(terminal)


def test_without_a_daemon_one_can_still_leave(cli: Cli) -> None:
    """And the terminal is given back."""
    shell(cli, "ann")
    with attached(cli, "attach") as terminal:
        terminal.wait_shows("ready>")
        os.kill(cli.json("status")["pid"], signal.SIGKILL)
        terminal.wait_shows("the daemon is gone")
        leave(terminal)


def test_a_window_has_the_size_of_the_terminal_that_uses_it(cli: Cli) -> None:
    """From the start, and after the terminal was resized."""
    shell(cli, "ann")
    with attached(cli, "attach", columns=100, lines=30) as terminal:
        terminal.wait(lambda: size_of(cli, "ann") == (100, 29), "from the start")
        terminal.press("stty size\r")
        terminal.wait_shows("29 100")
        terminal.resize(70, 20)
        terminal.wait(lambda: size_of(cli, "ann") == (70, 19), "the window follows")
        terminal.press("stty size\r")
        terminal.wait_shows("19 70")
        leave(terminal)


def test_of_two_clients_the_one_that_was_used_last_gives_the_size(cli: Cli) -> None:
    """With its first key; the other one sees what fits, or dots around it."""
    shell(cli, "ann")
    cli.json("split", "ann", "--", "sh")
    with (
        attached(cli, "attach", columns=80, lines=24) as one,
        attached(cli, "attach", "--size", "never", columns=40, lines=8) as watcher,
    ):
        one.wait(lambda: size_of(cli, "ann") == (80, 23), "the first one's size")
        with attached(cli, "attach", columns=60, lines=20) as two:
            one.wait(lambda: size_of(cli, "ann") == (60, 19), "the second one's size")
            two.wait(lambda: 0 < border(two) < 35, "the second one sees it")
            one.wait_shows("·")
            one.press("x")
            one.wait(lambda: size_of(cli, "ann") == (80, 23), "the first one's again")
            two.wait(lambda: border(two) > 35, "the second one sees a part")
            one.wait(lambda: not one.shows("·"), "the first one sees it all")
            two.press("y")
            two.wait(lambda: size_of(cli, "ann") == (60, 19), "the second one's again")
            one.wait_shows("·")
            leave(two)
        one.press("z")
        one.wait(lambda: size_of(cli, "ann") == (80, 23), "the size of who is left")
        watcher.wait_shows("ready> x")
        watcher.press("\x15")
        watcher.wait_shows("types here")
        assert size_of(cli, "ann") == (80, 23)
        leave(watcher)
        leave(one)


def border(terminal: OuterTerminal) -> int:
    """The column of the line between two panes; -1 if there is none."""
    return max(terminal.text[1].find(line) for line in "│┃")


def test_the_answers_of_a_slow_terminal_are_no_use_of_it(cli: Cli) -> None:
    """Or a window would go back to who has not touched a key since another one came."""
    cli.json("new", "ann", "--", sys.executable, ECHO, "^[?1004h")
    with attached(cli, "attach", columns=80, lines=24) as one:
        wait_until(lambda: size_of(cli, "ann") == (80, 23))
        with attached(cli, "attach", columns=60, lines=20) as two:
            two.wait(lambda: size_of(cli, "ann") == (60, 19), "the second one's size")
            one.wait(lambda: one.emulator.modes.keyboard_flags, "it has its answers")
            one.press(FOCUS_OUT)
            one.wait_shows("b'\\x1b[O'")
            assert size_of(cli, "ann") == (60, 19)
            one.wait_shows("·")
            leave(two)
        leave(one)


def test_a_client_that_only_looks_changes_nothing(cli: Cli) -> None:
    """No keys, no commands, no sizes."""
    cli.json("new", "ann", "--size", "60x10", "--", "sh")
    with attached(cli, "attach", "--read-only") as terminal:
        terminal.wait_shows("ready>")
        terminal.wait_shows("read-only")
        terminal.press("x")
        terminal.wait_shows("this client only looks")
        terminal.press(f"{PREFIX}%")
        terminal.press(f"{PREFIX}:display-message something\r")
        terminal.wait_shows(" something ")
        terminal.press(f"{PREFIX}:kill ann\r")
        terminal.wait_shows("this client only looks")
        leave(terminal)
    assert size_of(cli, "ann") == (60, 10)
    assert len(cli.json("layout", "ann")["windows"][0]["panes"]) == 1
    assert cli("read", "ann").stdout.strip() == "ready>"


def test_enter_closes_a_pane_whose_program_has_ended_and_with_the_last_one_it_ends(
    cli: Cli,
) -> None:
    """Nobody is left in front of an empty screen."""
    shell(cli, "ann")
    with attached(cli, "attach") as terminal:
        terminal.wait_shows("ready>")
        terminal.press("exit 3\r")
        terminal.wait_shows("ended with code 3 · Enter closes the pane")
        terminal.press("\r")
        assert terminal.wait_ended() == 0
        terminal.wait_shows("[no session is left]")


def test_where_a_session_ends_another_one_is_shown(cli: Cli) -> None:
    """And one is told why: nobody types into it by mistake."""
    shell(cli, "ann")
    shell(cli, "bob")
    with attached(cli, "attach", "bob") as terminal:
        terminal.wait_shows("bob │ 0:sh*")
        assert cli("kill", "bob").returncode == 0
        terminal.wait_shows("now in ann: bob has ended")

        def answers() -> bool:
            terminal.press("echo $((40+2)) here\r")  # dropped for a moment
            return terminal.shows("42 here")

        terminal.wait(answers, "the shell of the other session")
        terminal.wait_shows("ann │ 0:sh*")
        leave(terminal)
    assert "42 here" in cli("read", "ann").stdout


def test_a_size_that_no_daemon_took_is_asked_for_again(cli: Cli) -> None:
    """A terminal that was resized while the daemon was away is what counts."""
    shell(cli, "ann")
    daemon = cli.json("status")["pid"]
    with attached(cli, "attach") as terminal:
        terminal.wait(lambda: size_of(cli, "ann") == (80, 23), "it has the first size")
        os.kill(daemon, signal.SIGKILL)
        terminal.wait_shows("the daemon is gone")
        terminal.resize(70, 20)
        terminal.wait(lambda: terminal.text[-1].startswith(" ann │"), "it is drawn")
        assert cli("serve").returncode == 0
        terminal.wait(lambda: size_of(cli, "ann") == (70, 19), "the window follows")
        leave(terminal)


def test_fugue_alone_starts_a_session_named_like_the_directory(cli: Cli) -> None:
    """One word, and one is where one works."""
    with attached(cli) as terminal:
        terminal.wait_shows("ready>")
        leave(terminal)
    (session,) = cli.json("ls")["sessions"]
    here = os.path.basename(os.getcwd())  # noqa: PTH109, PTH119
    assert session["session_name"].startswith(here[:5])


def test_in_a_pane_of_fugue_it_is_refused_with_a_hint(cli: Cli) -> None:
    """A picture of itself in itself helps nobody."""
    shell(cli, "ann")
    with attached(cli, "attach") as terminal:
        terminal.wait_shows("ready>")
        terminal.press(f"{' '.join(FUGUE)} attach\r")
        terminal.wait_shows("--nested")
        leave(terminal)


def test_without_a_terminal_it_is_refused(cli: Cli) -> None:
    """In a script there is nobody to look."""
    done = cli("attach")
    assert (done.returncode, done.stderr) == (1, "fugue: attach needs a terminal\n")
    assert cli().returncode == 2


def test_a_session_that_is_not_there_is_refused(cli: Cli) -> None:
    """Before the terminal is touched, with what could be meant instead."""
    with attached(cli, "attach", "nobody") as terminal:
        assert terminal.wait_ended() == 1
        terminal.wait_shows("there is no session 'nobody'")


def test_a_key_bound_to_what_is_not_there_is_refused_at_the_start(cli: Cli) -> None:
    """With the file and the key, not when it is pressed."""
    shell(cli, "ann")
    file = cli.home / "config.toml"
    file.write_text(f'{CONFIG}[attach.keys.root]\nF2 = "splt -h"\n', encoding="utf-8")
    with attached(cli, "attach", "ann", columns=200) as terminal:
        assert terminal.wait_ended() == 1
        terminal.wait_shows("config.toml: attach.keys.root.F2: there is no command")
