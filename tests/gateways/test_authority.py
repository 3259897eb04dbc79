"""Who may do what: one table of roles and operations, and each of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest

from fugue_actors.errors import Refused
from fugue_actors.gateways import access
from fugue_actors.gateways.access import Access
from fugue_actors.gateways.authority import authorize
from fugue_actors.gateways.identity import Attestation, Peer
from fugue_actors.gateways.operations import OPERATIONS
from fugue_actors.protocol.values import Token

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock

PEER: Final = Peer(pid=0, uid=0, started=None)
OUTSIDE: Final = Attestation(
    attested="guest", session_id=None, pane_id=None, hint=None, peer=PEER
)
LEFT_BEHIND: Final = attrs.evolve(OUTSIDE, hint="left behind", is_below_pane=True)
IN_PANE: Final = attrs.evolve(
    OUTSIDE, attested="process", session_id="s", pane_id="p", is_below_pane=True
)

# ---- the table

LOOK: Final = (
    *("whoami", "message_status", "unread", "get_tags", "attach_session"),
    *("list_sessions", "list_panes", "read_pane", "wait_for", "get_status"),
    "read_lines",
    *("get_control", "get_layout", "messages", "events", "status", "tree"),
)
ACT: Final = (
    *("send_orchestration", "report_status", "request_help", "broadcast"),
    *("poll_messages", "ack", "reply", "ask"),
    *("set_tags", "create_session", "kill_session", "send_input"),
    *("run", "run_parallel", "run_pipeline"),
    *("split_pane", "create_layout", "resize_pane", "focus_pane", "rename_pane"),
    *("move_pane", "swap_panes", "zoom_pane", "close_pane", "rename_session"),
    *("new_window", "close_window", "rename_window", "arrange_window"),
    *("focus_window", "move_window", "swap_windows", "rotate_window", "resize_window"),
)
LOOK_AS_PERSON: Final = ("recordings",)
ACT_AS_PERSON: Final = (
    *("record_start", "record_stop"),
    *("take_control", "release_control", "note_activity"),
)
PEOPLE: Final = (*LOOK_AS_PERSON, *ACT_AS_PERSON)
ADMINISTER: Final = ("stop", "hand_over", "token_new", "token_ls", "token_revoke")


def with_token(role: Any, attestation: Attestation) -> Access:
    token = Token(
        token_id="t", digest="d", role=role, label="l", issued_at="", expires_at=""
    )
    return access.of_token(token, attestation)


WHO: Final[dict[str, tuple[Access, tuple[str, ...]]]] = {
    "a person": (
        access.of_command(OUTSIDE),
        (*LOOK, *ACT, *PEOPLE, *ADMINISTER),
    ),
    "what a pane left behind": (access.of_command(LEFT_BEHIND), (*LOOK, *ACT)),
    "a command in a pane": (access.of_command(IN_PANE), (*LOOK, *ACT)),
    "an agent in a pane": (access.of_agent(IN_PANE), (*LOOK, *ACT)),
    "an agent outside": (access.of_agent(OUTSIDE), (*LOOK, *ACT)),
    "an operator": (with_token("operator", OUTSIDE), (*LOOK, *ACT, *PEOPLE)),
    "an observer": (with_token("observer", OUTSIDE), (*LOOK, *LOOK_AS_PERSON)),
    "a pane's program with a token": (with_token("operator", IN_PANE), (*LOOK, *ACT)),
}


@attrs.frozen
class Somebody:
    """What of a caller decides."""

    access: Access


def test_every_operation_is_in_the_table_once() -> None:
    """Whoever adds one decides here who may use it."""
    assert sorted([*LOOK, *ACT, *PEOPLE, *ADMINISTER]) == sorted(OPERATIONS)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_role_may_do_what_the_table_says(who: str, name: str) -> None:
    """Each cell, and what is missing is said."""
    granted, may = WHO[who]
    caller: Any = Somebody(granted)
    if name in may:
        authorize(caller, OPERATIONS[name], {})
        return
    with pytest.raises(Refused) as refused:
        authorize(caller, OPERATIONS[name], {})
    assert refused.value.code == "NotAllowed"
    assert name in refused.value.message
    wanted = "person" if name in ADMINISTER else "operator"
    assert wanted in (refused.value.hint or "")


def test_inside_a_pane_no_token_makes_anybody_a_person() -> None:
    """An agent that finds one in a file stays the agent it is."""
    for role in ("observer", "operator"):
        assert with_token(role, IN_PANE) == access.AGENT
    assert not access.AGENT.is_person
    assert access.of_command(LEFT_BEHIND) == access.AGENT
    assert with_token("observer", OUTSIDE).is_person


# ---- over a connection


@pytest.mark.parametrize("name", ADMINISTER)
async def test_what_runs_in_a_pane_administers_nothing(
    patient_clock: MockClock, gate: Gate, name: str
) -> None:
    """Neither by the command line nor, since they are no tools, as an agent."""
    ann = await gate.agent("ann")
    line = await gate.control(ann)
    arguments = {"hand_over": {"to": "/nowhere"}, "token_revoke": {"token_id": "t"}}
    refused = await line.call(name, **arguments.get(name, {}))
    assert refused["code"] == "NotAllowed"
    assert gate.stops == []
    assert gate.world.journal.state.tokens == {}
    assert not OPERATIONS[name].tool
