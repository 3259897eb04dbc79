"""Verbs run from the prompt: real programs, stopped, bounded, and told of."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
import trio
from daemonkit import wait_until
from deskkit import is_alive
from modekit import line_picture

from fugue_actors.tui import invoking
from fugue_actors.tui.events import Key
from fugue_actors.tui.invoking import MOST_BYTES, Outcome, Running, shown
from fugue_actors.tui.modes import ONLY_LOOKS, Close, Notice, Open
from fugue_actors.tui.verbs import Argument, Seen, Verb
from fugue_actors.tui.vocabulary import Verbs

if TYPE_CHECKING:
    from pathlib import Path

WITHIN = 60.0
VERSION = Verb(name="--version", about="Say which version this is.")
LS = Verb(name="ls")
READ = Verb(name="read", arguments=(Argument(name="NAME|PANE", kind="place"),))
DEMO = Verb(name="demo")
KNOWN = {verb.name: verb for verb in (VERSION, LS, READ, DEMO)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which no daemon runs."""
    monkeypatch.setenv("FUGUE_HOME", str(tmp_path))
    return tmp_path


class Told:
    """What a client is told."""

    def __init__(self) -> None:
        self.actions: list[Any] = []
        self.opened = trio.Event()

    def __call__(self, actions: Any, mode: Any) -> None:
        self.actions += actions
        if any(isinstance(one, Open) for one in actions):
            self.opened.set()

    @property
    def running(self) -> Running:
        """What shows that a verb runs."""
        [mode] = [one.mode for one in self.actions if isinstance(one, Open)]
        assert isinstance(mode, Running)
        return mode


def verbs() -> Verbs:
    """A few verbs, which are read when one is run."""
    return Verbs(names=dict.fromkeys(KNOWN, ""), read=lambda: KNOWN)


async def run(*words: str, seen: Seen | None = None) -> list[Any]:
    """What is told of a verb that runs to its end, but not that it runs."""
    told = Told()
    with trio.fail_after(WITHIN):
        await invoking.invoke(" ".join(words), verbs(), seen or Seen(), told)
    return [one for one in told.actions if not isinstance(one, Open)]


async def test_a_line_is_told_in_the_status_line() -> None:
    """The verb is the user's own `fugue`, with the words as they were typed."""
    actions = await run("--version")
    assert actions[0] == Close()
    assert actions[1].text.startswith("fugue, version ")
    assert not actions[1].is_error


async def test_what_is_wrong_is_told_with_its_hint() -> None:
    """In one line, without the name of the program."""
    [_, notice] = await run("ls")
    assert notice.is_error
    assert notice.text.startswith("no daemon")
    assert "fugue serve" in notice.text


async def test_what_cannot_be_run_here_is_not_begun() -> None:
    """With a reason."""
    [notice] = await run("demo")
    assert "cannot be run here" in notice.text
    [notice] = await run("read")
    assert "no session is in view" in notice.text


async def test_a_verb_is_stopped_with_all_that_it_has_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By C-c, also if it does not mind that; it is shown that it runs."""
    program, pids = tmp_path / "stubborn", tmp_path / "pids"
    os.mkfifo(pids)
    program.write_text(
        f"#!/bin/sh\ntrap '' INT\nsleep 3210 &\necho $$ $! > {pids}\nsleep 3210\n",
        encoding="utf-8",
    )
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    told = Told()
    with trio.fail_after(WITHIN):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(invoking.invoke, "ls", verbs(), Seen(), told)
            numbers = (await trio.to_thread.run_sync(pids.read_text, "utf-8")).split()
            await told.opened.wait()
            running = told.running
            assert line_picture(running, 60, 1) == [
                "ls …  C-c stops it, Enter lets it go on unseen"
            ]
            assert list(running.key(Key("x", "x"))) == []
            assert list(running.key(Key("Enter"))) == [Close()]
            assert list(running.key(Key("C-c"))) == []
        await trio.to_thread.run_sync(
            wait_until, lambda: not any(is_alive(int(number)) for number in numbers)
        )
    assert told.actions[-2:] == [Close(), Notice("ls: stopped")]


async def test_a_verb_ends_with_the_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is left of it, and nothing waits for it."""
    program, pid = tmp_path / "slow", tmp_path / "pid"
    os.mkfifo(pid)
    program.write_text(f"#!/bin/sh\necho $$ > {pid}\nexec sleep 3210\n", "utf-8")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    told = Told()
    with trio.fail_after(WITHIN):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(invoking.invoke, "ls", verbs(), Seen(), told)
            number = int(await trio.to_thread.run_sync(pid.read_text, "utf-8"))
            await told.opened.wait()
            nursery.cancel_scope.cancel("the client ends")
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


