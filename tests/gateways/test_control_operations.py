"""People and agents at one pane, over their own connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewaykit import Gate, pane_id
from panekit import Later
from trio.testing import MockClock, wait_all_tasks_blocked

from fugue_actors.protocol.hosting import Modes

if TYPE_CHECKING:
    import trio

    from fugue_actors.protocol.values import Session


async def typed(gate: Gate, session: Session) -> bytes:
    """What a pane's program has been sent."""
    await wait_all_tasks_blocked()
    return gate.world.host(pane_id(session)).bytes_typed


async def test_a_persons_keys_come_before_an_agents_text(
    patient_clock: MockClock, gate: Gate, nursery: trio.Nursery
) -> None:
    """The agent waits for two seconds without a key, and is told if that is too long."""
    ann = await gate.agent("ann")
    ada, agent = await gate.control(name="ada"), await gate.mcp(ann)
    pane = pane_id(ann)
    keys = {"text": "ls", "keys": ["Enter"]}
    assert (await ada.call("send_input", pane=pane, **keys, live=True))["bytes"] == 3
    error = await agent.call("send_input", text="hello", wait_seconds=0)
    assert error["code"] == "HumanControl"
    assert error["data"]["reason"] == "typing"
    assert 0 < error["data"]["remaining"] <= 2
    waiting = Later(nursery, agent.call("send_input", text="hello"))
    await wait_all_tasks_blocked()
    patient_clock.jump(1.9)
    assert await typed(gate, ann) == b"ls\r"
    patient_clock.jump(0.1)
    assert await typed(gate, ann) == b"ls\rhello"
    await wait_all_tasks_blocked()
    assert waiting.outcome["bytes"] == 5


async def test_everybody_sees_who_controls_a_pane(
    patient_clock: MockClock, gate: Gate
) -> None:
    """The person is named, and knows the connection for their own."""
    ann = await gate.agent("ann")
    ada, grace = await gate.control(name="ada"), await gate.control(name="grace")
    welcome = await ada.call("hello")
    taken = await ada.call("take_control", session="ann")
    await wait_all_tasks_blocked()
    [shown] = (await grace.call("list_panes", session="ann"))["panes"]
    assert shown["control"] == taken["control"]
    assert shown["control"]["operator"] == "ada"
    assert shown["control"]["operator_id"] == welcome["operator_id"]
    assert shown["control"]["exclusive"] is False
    error = await grace.call("send_input", pane=pane_id(ann), keys=["a"], live=True)
    assert (error["code"], error["data"]["operator"]) == ("HumanControl", "ada")
    taken = await grace.call("take_control", session="ann", take_over=True)
    assert taken["control"]["operator"] == "grace"
    released = await grace.call("release_control", session="ann")
    assert released["released"] is True


async def test_agents_neither_control_nor_pretend_to_be_at_the_keyboard(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Not over MCP, which does not know the word, nor by a command in their pane."""
    ann = await gate.agent("ann")
    agent, command = await gate.mcp(ann), await gate.control(ann)
    number = await agent.start_call("send_input", text="x", live=True)
    error = (await agent.answer_to(number))["error"]
    assert "'live' was unexpected" in error["message"]
    for request, arguments in {
        "send_input": {"text": "x", "live": True},
        "take_control": {},
        "release_control": {},
        "note_activity": {"activity": "typing"},
    }.items():
        assert (await command.call(request, **arguments))["code"] == "NotAllowed"
    assert await typed(gate, ann) == b""


async def test_control_ends_with_the_connection(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Whoever's terminal is gone keeps nobody from typing."""
    ann = await gate.agent("ann")
    ada, grace = await gate.control(name="ada"), await gate.control(name="grace")
    await ada.call("take_control", session="ann", exclusive=True)
    await ada.hang_up()
    typed = await grace.call("send_input", pane=pane_id(ann), text="x", live=True)
    assert typed["bytes"] == 1


async def test_the_mouse_and_focus_are_sent_with_keys(
    patient_clock: MockClock, gate: Gate
) -> None:
    """What the program did not ask for is left out, and what there is not is refused."""
    ann = await gate.agent("ann")
    ada, pane = await gate.control(name="ada"), pane_id(ann)
    click = {"kind": "press", "button": 1, "x": 2, "y": 3}
    both = {"mouse": [{**click, "modifiers": 4}], "focus": True}
    answer = await ada.call("send_input", pane=pane, live=True, **both)
    assert answer["bytes"] == 0
    gate.world.host(pane).modes = Modes(
        mouse=True, mouse_mode=1000, mouse_encoding=1006, focus_events=True
    )
    await ada.call("send_input", pane=pane, live=True, text="a", **both)
    assert await typed(gate, ann) == b"a\x1b[<16;3;4M\x1b[I"
    for wrong in ({"button": 12}, {"x": -1}, {"kind": "click"}, {"z": 1}):
        error = await ada.call(
            "send_input", pane=pane, live=True, mouse=[{**click, **wrong}]
        )
        assert error["code"] == "InvalidArgument"


async def test_a_persons_work_on_the_layout_keeps_agents_away(
    patient_clock: MockClock, gate: Gate
) -> None:
    """From every pane of that window, and of that one only; a resize is no such work."""
    ann = await gate.agent("ann")
    await gate.world.pane(ann, "p-two")
    ada, agent = await gate.control(name="ada"), await gate.mcp(ann)

    async def reason(pane: str) -> Any:
        """Why an agent may not type there now; None if it may."""
        await wait_all_tasks_blocked()
        answer = await agent.call("send_input", pane=pane, text="x", wait_seconds=0)
        return answer.get("data", {}).get("reason")

    own = pane_id(ann)
    await ada.call("resize_window", session="ann", columns=100, lines=30)
    await ada.call("focus_pane", pane=own)
    assert (await reason(own), await reason("p-two")) == (None, None)
    split = await ada.call("split_pane", pane=own, command=["sh"])
    assert await reason(own) == "layout"
    assert await reason(split["pane_id"]) == "layout"
    assert await reason("p-two") is None
    patient_clock.jump(5)
    assert await reason(own) is None
    await ada.call("zoom_pane", pane=own)
    await ada.call("rename_window", window="ann:0", name="work")
    assert await reason(own) is None
    for operation, more in (
        ("rotate_window", {}),
        ("arrange_window", {"preset": "even-vertical"}),
    ):
        await ada.call(operation, window="ann:0", **more)
        assert await reason(own) == "layout"
        assert await reason("p-two") is None
        patient_clock.jump(5)
        assert await reason(own) is None
    await agent.call("close_pane", pane=split["pane_id"])
    assert await reason(own) is None
