"""Panes driven from a shell: type, wait, read, resize, run; against a real daemon."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

CONFIG = '[terminal]\nclipboard = "keep"\n'


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with empty_home() as home:
        cli = Cli(home)
        (home / "config.toml").write_text(CONFIG, encoding="utf-8")
        assert cli("serve").returncode == 0
        yield cli
        assert cli("stop", "--kill").returncode == 0
        wait_until(lambda: not Home(home).processes())


def shell(cli: Cli, name: str) -> None:
    """A session with a plain shell that has shown its prompt."""
    cli.json("new", name, "--env", "PS1=ready> ", "--", "sh")
    assert cli("wait", name, "--text", "^ready> $", "--timeout", "60").returncode == 0


def test_a_command_is_typed_and_its_answer_waited_for(cli: Cli) -> None:
    """What a script does; the echo of the command is not taken for its answer."""
    shell(cli, "ada")
    typed = cli.json("type", "ada", "sleep 0.3; echo answer 42", "--submit")
    done = cli("wait", "ada", "--text", r"answer \d+", "--since", str(typed["next"]))
    assert (done.returncode, done.stdout) == (0, "answer 42\n")
    cli("wait", "ada", "--text", "^ready> $", "--since", str(typed["next"]))
    read = cli.json("read", "ada", "--since", str(typed["next"]))
    assert read["text"] == [
        "ready> sleep 0.3; echo answer 42",
        "answer 42",
        "ready>",
    ]
    assert read["partial"] is True
    again = cli.json("read", "ada", "--since", str(read["next"]))
    assert again["text"] == []


def test_a_wait_that_is_over_in_time_ends_with_124(cli: Cli) -> None:
    """One line says what did not happen."""
    shell(cli, "bob")
    done = cli("wait", "bob", "--text", "never", "--timeout", "0.2")
    assert done.returncode == 124
    assert "'never' did not come" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert cli("wait", "bob", "--quiet", "50").returncode == 0


def test_an_exit_is_waited_for_and_told(cli: Cli) -> None:
    """And what can no longer come fails at once, however long it might have waited."""
    shell(cli, "cleo")
    cli("type", "cleo", "exit 9", "--submit")
    done = cli("wait", "cleo", "--exit", "--timeout", "60")
    assert (done.returncode, done.stdout) == (0, "exit 9\n")
    done = cli("wait", "cleo", "--text", "never")
    assert done.returncode == 1
    assert "ended before" in done.stderr


def test_a_state_is_waited_for(cli: Cli) -> None:
    """As the session reports it; one that there is not is refused."""
    shell(cli, "dora")
    done = cli("wait", "dora", "--state", "idle", "--timeout", "0.1")
    assert done.returncode == 124
    assert "it last reported nothing" in done.stderr
    assert cli("wait", "dora", "--state", "bored").returncode == 2


@pytest.mark.parametrize(
    "options", [(), ("--text", "a", "--exit"), ("--quiet", "-1"), ("--timeout", "5")]
)
def test_a_wait_for_two_things_or_none_is_wrong_usage(
    cli: Cli, options: tuple[str, ...]
) -> None:
    """It is seen before the daemon is asked."""
    assert cli("wait", "ada", *options).returncode == 2


def test_a_size_is_given_and_the_program_learns_it(cli: Cli) -> None:
    """The command prints what the pane has then."""
    shell(cli, "emil")
    done = cli("resize", "emil", "100x30")
    assert done.returncode == 0
    assert done.stdout.endswith(", 100x30\n")
    cli("type", "emil", "stty size", "--submit")
    assert cli("wait", "emil", "--text", "^30 100$", "--timeout", "60").returncode == 0
    assert cli("resize", "emil", "100").returncode == 2


def test_a_run_prints_what_the_command_wrote_and_ends_as_it_did(cli: Cli) -> None:
    """Its options are its own, also without the two dashes."""
    done = cli("run", "--env", "WHO=ann", "sh", "-c", 'echo "hello $WHO"; exit 5')
    assert (done.returncode, done.stdout, done.stderr) == (5, "hello ann\n", "")
    assert cli("run", "--", "sh", "-c", "kill -KILL $$").returncode == 137
    done = cli("run", "--timeout", "0.3", "sleep", "7101")
    assert done.returncode == 124
    assert "ended after 0.3 s" in done.stderr
    done = cli("run", "no-such-program")
    assert done.returncode == 1
    assert "no such command" in done.stderr
    ran = cli.json("run", "--", "echo", "--json")
    assert (ran["output"], ran["exit_code"]) == ("--json", 0)


def test_a_run_of_one_argument_with_blanks_is_a_line_for_the_shell(cli: Cli) -> None:
    """As for agents; nobody has a program of that name, and a line is what was meant."""
    done = cli("run", "echo one && echo two | tr a-z A-Z; exit 4")
    assert (done.returncode, done.stdout) == (4, "one\nTWO\n")
    ran = cli.json("run", "--", "echo 'a  b'")
    assert (ran["command"], ran["output"]) == ("echo 'a  b'", "a  b")
    assert cli("run", "echo", "a && b").stdout == "a && b\n"


def test_a_run_that_is_interrupted_ends_its_command(cli: Cli) -> None:
    """Whoever presses Ctrl-C wants nothing of it to go on."""
    home = Home(cli.home)

    with subprocess.Popen(
        [*FUGUE, "run", "sleep", "7102"],
        env=cli.environment,
    ) as run:
        wait_until(lambda: running(home))
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 130
    wait_until(lambda: not running(home))


def running(home: Home) -> bool:
    """Whether the command of that run is there."""
    with home.control() as control:
        return any(pane["run"] for pane in control("list_panes")["panes"])


def test_history_is_read_in_its_colours_too(cli: Cli) -> None:
    """What scrolled off looked like something, and an agent can ask for that as well."""
    script = r"printf '\033[31mred\033[0m\nplain\n'; seq 50; exec cat"
    cli.json("new", "fay", "--", "sh", "-c", script)
    assert cli("wait", "fay", "--text", "^50$", "--timeout", "60").returncode == 0
    done = cli("read", "fay", "--history", "100", "--ansi")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["\x1b[31mred\x1b[m", "plain"]
    assert lines[-1] == "50"
    with Home(cli.home).control() as control:
        read = control("read_pane", session="fay", history=100, styled=True)
        skipped = control("read_pane", session="fay", history=2, skip=1, styled=True)
    assert read["history_rows"][0] == [{"text": "red", "fg": "red"}]
    assert skipped["history"] == read["history"][-3:-1]
    assert skipped["history_rows"] == read["history_rows"][-3:-1]
    assert read["rows"][0][0].keys() == {"text"}


def test_what_a_program_copies_is_printed_for_who_asks(cli: Cli) -> None:
    """The way of a text from an editor in a pane to the user's own clipboard."""
    copy = r"printf '\033]52;c;Y29waWVkCnRleHQ=\a'; echo copied; exec cat"
    cli.json("new", "gil", "--", "sh", "-c", copy)
    assert cli("wait", "gil", "--text", "^copied$", "--timeout", "60").returncode == 0
    assert cli("read", "gil", "--clipboard").stdout == "copied\ntext"
    assert cli.json("read", "gil", "--clipboard")["clipboard"] == "copied\ntext"
    assert "clipboard" not in cli.json("read", "gil")


def test_what_a_program_says_of_itself_is_read_with_its_screen(cli: Cli) -> None:
    """Progress, looks of the cursor, messages: once for who comes with a cursor."""
    tell = r"printf '\033]9;4;1;40\a\033[5 q\033]9;all green\a'; echo told; exec cat"
    cli.json("new", "hal", "--", "sh", "-c", tell)
    assert cli("wait", "hal", "--text", "^told$", "--timeout", "60").returncode == 0
    read = cli.json("read", "hal")
    assert read["progress"] == {"state": "normal", "percent": 40}
    assert read["cursor_shape"] == "blinking-bar"
    [said] = read["notifications"]
    assert (said["kind"], said["title"], said["body"]) == ("message", "", "all green")
    assert cli.json("read", "hal", "--since", str(read["next"]))["notifications"] == []
