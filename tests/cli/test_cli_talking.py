"""`fugue ask`, `reply`, `message` and what `inbox` takes, against a real daemon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def served() -> Iterator[Cli]:
    """One daemon for all tests of this module."""
    with empty_home() as home:
        cli = Cli(home)
        try:
            assert cli("serve").returncode == 0
            yield cli
        finally:
            cli("stop", "--kill")


@contextmanager
def in_background(cli: Cli, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on while the test does something else."""
    process = subprocess.Popen(
        [*FUGUE, *arguments],
        env=cli.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def question_for(cli: Cli, name: str) -> dict[str, Any]:
    """The question that somebody has been asked, unread."""
    found: dict[str, Any] = wait_until(
        lambda: cli.json("inbox", "--keep", "--as", name)["messages"]
    )[0]
    return found


def test_an_answer_is_printed_as_it_is_for_scripts(served: Cli) -> None:
    """Asked, read, answered, printed: nothing but the text on stdout."""
    served("inbox", "--as", "oracle")
    with in_background(
        served, "ask", "oracle", "Which branch?", "--as", "ann"
    ) as asked:
        question = question_for(served, "oracle")
        assert (question["type"], question["payload"]) == (
            "question",
            {"text": "Which branch?"},
        )
        replied = served("reply", question["id"], "main\nor next", "--as", "oracle")
        assert "for ann (queued)" in replied.stdout
        out, err = asked.communicate(timeout=60)
    assert (asked.returncode, out, err) == (0, "main\nor next\n", "")
    assert served.json("inbox", "--as", "ann")["messages"] == []


def test_answers_of_several_stand_below_the_names_of_who_gave_them(
    served: Cli,
) -> None:
    """And --answers says how many are enough."""
    names = ("red", "blue", "green")
    for name in names:
        served("inbox", "--as", name)
        assert served("tag", name, "+team").returncode == 0
    with in_background(
        served, "ask", "tag:team", "?", "--answers", "2", "--as", "ann"
    ) as asked:
        question = question_for(served, "red")
        for name in ("red", "blue"):
            served("reply", question["id"], f"of {name}", "--as", name)
        out, _ = asked.communicate(timeout=60)
    assert asked.returncode == 0
    assert out == "red:\n    of red\nblue:\n    of blue\n"
    assert served.json("inbox", "--as", "green")["messages"] == []


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["plain", "json"])
def test_too_few_answers_in_time_are_exit_code_124(
    served: Cli, flags: tuple[str, ...]
) -> None:
    """In words, or as JSON with what there is; nobody reads the question afterwards."""
    served("inbox", "--as", "silent")
    done = served("ask", "silent", "Well?", "--timeout", "0.5", *flags)
    assert (done.returncode, done.stdout) == (124, "")
    if flags:
        error = json.loads(done.stderr)
        assert error["code"] == "Timeout"
        assert error["data"]["recipients"][0]["state"] == "expired"
    else:
        assert "0 of 1 answers came within 0.5 s" in done.stderr
        assert done.stderr.count("\n") == 1
    assert served.json("inbox", "--as", "silent")["messages"] == []


def test_answers_that_came_are_printed_and_read_even_if_others_are_missing(
    served: Cli,
) -> None:
    """Half of the answers is better than none."""
    for name in ("half-1", "half-2"):
        served("inbox", "--as", name)
        served("tag", name, "+half")
    with in_background(
        served, "ask", "tag:half", "?", "--timeout", "15", "--as", "ann"
    ) as asked:
        question = question_for(served, "half-1")
        served("reply", question["id"], "here", "--as", "half-1")
        out, err = asked.communicate(timeout=60)
    assert (asked.returncode, out) == (124, "half-1:\n    here\n")
    assert "1 of 2 answers" in err
    assert served.json("inbox", "--as", "ann")["messages"] == []


def test_a_question_is_withdrawn_when_its_asker_is_interrupted(served: Cli) -> None:
    """Ctrl-C means that nobody waits any more."""
    served("inbox", "--as", "patient")
    with in_background(served, "ask", "patient", "?", "--as", "ann") as asked:
        question = question_for(served, "patient")
        asked.send_signal(signal.SIGINT)
        assert asked.wait(60) == 130
    wait_until(
        lambda: served.json("inbox", "--keep", "--as", "patient")["messages"] == []
    )
    told = served("message", question["id"])
    assert "withdrawn: its asker went away" in told.stdout


@pytest.mark.parametrize("answers", ["none", "0", "-1", "1.5"])
def test_answers_that_are_no_number_are_wrong_usage(served: Cli, answers: str) -> None:
    """Before anybody is asked."""
    done = served("ask", "whoever", "?", f"--answers={answers}")
    assert done.returncode == 2
    assert "neither all, nor any, nor a number" in done.stderr


