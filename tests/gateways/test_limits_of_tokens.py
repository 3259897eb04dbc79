"""What a token that is limited to some sessions can be used for, and what it cannot.

Ann is named by the token, bob has its tag, carol is beyond it. What follows is a table:
each operation, on each of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
import trio
from gatewaykit import Background, ControlLine, Gate, pane_id
from trio.testing import wait_all_tasks_blocked

from fugue_actors.actors.targets import SessionTarget
from fugue_actors.gateways import access
from fugue_actors.gateways.control import ControlConnection
from fugue_actors.gateways.greeting import greet
from fugue_actors.gateways.operations import OPERATIONS
from fugue_actors.protocol.events import PaneLost, TagsChanged
from fugue_actors.protocol.values import Reach, Session, Token

if TYPE_CHECKING:
    from trio.testing import MockClock

    from fugue_actors.gateways.caller import Caller


WITHIN: Final = ("ann", "bob")
BEYOND: Final = "carol"

NAMING: Final[dict[str, dict[str, Any]]] = {
    "get_tags": {},
    "set_tags": {"add": ["ours"]},
    "kill_session": {},
    "list_panes": {},
    "get_status": {},
    "get_layout": {},
    "read_pane": {},
    "read_lines": {},
    "send_input": {"text": "x"},
    "wait_for": {"text": "never", "timeout": 1},
    "split_pane": {},
    "create_layout": {"layout": {"pane": {}}},
    "resize_pane": {"columns": 40},
    "focus_pane": {},
    "rename_pane": {"name": "new"},
    "move_pane": {},
    "swap_panes": {"other": "nothing"},
    "close_pane": {},
    "take_control": {},
    "get_control": {},
    "release_control": {},
    "note_activity": {"activity": "prefix"},
    "zoom_pane": {},
    "rename_session": {"name": "new"},
    "new_window": {},
    "close_window": {"window": "0"},
    "rename_window": {"name": "new"},
    "arrange_window": {},
    "focus_window": {"window": "0"},
    "move_window": {"number": 5},
    "swap_windows": {"other": "0"},
    "rotate_window": {},
    "resize_window": {"columns": 40, "lines": 10},
    "events": {},
}
"""Operations that name a session, with what they need besides."""
LISTING: Final = ("list_sessions", "list_panes", "messages", "tree", "status")
SENDING: Final = ("send_orchestration", "ask")
OWN: Final = ("whoami", "poll_messages", "ack", "unread", "attach_session")
OTHER: Final = ("create_session", "reply", "message_status")
NEVER: Final[dict[str, dict[str, Any]]] = {
    "report_status": {"status": "idle"},
    "request_help": {"context": "x"},
    "broadcast": {"message": "x"},
    "run": {"command": "x"},
    "run_parallel": {"commands": ["x"]},
    "run_pipeline": {"commands": ["x"]},
    "record_start": {"session": "ann"},
    "record_stop": {},
    "recordings": {},
}
ADMINISTERING: Final = ("stop", "hand_over", "token_new", "token_ls", "token_revoke")


def test_every_operation_is_in_the_table() -> None:
    """A new one does nothing for a limited token until somebody says how it heeds it."""
    table = {*NAMING, *LISTING, *SENDING, *OWN, *OTHER, *NEVER, *ADMINISTERING}
    assert table == OPERATIONS.keys()
    limitable = {name for name, row in OPERATIONS.items() if row.is_limitable}
    assert limitable == table - NEVER.keys() - set(ADMINISTERING)


# ---- surroundings


class WithToken(ControlConnection):
    """A connection that was opened with a token."""

    token: Token

    async def greeted(self, request: Any) -> Caller:
        return await greet(
            self.peer,
            kernel=self.kernel,
            journal=self.journal,
            holder=None,
            token=None,
            name=self.token.label,
            access_of=lambda attestation: access.of_token(self.token, attestation),
        )


@attrs.frozen
class Scene:
    """Three agents, and a connection with a limited token."""

    gate: Gate
    line: ControlLine
    sessions: dict[str, Session]

    async def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        with trio.fail_after(1000):
            return await self.line.call(name, **arguments)

    async def tag(self, name: str, *tags: str) -> None:
        event = TagsChanged(session_id=self.sessions[name].session_id, tags=tags)
        await self.gate.world.journal.record(event)


async def connected(
    gate: Gate, reach: Reach | None, role: Any = "operator"
) -> ControlLine:
    """A connection whose token has these limits."""
    token = Token(
        token_id="t",
        digest="d",
        role=role,
        label="guest",
        issued_at="",
        expires_at="",
        reach=reach,
    )
    kind = type("Limited", (WithToken,), {"token": token})
    line = ControlLine(*await gate.connect(kind))
    await line.call("hello")
    return line


@pytest.fixture
async def scene(patient_clock: MockClock, gate: Gate) -> Scene:
    sessions = {
        "ann": await gate.agent("ann", tags=("other",)),
        "bob": await gate.agent("bob", tags=("other", "ours")),
        "carol": await gate.agent("carol", tags=("other",)),
    }
    reach = Reach(sessions=(sessions["ann"].session_id,), tags=("ours",))
    return Scene(gate, await connected(gate, reach), sessions)


# ---- each cell


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize("whose", [*WITHIN, BEYOND])
async def test_what_names_a_session_works_within_the_limits_only(
    scene: Scene, name: str, whose: str
) -> None:
    """By the session's name, by its id, and by its pane, where one can be named."""
    session = scene.sessions[whose]
    takes = OPERATIONS[name].takes["properties"]
    naming = [{"session": whose}, {"session": session.session_id}]
    if "pane" in takes:
        naming.append({"pane": pane_id(session)})
    required = OPERATIONS[name].takes.get("required", ())
    naming = [one for one in naming if "pane" not in required or "pane" in one]
    before = scene.gate.world.journal.seq
    for arguments in naming:
        answer = await scene.call(name, **arguments, **NAMING[name])
        if whose == BEYOND:
            assert answer["code"] == "NotAllowed", arguments
            assert "limited" in answer["message"]
        else:
            assert answer.get("code") != "NotAllowed", arguments
    if whose == BEYOND:
        assert scene.gate.world.journal.seq == before


