"""Every command against real daemons, as a person or a script runs it."""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest
from clikit import FUGUE, Cli, empty_home, end_all, pane, running, session_names, shows
from daemonkit import Home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def fresh() -> Iterator[Cli]:
    """`fugue` in a home of its own; whatever it started is gone in the end."""
    with empty_home() as home:
        cli = Cli(home)
        yield cli
        end_all(cli)


@pytest.fixture(scope="module")
def served() -> Iterator[Cli]:
    """`fugue` with a daemon that the tests of this module share."""
    with empty_home() as home:
        cli = Cli(home)
        assert cli("serve").returncode == 0
        yield cli
        end_all(cli)


# ---- sessions


def test_new_starts_the_program_as_it_was_asked_to(served: Cli) -> None:
    """Directory, tags, variables, size of the terminal and the caller's environment."""
    (served.home / "work").mkdir()
    script = 'pwd; echo "$COLOUR $MINE $FUGUE_SESSION_NAME"; stty size; sleep 60'
    made = served.json(
        *("new", "made", "--cwd", "work", "--tag", "x", "--tag", "y"),
        *("--env", "COLOUR=deep=blue", "--size", "101x33", "--", "sh", "-c", script),
        MINE="mine",
    )
    assert set(made) >= {"session_id", "session_name", "pane_id"}
    shows(served, "made", "33 101")
    lines = served("read", "made").stdout.splitlines()
    assert lines[:2] == [str(served.home / "work"), "deep=blue mine made"]
    assert served.json("tag", "made")["tags"] == ["x", "y"]


def test_ls_has_the_promised_shape(served: Cli) -> None:
    """Scripts rely on these keys."""
    made = running(served, "listed", "--tag", "t")
    [session] = [
        one for one in served.json("ls")["sessions"] if one["session_name"] == "listed"
    ]
    assert session["session_id"] == made["session_id"]
    assert session["kind"] == "pane"
    assert session["tags"] == ["t"]
    assert {"cwd", "repository", "worktree", "unread"} <= set(session)
    [only] = session["panes"]
    assert only["pane_id"] == made["pane_id"]
    assert (only["state"], only["exit"]) == ("running", None)
    assert {"pid", "command"} <= set(only)
    [row] = [r for r in served("ls").stdout.splitlines() if r.startswith("listed ")]
    assert "running" in row


