"""The operations behind every tool and command, above a tree without processes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from gatewaykit import Gate, pane_id

from fugue_actors.gateways.operations import OPERATIONS

if TYPE_CHECKING:
    from trio.testing import MockClock


async def results(gate: Gate) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """One good call of many operations: arguments and result."""
    ann = await gate.agent("ann", tags=("orchestrator",))
    bob = await gate.agent("bob")
    line = await gate.control(bob)
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    async def call(name: str, /, **arguments: Any) -> None:
        found[name] = (arguments, await line.call(name, **arguments))

    await call("whoami")
    await call("set_tags", add=["x"])
    await call("get_tags", session="ann")
    await call("attach_session", session=bob.session_id)
    await call("list_sessions")
    await call("list_panes")
    await call("get_status", session="ann")
    await call("get_layout")
    await call("read_pane")
    await call("read_lines")
    await call("send_input", text="hi", submit=True)
    await call("report_status", status="working", message="well")
    await call("request_help", context="stuck")
    await call("broadcast", message="all", scope="server")
    note = {"msg_type": "note", "payload": {"a": 1}}
    await call("send_orchestration", target={"session": "bob"}, **note)
    await call("poll_messages")
    await call("create_session", name="cyd", command="sh -c 'a b'", tags=["t"])
    await call("kill_session", session="cyd")
    await call("rename_pane", name="main")
    await call("new_window", name="logs", focus=True)
    await call("zoom_pane")
    await call("rename_window", window="bob:logs", name="log")
    await call("focus_window", window="0")
    await call("arrange_window", preset="tiled")
    await call("rotate_window", back=True)
    await call("swap_windows", window="0", other="log")
    await call("move_window", window="log", number=7)
    await call("resize_window", columns=90, lines=30)
    await call("close_window", window="7")
    await call("rename_session", name="rob")
    line = await gate.control()  # of a person, who may stop the daemon
    await call("status")
    await call("tree")
    await call("stop")
    assert ann.session_id in gate.world.journal.state.sessions
    return found


async def test_results_are_what_their_schemas_say(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Agents are shown the schema, and clients check results against it."""
    for name, (arguments, result) in (await results(gate)).items():
        operation = OPERATIONS[name]
        assert "code" not in result, (name, result)
        jsonschema.validate(arguments, operation.takes)
        jsonschema.validate(result, operation.gives)


# ---- naming a session


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_tags", {}),
        ("set_tags", {"add": ["x"]}),
        ("get_status", {}),
        ("kill_session", {}),
        ("attach_session", {}),
        ("list_panes", {}),
        ("read_pane", {}),
        ("read_lines", {}),
        ("get_layout", {}),
    ],
)
async def test_a_session_that_is_not_there_is_refused_with_those_that_were_meant(
    patient_clock: MockClock, gate: Gate, operation: str, more: dict[str, Any]
) -> None:
    """As with a message's target: the next attempt can be right."""
    await gate.agent("frontend-1")
    line = await gate.control(await gate.agent("bob"))
    refused = await line.call(operation, session="frontend", **more)
    assert refused["code"] == "SessionNotFound"
    assert "frontend" in refused["message"]
    assert "did you mean" in refused["hint"]
    assert refused["data"]["near"] == ["frontend-1"]
    refused = await line.call(operation, session="zzz", **more)
    assert refused["data"]["near"] == []
    assert "list the sessions" in refused["hint"]