@pytest.mark.parametrize("name", NEVER)
async def test_what_cannot_be_limited_is_refused(scene: Scene, name: str) -> None:
    """It acts on whoever there is, or runs a program that is in no session's pane."""
    before = scene.gate.world.journal.seq
    refused = await scene.call(name, **NEVER[name])
    assert refused["code"] == "NotAllowed"
    assert "limited to some sessions" in refused["message"]
    assert scene.gate.world.journal.seq == before


@pytest.mark.parametrize("name", OWN)
async def test_ones_own_session_is_always_within_the_limits(
    scene: Scene, name: str
) -> None:
    """Else nobody could receive an answer."""
    own = await scene.call("whoami")
    more = {"ack": {"message_ids": []}, "attach_session": {"session": "guest"}}
    answer = await scene.call(name, **more.get(name, {}))
    assert answer.get("code") in (None, "InvalidArgument")
    assert own["session_name"] == "guest"
    assert (await scene.call("get_status", session="guest"))["session_id"]


# ---- lists


@pytest.mark.parametrize("name", LISTING)
async def test_a_list_holds_nothing_from_beyond_the_limits(
    scene: Scene, name: str
) -> None:
    """Not even a name."""
    ann, carol = scene.sessions["ann"], scene.sessions["carol"]
    await scene.gate.world.send(carol, carol)
    await scene.gate.world.send(carol, ann)
    unlimited = await scene.gate.control()
    assert "carol" in json.dumps(await unlimited.call("messages"))
    shown = await scene.call(name)
    text = json.dumps(shown)
    if name == "messages":
        (message,) = shown["messages"]
        assert message["recipients"][0]["session_id"] == ann.session_id
        return
    assert "code" not in shown
    assert "carol" not in text
    assert carol.session_id not in text
    if name == "status":
        assert (shown["sessions"], shown["panes"]) == (2, 2)
    elif name == "tree":
        paths = [actor["path"] for actor in shown["actors"]]
        assert any(ann.session_id in path for path in paths)
        assert "/router" in paths
    else:
        assert ann.session_id in text