async def test_output_without_end_is_cut(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is read to its end all the same, for the program waits otherwise."""
    program = tmp_path / "long"
    lines = MOST_BYTES // 8 + 1000
    program.write_text(f"#!/bin/sh\nyes 1234567 | head -n {lines}\n", "utf-8")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    with trio.fail_after(WITHIN):
        outcome = await invoking.run(["ls"], trio.Event())
    assert outcome.code == 0
    assert outcome.output.endswith("… 8000 bytes more")


async def test_a_program_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade of Python below a running client."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    [_, notice] = await run("ls")
    assert notice.is_error
    assert "ls cannot be run" in notice.text


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(words=["focus"], code=0), "focus: done"),
        (Outcome(words=["ls"], code=0, output="one\n"), "one"),
        (Outcome(words=["ls"], code=0, output="o\x1b[2Jne\n"), "o\ufffd[2Jne"),
        (
            Outcome(words=["ls"], code=0, trouble="fugue: you are x1"),
            "fugue: you are x1",
        ),
        (Outcome(words=["ls"], code=None), "ls: stopped"),
        (Outcome(words=["ls"], code=None, is_late=True), "ls: its time was up"),
        (Outcome(words=["ls"], code=7), "exit code 7"),
        (
            Outcome(words=["ls"], code=2, trouble="Usage: x\n\nError: No such option."),
            "No such option.",
        ),
    ],
)
def test_an_outcome_is_told_in_a_line(outcome: Outcome, expected: str) -> None:
    """What happened, or the first thing that a person needs."""
    [notice] = shown(outcome)
    assert isinstance(notice, Notice)
    assert notice.text == expected
    assert notice.is_error == bool(outcome.code or outcome.is_late)


def test_a_line_that_does_not_fit_goes_into_a_pager() -> None:
    """Such as a link, of which nobody can use a part."""
    link = "http://127.0.0.1:7007/#" + "x" * 60
    outcome = Outcome(words=["monitor"], code=0, output=f"{link}\n")
    [opening] = shown(outcome, len(link) - 1)
    assert isinstance(opening, Open)
    pager: Any = opening.mode
    assert pager.lines == [link]
    assert shown(outcome, len(link)) == [Notice(link)]


def test_several_lines_go_into_a_pager_and_trouble_beside() -> None:
    """Both are of use."""
    opening, notice = shown(
        Outcome(words=["kill", "a"], code=1, output="one\ntwo\n", trouble="fugue: no")
    )
    assert isinstance(opening, Open)
    pager: Any = opening.mode
    assert pager.lines == ["one", "two"]
    assert notice == Notice("no", is_error=True)


async def test_a_client_that_only_looks_runs_no_verb_that_changes_things() -> None:
    """Such a verb is not even begun."""
    told = Told()
    known = Verbs(
        known={"kill": Verb(name="kill"), "ls": Verb(name="ls", looks="always")}
    )
    with trio.fail_after(WITHIN):
        await invoking.invoke("kill ann", known, Seen(), told, is_read_only=True)
        assert told.actions == [ONLY_LOOKS]
        await invoking.invoke("ls", known, Seen(), told, is_read_only=True)
    assert told.actions[-1].text.startswith("no daemon")
