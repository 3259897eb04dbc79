"""`fugue events` and `export`: what people read of the journal, and what they never see."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from daemonkit import ControlError, Home, running_home

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

FUGUE = [sys.executable, "-P", "-m", "fugue_actors"]
SECRET = "s3cr3t-of-the-environment"


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A daemon with a session, a guest and some messages; tests only add to them."""
    with running_home() as home:
        with home.control() as control:
            control(
                "create_session",
                name="ann",
                command=["cat"],
                environment={**home.environment, "SECRET": SECRET},
            )
            for number in range(5):
                control(
                    "send_orchestration",
                    target={"session": "ann"},
                    msg_type="note",
                    payload={"number": number},
                )
        yield home


def fugue(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FUGUE, *arguments],
        env=home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_events_are_listed_from_a_number_on_or_from_the_end(home: Home) -> None:
    """Each once and in order, whatever the page."""
    everything = rows(fugue(home, "events", "--since", "0", "--json").stdout)
    assert [one["seq"] for one in everything[:3]] == [1, 2, 3]
    assert [one["event"] for one in everything[:2]] == ["SessionOpened", "PaneOpened"]
    last = rows(fugue(home, "events", "--last", "2", "--json").stdout)
    assert last == everything[-2:]
    notes = fugue(home, "events", "--kind", "MessageSent", "--since", "0").stdout
    assert len(notes.splitlines()) == 5
    assert '"number": 3' in notes.splitlines()[3]
    with home.control() as control:
        pages, since = [], 0
        while not pages or pages[-1]:
            page = control("events", since=since, limit=2)
            pages.append(page["events"])
            since = page["next"]
    assert [event for page in pages for event in page] == everything


def test_only_what_concerns_a_session_is_listed(home: Home) -> None:
    """By its name, and for messages to it, too; a name that nobody has is an error."""
    with home.control() as control:
        control("create_session", name="bob", command=["cat"])
    found = rows(fugue(home, "events", "--session", "bob", "--json").stdout)
    assert {one["event"] for one in found} >= {"SessionOpened", "PaneOpened"}
    assert not any("number" in json.dumps(one) for one in found)
    ann = rows(fugue(home, "events", "--session", "ann", "--json").stdout)
    assert sum(one["event"] == "MessageSent" for one in ann) == 5
    missing = fugue(home, "events", "--session", "nobody")
    assert missing.returncode == 1
    assert "nobody" in missing.stderr


def test_events_can_be_followed(home: Home) -> None:
    """They are printed as they happen, and Ctrl-C ends it."""
    with home.control() as control:
        newest = control("events")["newest"]
    with subprocess.Popen(
        [
            *(*FUGUE, "events", "--since", str(newest), "--follow", "--json"),
            *("--kind", "TagsChanged"),
        ],
        env=home.environment,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        with home.control() as control:
            for tag in ("first", "second"):
                control("set_tags", session="ann", add=[tag])
                event = json.loads(process.stdout.readline())
                assert (event["event"], tag in event["tags"]) == ("TagsChanged", True)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_an_export_holds_everything_and_no_secret(home: Home) -> None:
    """Keys, tokens and environments stay in the journal, which is its user's alone."""
    target = home.root / "all.jsonl"
    done = fugue(home, "export", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    exported = target.read_text(encoding="utf-8")
    assert rows(exported)[0]["seq"] == 1
    opened = [one for one in rows(exported) if one["event"] == "PaneOpened"]
    assert {one["pane"]["key"] for one in opened} == {"***"}
    assert {one["pane"]["token"] for one in opened} == {"***"}
    assert opened[0]["pane"]["environment"]["SECRET"] == "***"
    assert SECRET not in exported
    assert SECRET not in fugue(home, "events", "--since", "0", "--json").stdout
    assert fugue(home, "export").stdout.startswith(exported[:1000])
    assert not list(home.root.glob("*.new"))


def test_an_export_that_cannot_be_written_leaves_what_was_there(home: Home) -> None:
    """And says so."""
    failed = fugue(home, "export", str(home.root / "nowhere" / "all.jsonl"))
    assert failed.returncode == 1
    assert "cannot be written" in failed.stderr


def test_programs_in_panes_do_not_read_the_journal(home: Home) -> None:
    """It holds what all sessions said to each other."""
    with home.control() as control:
        made = control("create_session", name="carol", command=["cat"])
    environment = home.environment_of_pane(made["pane_id"])
    inside = home.control(token=environment["FUGUE_TOKEN"])
    with inside as control, pytest.raises(ControlError) as refused:
        control("events")
    assert refused.value.code == "NotAllowed"


@pytest.mark.parametrize(
    "kind", ["message", "\ud800"], ids=["unknown", "half of a pair"]
)
def test_a_kind_that_no_event_has_is_refused_and_the_kinds_are_named(
    home: Home, kind: str
) -> None:
    """Nothing listed would be taken for nothing that happened."""
    with home.control() as control, pytest.raises(ControlError) as refused:
        control("events", kinds=[kind])
    assert refused.value.code == "InvalidArgument"
    assert "MessageSent" in refused.value.shape["hint"]


def test_a_message_is_remembered_when_memory_has_forgotten_it(home: Home) -> None:
    """By its events, with every step; also by the next daemon."""
    with home.control() as control:
        control("create_session", name="dan", command=["cat"])
        sent = control(
            "send_orchestration", target={"session": "dan"}, msg_type="note", payload={}
        )
        control("kill_session", session="dan")
        before = control("message_status", message_id=sent["message_id"])
    for _ in range(3):  # what was over when a daemon began, the next one leaves out
        assert home.daemon is not None
        home.daemon.kill()
        home.daemon.wait(60)
        home.start()
    with home.control() as control:
        listed = control("messages")["messages"]
        assert sent["message_id"] not in [one["id"] for one in listed]
        after = control("message_status", message_id=sent["message_id"])
    assert after == before
    assert [row["state"] for row in after["recipients"]] == ["dead"]