async def test_the_state_of_what_is_beyond_is_not_told(scene: Scene) -> None:
    """Nor by way of what is wrong with the daemon."""
    for name in ("ann", "carol"):
        session = scene.sessions[name]
        lost = PaneLost(pane_id=pane_id(session), session_id=session.session_id)
        await scene.gate.world.journal.record(lost)
    told = await scene.call("status")
    assert told["degraded"] == [pane_id(scene.sessions["ann"])]


async def test_what_a_name_might_have_meant_is_told_of_those_within(
    scene: Scene,
) -> None:
    """A misspelling must not be a way to find out who there is."""
    for operation, arguments in (
        ("get_status", {"session": "caro"}),
        ("events", {"session": "caro"}),
        ("send_orchestration", {"target": {"session": "caro"}, "msg_type": "n"}),
    ):
        refused = await scene.call(operation, **arguments)
        assert refused["code"] == "SessionNotFound", operation
        assert refused["data"]["near"] == []


async def test_events_are_those_of_a_session_within(scene: Scene) -> None:
    """All of them together are beyond any limit; so is a session that has ended."""
    assert (await scene.call("events"))["code"] == "NotAllowed"
    gone = "00000000-0000-4000-8000-000000000000"
    assert (await scene.call("events", session=gone))["code"] == "NotAllowed"


# ---- sending


@pytest.mark.parametrize("operation", SENDING)
@pytest.mark.parametrize(
    ("target", "is_within"),
    [
        ({"session": "ann"}, True),
        ({"session": "bob"}, True),
        ({"session": "carol"}, False),
        ({"tag": "ours"}, True),
        ({"tag": "other"}, False),
        ({"any": [{"session": "ann"}, {"tag": "ours"}]}, True),
        ({"any": [{"session": "ann"}, {"tag": "other"}]}, False),
        ({"all": [{"tag": "other"}, {"tag": "ours"}]}, True),
        ({"all": [{"tag": "other"}, {"broadcast": "server"}]}, False),
        ({"all": [{"tag": "ours"}, {"not": {"session": "ann"}}]}, True),
        ({"not": {"session": "carol"}}, False),
        ({"not": {"tag": "other"}}, False),
        ({"broadcast": True}, False),
        ({"broadcast": "server"}, False),
        ({"worktree": "/"}, False),
        ({"state": "idle"}, False),
        ({"orchestrator": True}, False),
    ],
    ids=json.dumps,
)
async def test_a_message_reaches_nobody_beyond_the_limits(
    scene: Scene, operation: str, target: dict[str, Any], is_within: bool
) -> None:
    """Whoever the target might ever mean counts, not only whom it means now."""
    words = (
        {"question": "well?", "timeout": 1, "answers": "any"}
        if operation == "ask"
        else {"msg_type": "note", "retain_seconds": 60}
    )
    answer = await scene.call(operation, target=target, **words)
    journal = scene.gate.world.journal
    sent = list(journal.state.ledger.messages.values())
    if not is_within:
        assert answer["code"] == "NotAllowed"
        assert sent == []
        return
    assert answer.get("code") in (None, "Timeout")
    got = {row.session_name for record in sent for row in record.recipients.values()}
    assert got
    assert got <= set(WITHIN)


async def test_an_answer_goes_only_to_who_is_within(scene: Scene) -> None:
    """Carol may write to the guest; to write to her takes another token."""
    guest = SessionTarget(session=(await scene.call("whoami"))["session_name"])
    for name in ("bob", "carol"):
        await scene.gate.world.send(scene.sessions[name], guest)
    messages = (await scene.call("poll_messages"))["messages"]
    told = {}
    for message in messages:
        sender = message["from"]["session_name"]
        shown = await scene.call("message_status", message_id=message["id"])
        assert "code" not in shown
        told[sender] = await scene.call("reply", message_id=message["id"], text="yes")
    assert "code" not in told["bob"]
    assert told["carol"]["code"] == "NotAllowed"


async def test_a_message_between_others_is_not_shown(scene: Scene) -> None:
    """Its id is no key to it."""
    sent = await scene.gate.world.send(scene.sessions["carol"], scene.sessions["carol"])
    answer = await scene.call("message_status", message_id=sent.message_id)
    assert answer["code"] == "NotAllowed"


# ---- tags that change


