"""The bugs this project exists to make impossible, each by its upstream number.

A real daemon, real panes, the real shim and the official client.
"""

from __future__ import annotations

import itertools
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import trio
from mcpkit import Agent, ToolError, guest, inside

if TYPE_CHECKING:
    from conftest import Team
    from daemonkit import Home

pytestmark = pytest.mark.real

TASK = str(uuid.uuid4())
VARIANTS: dict[str, Any] = {
    "status_update": {"status": "working", "message": "on it"},
    "task_assignment": {"task_id": TASK, "description": "build", "files": ["a.py"]},
    "task_complete": {"task_id": TASK, "success": True, "summary": "built"},
    "help_request": {"context": "the tests fail"},
    "broadcast": {"message": "hello all"},
    "sync_request": True,
}
MODES = ["legacy", "auto"]


def targets(team: Team) -> dict[str, dict[str, Any]]:
    return {
        "orchestrator": {"orchestrator": True},
        "session": {"session": "boss"},
        "tag": {"tag": "orchestrator"},
        "broadcast": {"broadcast": True},
        "worktree": {"worktree": str(team.repository)},
    }


async def drain(agent: Agent) -> list[dict[str, Any]]:
    return (await agent.call("poll_messages", max=1000))["messages"]


@pytest.mark.parametrize("mode", MODES)
async def test_bug_052_an_agent_nested_deep_inside_a_pane_reaches_its_server(
    home: Home, team: Team, mode: str
) -> None:
    """The client is a grandchild of the pane's program and still is its session."""
    async with inside(team.ann, mode=mode) as ann:
        me = await ann.call("whoami")
    assert (me["session_name"], me["attested"]) == ("ann", "process")


async def test_bug_052_a_client_that_passes_no_environment_on_still_finds_its_daemon(
    home: Home, team: Team
) -> None:
    """Codex and the official client start servers with little more than HOME and PATH."""
    async with inside(team.ann, claims={"ONLY": "HOME,PATH"}) as ann:
        me = await ann.call("whoami")
    assert (me["session_name"], me["attested"]) == ("ann", "process")


@pytest.mark.parametrize("mode", MODES)
async def test_bug_060_no_orchestration_tool_needs_an_attachment(
    home: Home, team: Team, mode: str
) -> None:
    """Each orchestration tool works as the very first call of a connection."""
    firsts: dict[str, dict[str, Any]] = {
        "send_orchestration": {
            "target": {"tag": "orchestrator"},
            "message": {"sync_request": True},
        },
        "report_status": {"status": "working"},
        "request_help": {"context": "help"},
        "broadcast": {"message": "hi"},
        "poll_messages": {},
        "get_tags": {},
        "set_tags": {"add": ["seen"]},
    }
    for tool, arguments in firsts.items():
        async with inside(team.ann, mode=mode) as ann:
            await ann.call(tool, **arguments)


async def test_bug_060_attaching_to_oneself_is_fine_and_to_another_is_refused(
    home: Home, team: Team
) -> None:
    """Agents written for the old server call it first; nobody becomes anybody by it."""
    async with inside(team.ann) as ann:
        own = await ann.call("attach_session", session=team.ann.session_id)
        assert own["session_name"] == "ann"
        with pytest.raises(ToolError) as refused:
            await ann.call("attach_session", session="boss")
        assert refused.value.code == "IdentityFixed"
        assert (await ann.call("whoami"))["session_name"] == "ann"


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    "target", ["orchestrator", "session", "tag", "broadcast", "worktree"]
)
async def test_bug_061_every_variant_reaches_every_target_in_every_form(
    home: Home, team: Team, variant: str, target: str
) -> None:
    """Objects or JSON strings, typed message or msg_type and payload: all the same."""
    body = VARIANTS[variant]
    goal = targets(team)[target]
    payload = {} if body is True else body
    messages: list[dict[str, Any]] = [
        {"message": {variant: body}},
        {"message": json.dumps({variant: body})},
        {"msg_type": variant, "payload": payload},
        {"msg_type": variant, "payload": json.dumps(payload)},
    ]
    async with inside(team.ann) as ann, inside(team.boss) as boss:
        await drain(boss)
        for shape, content in itertools.product((goal, json.dumps(goal)), messages):
            sent = await ann.call("send_orchestration", target=shape, **content)
            assert "boss" in [row["session_name"] for row in sent["recipients"]]
            assert sent["delivered_count"] == len(sent["recipients"])
            (got,) = await boss.receive()
            assert got["id"] == sent["message_id"]
            assert (got["type"], got["payload"]) == (variant, payload)
            assert got["target"] == goal
            assert got["from"] == {
                "session_id": team.ann.session_id,
                "session_name": "ann",
                "attested": "process",
            }