async def test_a_session_is_named_by_its_id_or_its_name(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Both are unique."""
    ann = await gate.agent("ann")
    line = await gate.control()
    for named in ("ann", ann.session_id):
        found = await line.call("get_tags", session=named)
        assert found["session_id"] == ann.session_id


# ---- naming a pane


async def test_a_pane_is_named_in_every_way_the_reference_says(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Its id, its name in a session, SESSION:NAME, or nothing for one's own."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    line = await gate.control(ann)
    await line.call("rename_pane", pane=pane_id(bob), name="logs")
    for arguments in (
        {"pane": pane_id(bob)},
        {"pane": "logs", "session": "bob"},
        {"pane": "bob:logs"},
        {"session": "bob"},
    ):
        found = await line.call("read_pane", **arguments)
        assert found["pane_id"] == pane_id(bob), arguments
    assert (await line.call("read_pane"))["pane_id"] == pane_id(ann)


@pytest.mark.parametrize("named", ["nothing", "ann:nothing", ":", ""])
async def test_a_pane_that_is_not_there_is_refused(
    patient_clock: MockClock, gate: Gate, named: str
) -> None:
    """And never taken for one's own."""
    line = await gate.control(await gate.agent("ann"))
    refused = await line.call("read_pane", pane=named)
    assert refused["code"] in {"PaneNotFound", "SessionNotFound", "InvalidArgument"}


async def test_a_pane_whose_actor_is_between_two_lives_is_busy_not_gone(
    patient_clock: MockClock, gate: Gate
) -> None:
    """`Restarting` means: ask again; `PaneNotFound` would mean: never again."""
    ann = await gate.agent("ann")
    line = await gate.control(ann)
    ref = gate.world.pane_actor(ann, pane_id(ann))
    gate.world.kernel.crash(ref, RuntimeError("injected"))
    refused = await line.call("read_pane")
    assert refused["code"] in {"Restarting", "Internal"}


async def test_a_guest_without_panes_has_none_to_read(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Its own session is there, and empty."""
    line = await gate.control(name="guest")
    refused = await line.call("read_pane")
    assert refused["code"] == "PaneNotFound"


# ---- what is refused


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("send_input", {}, "InvalidArgument"),
        ("send_input", {"keys": ["Nope"]}, "InvalidArgument"),
        ("create_session", {"command": "'open"}, "InvalidArgument"),
        ("create_session", {"command": "  "}, "InvalidArgument"),
        ("create_session", {"command": ["nope"]}, "InvalidArgument"),
        ("create_session", {"name": "ann"}, "SessionNameExists"),
        ("create_session", {"name": "a b"}, "InvalidArgument"),
        ("create_session", {"tags": ["a b"]}, "InvalidArgument"),
        ("create_session", {"cwd": "/nowhere-at-all"}, "InvalidArgument"),
        ("set_tags", {"add": ["-x"]}, "InvalidArgument"),
        ("attach_session", {"session": "bob"}, "IdentityFixed"),
        ("report_status", {"status": "working"}, "NoRecipients"),
        ("report_status", {"status": "no such status"}, "InvalidArgument"),
        ("request_help", {"context": "stuck"}, "NoRecipients"),
        ("request_help", {"context": 7}, "InvalidArgument"),
        ("poll_messages", {"wait_seconds": 3601}, "InvalidArgument"),
        ("poll_messages", {"max": 0}, "InvalidArgument"),
    ],
)
async def test_each_refusal_has_its_code_and_says_what_to_do(
    patient_clock: MockClock,
    gate: Gate,
    operation: str,
    arguments: dict[str, Any],
    code: str,
) -> None:
    """And leaves everything as it was."""
    await gate.agent("bob")
    line = await gate.control(await gate.agent("ann"))
    refused = await line.call(operation, **arguments)
    assert refused["code"] == code, refused
    assert "\n" not in refused["message"]
    assert sorted(gate.world.journal.state.names) == ["ann", "bob"]


# ---- creating


async def test_a_session_made_by_an_agent_is_its_child_and_starts_where_it_works(
    patient_clock: MockClock, gate: Gate
) -> None:
    """With the environment of the agent's pane, its own settings on top."""
    ann = await gate.agent("ann", cwd="/usr")
    line = await gate.control(ann)
    made = await line.call(
        "create_session", name="cyd", command="sh -c 'a b'", cwd="lib", env={"A": "1"}
    )
    session = gate.world.journal.state.sessions[made["session_id"]]
    assert session.parent == ann.session_id
    program = gate.world.host(made["pane_id"]).start.program
    assert program.argv == ("sh", "-c", "a b")
    assert program.cwd == session.cwd == "/usr/lib"
    assert program.env["A"] == "1"
    assert program.env["FUGUE"] == "1"  # of the caller's pane


# ---- the daemon


async def test_status_says_what_is_degraded(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A pane that is lost is for somebody to look at."""
    ann = await gate.agent("ann")
    line = await gate.control()
    status = await line.call("status")
    assert (status["condition"], status["degraded"]) == ("ok", [])
    assert (status["sessions"], status["panes"]) == (1, 1)
    gate.world.host(pane_id(ann)).die()
    while (status := await line.call("status"))["condition"] == "ok":
        patient_clock.jump(0.5)
    assert status["condition"] == "degraded"


async def test_stop_leaves_programs_or_kills_them_and_counts_both(
    patient_clock: MockClock, gate: Gate
) -> None:
    """The daemon ends after the answer, and only when it was asked to."""
    await gate.agent("ann")
    line = await gate.control()
    assert (await line.call("stop"))["left_running"] == 1
    assert gate.stops == ["asked"]
    assert len(gate.world.machine.living) == 1
    stopped = await line.call("stop", kill=True)
    assert (stopped["left_running"], stopped["killed"]) == (0, 1)
    assert gate.world.machine.living == []
    assert gate.stops == ["asked", "asked"]


async def test_the_tree_has_every_actor_once(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Parents before their children, with what deserves a look."""
    ann = await gate.agent("ann")
    line = await gate.control()
    actors = (await line.call("tree"))["actors"]
    paths = [actor["path"] for actor in actors]
    assert len(set(paths)) == len(paths)
    assert f"/sessions/{ann.session_id}/session" in paths
    assert paths.index("/sessions") < paths.index(f"/sessions/{ann.session_id}")
    assert all(actor["status"] == "running" for actor in actors)


@pytest.mark.parametrize("number", [math.nan, math.inf, 2**63])
@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("split_pane", "ratio"),
        ("resize_pane", "ratio"),
        ("resize_pane", "delta"),
        ("run", "timeout"),
        ("wait_for", "timeout"),
        ("poll_messages", "wait_seconds"),
        ("read_pane", "since"),
    ],
)
async def test_a_number_that_is_none_is_refused_before_anybody_calculates_with_it(
    gate: Gate, tool: str, name: str, number: float
) -> None:
    """NaN is within every limit: it crashed session actors, and others lost their work."""
    ann = await gate.agent("ann")
    line = await gate.control(ann)
    error = await line.call(tool, **{name: number})
    assert error["code"] == "InvalidArgument"
    assert f"$.{name}" in error["message"]