async def test_a_session_comes_and_goes_with_its_tag(scene: Scene) -> None:
    """Whatever the token said when it was made, and for connections that are open."""

    async def may_read(name: str) -> bool:
        return "code" not in await scene.call("read_pane", session=name)

    async def listed() -> list[str]:
        shown = await scene.call("list_sessions")
        return [session["session_name"] for session in shown["sessions"]]

    assert [await may_read(name) for name in ("bob", "carol")] == [True, False]
    await scene.tag("carol", "ours")
    await scene.tag("bob")
    assert [await may_read(name) for name in ("bob", "carol")] == [False, True]
    assert await listed() == ["ann", "carol"]


async def test_what_was_waited_for_is_not_told_when_the_session_has_lost_its_tag(
    scene: Scene,
) -> None:
    """The last lines of a screen stand in the refusal of a wait that took too long."""
    async with trio.open_nursery() as nursery:
        waiting = Background(
            nursery, scene.call("wait_for", session="bob", text="never", timeout=5)
        )
        await wait_all_tasks_blocked()
        assert not waiting.is_over
        await scene.tag("bob")
    assert waiting.result["code"] == "NotAllowed"


@pytest.mark.parametrize("how", ["add", "remove"])
async def test_only_the_tags_of_the_limits_are_given_and_taken(
    scene: Scene, how: str
) -> None:
    """Else ann could be made an orchestrator, who is told what others do."""
    refused = await scene.call("set_tags", session="ann", **{how: ["orchestrator"]})
    assert refused["code"] == "NotAllowed"
    refused = await scene.call("set_tags", session="carol", **{how: ["ours"]})
    assert refused["code"] == "NotAllowed"
    assert "code" not in await scene.call("set_tags", session="ann", **{how: ["ours"]})


@pytest.mark.parametrize(
    ("tags", "is_within"),
    [(["ours"], True), ([], False), (["other"], False), (["ours", "other"], False)],
)
async def test_a_session_is_created_within_the_limits_or_not_at_all(
    scene: Scene, tags: list[str], is_within: bool
) -> None:
    """What one may not look at one need not create."""
    made = await scene.call("create_session", name="new", command="sh", tags=tags)
    assert made.get("code") == (None if is_within else "NotAllowed")
    assert ("new" in scene.gate.world.journal.state.names) == is_within


# ---- observers


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_observer_is_no_session_and_changes_nothing(
    patient_clock: MockClock, gate: Gate, name: str
) -> None:
    """It never becomes one, whatever it asks for."""
    ann = await gate.agent("ann")
    line = await connected(gate, None, role="observer")
    before = gate.world.journal.seq
    row = OPERATIONS[name]
    given: dict[str, Any] = {}
    if "session" in row.takes["properties"]:
        given = {"session": ann.session_id}
    if name == "wait_for":
        given |= {"text": "never", "timeout": 0.1}
    if name == "message_status":
        given = {"message_id": "none"}
    with trio.fail_after(1000):
        answer = await line.call(name, **given)
    if row.right != "look" or name in ("whoami", "unread", "attach_session"):
        assert answer["code"] in ("NotAllowed", "InvalidArgument")
    assert gate.world.journal.seq == before


async def test_what_a_program_copied_is_for_those_who_act(
    patient_clock: MockClock, gate: Gate
) -> None:
    """It may be a password, on its way from one window of a person to another."""
    ann = await gate.agent("ann")
    pane = pane_id(ann)
    observer = await connected(gate, None, role="observer")
    refused = await observer.call("read_pane", pane=pane, clipboard=True)
    assert refused["code"] == "NotAllowed"
    assert (await observer.call("read_pane", pane=pane))["pane_id"] == pane
    operator = await connected(gate, None, role="operator")
    assert "clipboard" in await operator.call("read_pane", pane=pane, clipboard=True)


async def test_an_agent_sees_of_messages_its_own(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Sent or received; a person outside of panes sees them all."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    await gate.world.send(ann, bob)
    await gate.world.send(bob, ann)
    await gate.world.send(bob, bob)
    told = {}
    for who in (ann, bob, None):
        line = await gate.control(who)
        shown = await line.call("messages")
        told[who and who.session_name] = len(shown["messages"])
    assert told == {"ann": 2, "bob": 3, None: 3}
