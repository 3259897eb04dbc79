"""TARGET and TEXT of `fugue send` as the protocol has them."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import click
import pytest

from fugue_actors.actors.content import parse_content
from fugue_actors.actors.targets import parse_target
from fugue_actors.cli.content import VARIANTS, content_of, target_of
from fugue_actors.protocol.addressing import described

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ada", {"session": "ada"}),
        ("session:ada", {"session": "ada"}),
        ("session:tag:odd", {"session": "tag:odd"}),
        ("tag:area:db", {"tag": "area:db"}),
        ("orchestrator", {"orchestrator": True}),
        ("session:orchestrator", {"session": "orchestrator"}),
        ("broadcast", {"broadcast": True}),
        ("broadcast:server", {"broadcast": "server"}),
        ("worktree:/srv/tree/../tree/", {"worktree": "/srv/tree"}),
        ("state:idle", {"state": "idle"}),
        ('{"tag": "a"}', {"tag": "a"}),
        (' {"not": {"any": [{"tag": "a"}]}}', {"not": {"any": [{"tag": "a"}]}}),
    ],
)
def test_a_target_is_read_as_it_is_documented(
    text: str, target: dict[str, object]
) -> None:
    """And the daemon accepts what comes out, in each of its forms."""
    assert target_of(text) == target
    parse_target(target)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"session": "ann"}, "ann"),
        ({"session": "orchestrator"}, "session:orchestrator"),
        ({"tag": "worker"}, "tag:worker"),
        ({"state": "idle", "deliver": "one"}, "state:idle"),
        ({"worktree": "/srv/a b"}, "worktree:/srv/a b"),
        ({"orchestrator": True}, "orchestrator"),
        ({"broadcast": True}, "broadcast"),
        ({"broadcast": "server"}, "broadcast:server"),
        (
            {"all": [{"tag": "a"}, {"not": {"state": "idle"}}]},
            "tag:a and not state:idle",
        ),
        (
            {"any": [{"session": "ann"}, {"all": [{"tag": "a"}, {"tag": "b"}]}]},
            "ann or (tag:a and tag:b)",
        ),
        ({"not": {"any": [{"tag": "a"}, {"tag": "b"}]}}, "not (tag:a or tag:b)"),
        ({"kin": [1]}, '{"kin": [1]}'),
        ({}, "{}"),
    ],
)
def test_a_target_is_shown_as_people_write_it(target: object, text: str) -> None:
    """Who looks at a message shall not have to read what programs tell each other."""
    assert described(target) == text


@pytest.mark.parametrize(
    "text", ["ann", "session:orchestrator", "tag:a:b", "state:idle", "broadcast:server"]
)
def test_a_word_that_is_shown_means_the_same_when_it_is_typed(text: str) -> None:
    """It can be copied into the next message."""
    assert described(target_of(text)) == text


def test_a_relative_worktree_is_taken_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon's own directory means nothing to whoever types the command."""
    monkeypatch.chdir(tmp_path)
    assert target_of("worktree:sub") == {"worktree": str(tmp_path / "sub")}
    assert target_of('{"all": [{"not": {"worktree": "."}}, {"tag": "a"}]}') == {
        "all": [{"not": {"worktree": str(tmp_path)}}, {"tag": "a"}]
    }


def test_plain_text_is_a_message() -> None:
    """The form people type most often needs no type."""
    assert content_of(None, "hello", None) == {
        "msg_type": "message",
        "payload": {"text": "hello"},
    }


def test_a_type_of_one_s_own_carries_text_or_payload() -> None:
    """Free types are not checked; their payload goes as it is."""
    assert content_of("build", "red", None) == {
        "msg_type": "build",
        "payload": {"text": "red"},
    }
    assert content_of("build", None, '{"ok": false}') == {
        "msg_type": "build",
        "payload": {"ok": False},
    }


def test_every_variant_that_takes_text_is_accepted_by_the_daemon() -> None:
    """What the command line makes of TEXT passes the daemon's own strict check."""
    for kind in set(VARIANTS) - {"sync_request", "task_complete", "status_update"}:
        message = content_of(kind, "some words", None)["message"]
        assert parse_content(message, None, None)[0] == kind


def test_a_status_may_carry_a_message() -> None:
    """`blocked: no network` is how people write it."""
    assert content_of("status_update", "blocked: no: network", None) == {
        "message": {"status_update": {"status": "blocked", "message": "no: network"}}
    }
    assert content_of("status_update", "idle", None) == {
        "message": {"status_update": {"status": "idle"}}
    }


def test_a_sync_request_needs_nothing() -> None:
    """It is the one variant without a payload."""
    assert content_of("sync_request", None, None) == {"message": {"sync_request": True}}


def test_a_variant_s_payload_is_checked_by_the_daemon_as_that_variant() -> None:
    """With --payload the fields are the user's own."""
    task = {"task_id": str(uuid.uuid4()), "success": False, "summary": "no luck"}
    text = str(task).replace("'", '"').replace("False", "false")
    made = content_of("task_complete", None, text)
    assert made == {"message": {"task_complete": task}}
    parse_content(made["message"], None, None)


@pytest.mark.parametrize("text", ["{tag: a}", '{"tag": "a"', "{" * 100_000])
def test_a_target_that_is_no_json_is_a_slip(text: str) -> None:
    """Nothing else begins with a brace; what the object means the daemon says."""
    with pytest.raises(click.BadParameter, match="not JSON") as slip:
        target_of(text)
    assert slip.value.param_hint == "TARGET"
    for odd in ('{"worktree": 3}', '{"worktree": ""}', '{"all": 3}', "{}"):
        assert target_of(odd) == json.loads(odd)


def test_a_prefix_without_a_name_is_a_slip() -> None:
    """`tag:` would otherwise be taken for a session of that name."""
    with pytest.raises(click.BadParameter):
        target_of("tag:")