def test_a_message_is_told_step_by_step_with_its_evidence(served: Cli) -> None:
    """For people; --json has the same for programs."""
    served("inbox", "--as", "bob")
    sent = served.json("send", "bob", "hello", "--as", "ann")["message_id"]
    served("inbox", "--as", "bob")
    served("reply", sent, "hi", "--as", "bob")
    told = served("message", sent).stdout
    assert "    hello\nto bob\n" in told
    assert "bob  answered" in told
    steps = [line.split()[1] for line in told.split("bob  answered\n")[1].splitlines()]
    assert steps == ["queued", "offered", "consumed", "answered"]
    shape = served.json("message", sent)
    assert [step["state"] for step in shape["recipients"][0]["steps"]] == steps[:3]
    assert shape["recipients"][0]["state"] == "answered"


def test_a_message_that_is_not_there_is_said_so(served: Cli) -> None:
    """With a code for scripts."""
    for command in (("message", "no-such"), ("reply", "no-such", "text")):
        done = served(*command, "--json")
        assert done.returncode == 1
        assert json.loads(done.stderr)["code"] == "MessageNotFound"


def test_an_inbox_is_read_by_type_and_by_sender(served: Cli) -> None:
    """What is left stays unread."""
    served("inbox", "--as", "picky")
    for who, kind in (("ann", "note"), ("bob", "note"), ("bob", "news")):
        served("send", "picky", f"{who} {kind}", "--type", kind, "--as", who)

    def texts(*options: str) -> list[str]:
        messages = served.json("inbox", "--as", "picky", *options)["messages"]
        return [one["payload"]["text"] for one in messages]

    assert texts("--keep", "--from", "bob") == ["bob note", "bob news"]
    assert texts("--type", "news", "--from", "ann") == []
    assert texts("--type", "news", "--type", "x") == ["bob news"]
    assert texts("--from", "bob") == ["bob note"]
    assert texts() == ["ann note"]


def test_an_inbox_that_was_not_read_to_its_end_says_so(served: Cli) -> None:
    """Nobody takes ten messages for all there were."""
    served("inbox", "--as", "popular")
    for number in range(12):
        served("send", "popular", f"message {number}", "--as", "ann")
    first = served("inbox", "--as", "popular")
    assert first.stdout.count("    message") == 10
    assert first.stderr == "fugue: 2 more; run it again\n"
    second = served("inbox", "--as", "popular")
    assert (second.stdout.count("    message"), second.stderr) == (2, "")


def test_looking_reads_nothing_and_does_not_wait(served: Cli) -> None:
    """--keep is for people who decide afterwards."""
    served("inbox", "--as", "curious")
    served("send", "curious", "hello", "--as", "ann")
    for _ in range(2):
        assert "hello" in served("inbox", "--keep", "--as", "curious").stdout
    assert served("inbox", "--keep", "--wait", "1").returncode == 2
    [message] = served.json("inbox", "--as", "curious")["messages"]
    assert "redelivered" not in message


def test_an_answer_that_cannot_be_printed_stays_unread(served: Cli) -> None:
    """As with every message."""
    served("inbox", "--as", "teller")
    full = os.open("/dev/full", os.O_WRONLY)
    asked = subprocess.Popen(
        [*FUGUE, "ask", "teller", "?", "--as", "unlucky"],
        env=served.environment,
        stdout=full,
        stderr=subprocess.PIPE,
    )
    os.close(full)
    question = question_for(served, "teller")
    served("reply", question["id"], "precious", "--as", "teller")
    _, errors = asked.communicate(timeout=60)
    assert asked.returncode == 1
    assert b"Traceback" not in errors
    [again] = served.json("inbox", "--as", "unlucky")["messages"]
    assert again["payload"] == {"text": "precious"}
    assert again["redelivered"] is True


def test_inside_a_pane_only_its_own_messages_are_told(served: Cli) -> None:
    """What others say to each other is none of an agent's business."""
    served("inbox", "--as", "bob")
    sent = served.json("send", "bob", "secret", "--as", "ann")["message_id"]
    made = served.json("new", "inmate", "--", "cat")
    inside = Home(served.home).environment_of_pane(made["pane_id"])
    token = inside["FUGUE_TOKEN"]
    refused = served("message", sent, "--json", FUGUE_TOKEN=token)
    assert json.loads(refused.stderr)["code"] == "NotAllowed"
    own = served.json("send", "bob", "hi", FUGUE_TOKEN=token)["message_id"]
    assert served("message", own, FUGUE_TOKEN=token).returncode == 0