async def test_bug_061_lists_may_come_as_json_strings_too(
    home: Home, team: Team
) -> None:
    """Clients stringify arrays as readily as objects."""
    async with inside(team.bob) as bob:
        tags = await bob.call("set_tags", add='["one", "two"]')
        assert {"one", "two"} <= set(tags["tags"])
        tags = await bob.call("set_tags", remove=["one", "two"])
        assert not {"one", "two"} & set(tags["tags"])


@pytest.mark.parametrize("mode", MODES)
async def test_bug_073_get_tags_answers_with_ones_own_tags(
    home: Home, team: Team, mode: str
) -> None:
    """An active orchestrator beside it must not make a worker take itself for one."""
    async with inside(team.boss, mode=mode) as boss, inside(team.ann, mode=mode) as ann:
        await boss.call("whoami")
        answer = await ann.call("get_tags")
        assert answer["session_name"] == "ann"
        assert "orchestrator" not in answer["tags"]
        assert "worker" in answer["tags"]


async def test_an_environment_that_claims_another_session_changes_nothing(
    home: Home, team: Team
) -> None:
    """Ids and token of another pane, copied into a worker's environment."""
    async with inside(team.boss) as boss:
        await boss.call("whoami")
    claims = {
        "FUGUE_SESSION_ID": team.boss.session_id,
        "FUGUE_SESSION_NAME": "boss",
        "FUGUE_PANE_ID": team.boss.pane_id,
        "FUGUE_TOKEN": home.environment_of_pane(team.boss.pane_id)["FUGUE_TOKEN"],
    }
    async with inside(team.bob, claims=claims) as bob:
        me = await bob.call("whoami")
        assert (me["session_name"], me["attested"]) == ("bob", "process")
        assert "orchestrator" not in (await bob.call("get_tags"))["tags"]


async def test_two_agents_never_see_each_others_inbox(home: Home, team: Team) -> None:
    """Each gets what was sent to it, and nothing of what was sent to the other."""
    async with (
        inside(team.boss) as boss,
        inside(team.ann) as ann,
        inside(team.bob) as bob,
    ):
        await drain(ann)
        await drain(bob)
        for name in ("ann", "bob"):
            await boss.call(
                "send_orchestration",
                target={"session": name},
                msg_type="secret",
                payload={"for": name},
            )
        for agent, name in ((ann, "ann"), (bob, "bob")):
            messages = await drain(agent)
            assert [m["payload"] for m in messages] == [{"for": name}]


async def test_feat_048_every_orchestration_message_is_a_tool_of_its_own(
    home: Home, team: Team
) -> None:
    """What agents cannot find in the list of tools does not exist for them."""
    async with guest(home) as client:
        listed = await client.client.list_tools()
    tools = {tool.name: tool for tool in listed.tools}
    assert {
        "fugue_whoami", "fugue_send_orchestration", "fugue_report_status",
        "fugue_request_help", "fugue_broadcast", "fugue_poll_messages",
        "fugue_set_tags", "fugue_get_tags", "fugue_attach_session",
        "fugue_list_sessions", "fugue_create_session", "fugue_kill_session",
        "fugue_list_panes", "fugue_read_pane", "fugue_send_input", "fugue_get_status",
    } <= set(tools)  # fmt: skip
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema


async def test_a_waiting_call_does_not_hold_up_another(home: Home, team: Team) -> None:
    """Long polls must not block an agent's other calls on the same connection."""
    async with inside(team.ann) as ann, inside(team.boss) as boss:
        await drain(ann)
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                got: list[dict[str, Any]] = []

                async def wait() -> None:
                    got.extend(await ann.receive(wait=15))

                nursery.start_soon(wait)
                for _ in range(3):
                    assert (await ann.call("whoami"))["session_name"] == "ann"
                await boss.call(
                    "send_orchestration", target={"session": "ann"}, msg_type="go"
                )
        assert [message["type"] for message in got] == ["go"]