def test_a_name_that_exists_and_a_program_that_does_not_are_refused(
    served: Cli,
) -> None:
    """One line each, with the code in JSON."""
    running(served, "taken")
    done = served("new", "taken", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["code"] == "SessionNameExists"
    done = served("new", "ghost", "--", "/no/such/program")
    assert done.returncode == 1
    assert "/no/such/program" in done.stderr
    assert "ghost" not in session_names(served)


def test_kill_ends_those_it_can_and_reports_the_others(served: Cli) -> None:
    """A name that is wrong does not save the others; the exit code tells."""
    running(served, "first")
    running(served, "second")
    pids = [pane(served, name)["pid"] for name in ("first", "second")]
    done = served("kill", "first", "nobody", "second")
    assert done.returncode == 1
    assert "'nobody'" in done.stderr
    assert done.stdout.count("ended") == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_tags_are_added_and_removed_with_their_signs(served: Cli) -> None:
    """-T is not taken for an option, whatever its letters."""
    running(served, "tagged", "--tag", "json", "--tag", "help")
    assert served("tag", "tagged", "+new", "-json", "-help").stdout == "new\n"
    assert served("tag", "tagged").stdout == "new\n"


def test_the_tree_shows_each_actor_once(served: Cli) -> None:
    """Every path of --json stands in the tree that people see, sessions by name too."""
    made = running(served, "branch")
    actors = served.json("tree")["actors"]
    paths = [actor["path"] for actor in actors]
    assert len(paths) == len(set(paths))
    assert {"/router", "/sessions", "/gateways/control"} <= set(paths)
    shown = served("tree").stdout
    assert all(path.rpartition("/")[2] in shown for path in paths if "/c" not in path)
    assert f"{made['session_id']} (branch)  running" in shown


# ---- terminals


def test_what_is_typed_arrives_and_its_effect_can_be_read(served: Cli) -> None:
    """Text, then Enter; by the session's name and by the pane's id."""
    made = running(served, "typed")
    assert served("type", "typed", "abc $HOME", "--submit").returncode == 0
    shows(served, "typed", "ABC $HOME")
    assert served("type", made["pane_id"], "again", "--key", "Enter").returncode == 0
    shows(served, made["pane_id"], "AGAIN")


def test_text_to_type_may_come_from_stdin(served: Cli) -> None:
    """So that no shell has a say in it."""
    running(served, "piped")
    assert served("type", "piped", "-", stdin="first\nsecond\n").returncode == 0
    shows(served, "piped", "SECOND")


def test_reading_on_from_a_cursor_gives_only_what_is_new(served: Cli) -> None:
    """`next` of one answer is `--since` of the following."""
    running(served, "cursor")
    before = served.json("read", "cursor")
    assert {"pane_id", "columns", "lines", "cursor", "text", "next"} <= set(before)
    served("type", "cursor", "fresh", "--submit")
    shows(served, "cursor", "FRESH")
    new = served("read", "cursor", "--since", str(before["next"])).stdout.splitlines()
    assert "FRESH" in new
    assert "ready" not in new


def test_lines_that_scrolled_off_are_in_the_history(served: Cli) -> None:
    """Above the screen, in order."""
    script = "seq 100; sleep 60"
    served.json("new", "scrolled", "--size", "80x10", "--", "sh", "-c", script)
    shows(served, "scrolled", "100")
    assert "50" not in served("read", "scrolled").stdout.splitlines()
    lines = served("read", "scrolled", "--history", "1000").stdout.splitlines()
    assert lines == [str(number) for number in range(1, 101)]


def test_an_interrupt_key_ends_the_program_and_ls_tells_how(served: Cli) -> None:
    """C-c is a signal to the program, not a letter; its end can be seen."""
    served.json("new", "ended", "--", "sleep", "60")
    served("type", "ended", "--key", "C-c")
    wait_until(lambda: pane(served, "ended")["state"] == "exited")
    assert pane(served, "ended")["exit"] == {"code": None, "signal": "SIGINT"}
    done = served("type", "ended", "more", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["code"] == "PaneExited"


def test_in_a_pipe_ls_shows_all_of_a_program(served: Cli) -> None:
    """What is piped is read by programs, which cannot guess what was left out."""
    long = "word-" * 30
    served.json("new", "long", "--", "sh", "-c", f"exec cat # {long}")
    assert long in served("ls").stdout


def test_a_line_that_was_waited_for_is_printed_as_read_prints_it(served: Cli) -> None:
    """Blanks and emoji of several parts are what they are."""
    line = "two  blanks \N{MAN}\u200d\N{WOMAN}"
    served.json("new", "lines", "--", "sh", "-c", f"echo '{line}'; exec cat")
    assert served("wait", "lines", "--text", "^two", "--timeout", "60").stdout == (
        line + "\n"
    )
    assert served("read", "lines").stdout == line + "\n"


def test_options_meant_for_the_program_are_told_where_to_stand(served: Cli) -> None:
    """`fugue new x ls -la` is what everybody tries first."""
    done = served("new", "listing", "ls", "-la")
    assert done.returncode == 2
    assert "Put -- before" in done.stderr
    assert "--" not in served("ls", "-x").stderr.splitlines()[-1]


# ---- messages


def test_a_message_is_queued_until_its_inbox_is_read(served: Cli) -> None:
    """`queued` is what the sender is told; reading is what makes it consumed."""
    assert served("inbox", "--as", "reader").returncode == 0
    receipt = served.json("send", "session:reader", "hello", "--as", "writer")
    assert receipt["delivered_count"] == 1
    assert receipt["recipients"][0]["state"] == "queued"
    [message] = served.json("inbox", "--as", "reader")["messages"]
    assert message["id"] == receipt["message_id"]
    assert message["from"]["session_name"] == "writer"
    assert message["from"]["attested"] == "guest"
    assert (message["type"], message["payload"]) == ("message", {"text": "hello"})
    assert served.json("inbox", "--as", "reader")["messages"] == []
    assert state_of(served, receipt["message_id"]) == "consumed"


def state_of(cli: Cli, message_id: str) -> str:
    """What the ledger says became of a message with one recipient."""
    with Home(cli.home).control() as control:
        for message in control("messages")["messages"]:
            if message["id"] == message_id:
                [one] = message["recipients"]
                return str(one["state"])
    raise AssertionError(message_id)


def test_who_has_another_name_than_the_login_name_is_told(fresh: Cli) -> None:
    """On stderr, for the answers go there."""
    name = getpass.getuser()
    fresh("new", name, "--", "cat")
    sent = fresh("send", name, "hi")
    assert sent.returncode == 0
    assert f"you are {name}-2" in sent.stderr
    refused = fresh("send", name, "hi", "--as", name)
    assert refused.returncode == 1
    assert "another name" in refused.stderr


def test_a_message_that_could_not_be_printed_stays_unread(served: Cli) -> None:
    """Whoever reads the output is gone: the next `fugue inbox` has the message."""
    served("inbox", "--as", "unlucky")
    served("send", "unlucky", "precious", "--as", "writer")
    full = os.open("/dev/full", os.O_WRONLY)
    lost = subprocess.run(
        [*FUGUE, "inbox", "--as", "unlucky"],
        env=served.environment,
        stdout=full,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(full)
    assert lost.returncode == 1
    assert b"Traceback" not in lost.stderr
    [again] = served.json("inbox", "--as", "unlucky")["messages"]
    assert again["payload"] == {"text": "precious"}
    assert again["redelivered"] is True


def test_nobody_to_receive_it_is_a_failure(served: Cli) -> None:
    """Exit code 1, never a success that reached no one."""
    done = served("send", "tag:nobody-has-this", "hello", "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["code"] == "NoRecipients"


def test_an_answer_names_the_message_it_answers(served: Cli) -> None:
    """--reply-to travels as in_reply_to, and people see it."""
    for name in ("asker", "answerer"):
        served("inbox", "--as", name)
    question = served.json("send", "answerer", "well?", "--as", "asker")["message_id"]
    served.json("send", "asker", "yes", "--as", "answerer", "--reply-to", question)
    assert f"answers {question}" in served("inbox", "--as", "asker").stdout


def test_waiting_for_a_message_ends_when_it_comes(served: Cli) -> None:
    """Not after the whole wait, and with exit code 0."""
    served("inbox", "--as", "patient")
    with subprocess.Popen(
        [*FUGUE, "inbox", "--as", "patient", "--wait", "60", "--json"],
        env=served.environment,
        stdout=subprocess.PIPE,
    ) as waiting:
        assert served("send", "patient", "at last", "--as", "writer").returncode == 0
        output, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert json.loads(output)["messages"][0]["payload"] == {"text": "at last"}


def test_waiting_in_vain_ends_with_124(served: Cli) -> None:
    """And --json still prints the empty list."""
    done = served("inbox", "--as", "lonely", "--wait", "0.1", "--json")
    assert done.returncode == 124
    assert json.loads(done.stdout) == {"messages": []}


def test_ctrl_c_ends_a_wait_without_a_traceback(served: Cli) -> None:
    """130 is what shells expect of a program that was interrupted."""
    with subprocess.Popen(
        [*FUGUE, "inbox", "--as", "hasty", "--wait", "60"],
        env=served.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as waiting:
        wait_until(lambda: "hasty" in session_names(served))
        waiting.send_signal(signal.SIGINT)
        _, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert b"Traceback" not in errors


def test_inside_a_pane_the_command_line_is_that_pane_s_session(served: Cli) -> None:
    """Whatever --as claims: identity is the process, and the refusal says who it is."""
    fugue = shlex.join(FUGUE)
    script = f"{fugue} send inner-mate hi; {fugue} inbox --as other; sleep 60"
    served("inbox", "--as", "inner-mate")
    served.json("new", "inner", "--size", "200x20", "--", "sh", "-c", script)
    [message] = served.json("inbox", "--as", "inner-mate", "--wait", "50")["messages"]
    assert message["from"]["session_name"] == "inner"
    assert message["from"]["attested"] == "process"
    wait_until(lambda: "you are its session" in served("read", "inner").stdout)


# ---- doctor


def test_doctor_looks_at_everything_and_finds_a_healthy_home_healthy(
    served: Cli,
) -> None:
    """Exit code 0; the round trip to the daemon is among what it did."""
    report = served.json("doctor")
    assert report["ok"] is True
    states = {check["name"]: check["state"] for check in report["checks"]}
    healthy = {
        *("python", "git", "runtime directory", "state directory", "disk"),
        *("socket paths", "peer credentials", "daemon", "leftovers"),
    }
    assert {name for name, state in states.items() if state == "ok"} >= healthy
    assert {"claude", "codex", "gemini"} <= set(states)


def test_doctor_says_how_each_agent_is_told_about_fugue(served: Cli) -> None:
    """Of agents that are installed; the command line is for pasting."""
    tools = served.home / "tools"
    tools.mkdir()
    for name in ("claude", "codex", "gemini"):
        program = tools / name
        program.write_text(f"#!/bin/sh\necho {name} 1.2.3\n", "utf-8")
        program.chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    report = json.loads(served("doctor", "--json", PATH=path).stdout)
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["claude"]["evidence"].startswith("claude 1.2.3 at ")
    assert checks["claude"]["fix"].startswith("claude mcp add fugue -- /")
    assert "mcp_servers.fugue.command=" in checks["codex"]["fix"]
    assert checks["gemini"]["fix"].startswith("gemini mcp add fugue /")
    assert report["ok"] is True


def test_doctor_names_what_is_wrong_and_what_mends_it(fresh: Cli) -> None:
    """A directory that others may read, and a socket of a pane that is no more."""
    fresh("serve")
    fresh("stop")
    (fresh.home / "state").chmod(0o755)
    stale = fresh.home / "run" / "panes" / "p0123456789.sock"
    stale.touch()
    done = fresh("doctor")
    assert done.returncode == 1
    assert f"chmod 700 {fresh.home}/state" in done.stdout
    assert f"rm {stale}" in done.stdout


def test_a_pipe_that_is_closed_early_is_no_error_to_talk_about(served: Cli) -> None:
    """`fugue tree | head -1` prints one line and nothing on stderr."""
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join(FUGUE)} tree | head -n 1"],
        env=served.environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stdout == "fugue\n"
    assert done.stderr == ""


def test_a_run_says_on_stderr_that_output_is_missing(served: Cli) -> None:
    """A pipe into `head` or `tail` would hide the line that says so in the output."""
    ran = served("run", "--", "printf", r"gone\n\033[2J\033[3Jend")
    assert ran.returncode == 0
    assert "not all of the output is there" in ran.stderr
    assert served("run", "--", "echo", "all").stderr == ""


def test_ctrl_c_ends_a_run_and_prints_what_it_wrote(
    served: Cli, tmp_path: Path
) -> None:
    """As when its time is up; what ran for minutes has often said why it hangs."""
    mark = tmp_path / "begun"
    script = f"echo said this; : > {shlex.quote(str(mark))}; exec sleep 7301"
    running = subprocess.Popen(
        [*FUGUE, "run", "--", "sh", "-c", script],
        env=served.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    wait_until(mark.exists)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, "said this\n")
    assert err == "fugue: it was interrupted\n"
    for process in Home(served.home).processes():
        assert "7301" not in process.cmdline()


def test_escapes_of_an_agent_do_not_reach_the_terminal(served: Cli) -> None:
    """What others send is printed as text, in messages as in tables."""
    served("inbox", "--as", "victim")
    served("send", "victim", "\x1b]0;owned\x07 hello", "--as", "writer")
    shown = served("inbox", "--as", "victim").stdout
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown) is None
    assert "hello" in shown
