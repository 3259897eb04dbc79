"""The daemon in numbers: what is the case is what a reader of the text finds."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from fugue_actors.gateways import metrics, tokens
from fugue_actors.journal import Journal
from fugue_actors.journal.entries import KINDS
from fugue_actors.protocol.events import PaneLost, StatusReported, TokenIssued
from fugue_actors.protocol.values import ReportedStatus

if TYPE_CHECKING:
    from gatewaykit import Gate
    from trio.testing import MockClock

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
NOW = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def journal() -> Journal:
    """A plain one, in memory."""
    return Journal()


def gathered(gate: Gate, tally: metrics.Tally, degraded: int = 0) -> metrics.Figures:
    world = gate.world
    return metrics.gather(
        world.journal,
        world.kernel.snapshot(),
        tally,
        daemon=gate.info(),
        degraded=degraded,
        now=NOW,
    )


def read(figures: metrics.Figures) -> dict[tuple[str, str], float]:
    """The samples of the text, by name and label."""
    text, media_type = metrics.exposition(figures)
    assert media_type.startswith("text/plain")
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


async def test_the_numbers_are_those_of_what_is_the_case(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Sessions, panes, messages, actors, connections and tokens."""
    world = gate.world
    tally = metrics.Tally(world.journal)
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    await gate.control(name="guest")
    await world.send(ann, bob)
    await world.send(ann, bob)
    status = ReportedStatus(status="blocked", message="secret words", since="")
    token, _ = tokens.issue(role="observer", label="l", seconds=60, now=NOW)
    old, _ = tokens.issue(role="observer", label="l", seconds=0, now=NOW)
    await world.journal.record(
        StatusReported(session_id=ann.session_id, status=status),
        PaneLost(pane_id="p-bob", session_id=bob.session_id),
        TokenIssued(token=token),
        TokenIssued(token=old),
    )
    found = read(gathered(gate, tally, degraded=1))
    expected = {
        ("fugue_build_info", "0.test"): 1,
        ("fugue_troubles", ""): 1,
        ("fugue_sessions", "pane"): 2,
        ("fugue_sessions", "guest"): 0,
        ("fugue_reported_sessions", "blocked"): 1,
        ("fugue_panes", "running"): 1,
        ("fugue_panes", "lost"): 1,
        ("fugue_panes", "exited"): 0,
        ("fugue_unread_messages", "ann"): 0,
        ("fugue_unread_messages", "bob"): 2,
        ("fugue_events_total", "MessageSent"): 2,
        ("fugue_events_total", "TokenIssued"): 2,
        ("fugue_events_total", "TokenRevoked"): 0,
        ("fugue_journal_sequence", ""): world.journal.seq,
        ("fugue_journal_refuses", ""): 0,
        ("fugue_tokens", "observer"): 1,
        ("fugue_tokens", "operator"): 0,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found["fugue_oldest_unread_message_seconds", ""] > 0
    alive = len(world.kernel.snapshot().actors)
    assert found["fugue_actors", "running"] == alive
    assert found["process_resident_memory_bytes", ""] > 0
    counted = {label for name, label in found if name == "fugue_events_total"}
    assert counted == KINDS.keys()


async def test_nothing_that_anybody_said_is_told(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Numbers go to places that more people look at."""
    tally = metrics.Tally(gate.world.journal)
    ann = await gate.agent("ann")
    await gate.world.send(ann, ann, words="secret words")
    token, text = tokens.issue(role="operator", label="lbl", seconds=60, now=NOW)
    await gate.world.journal.record(TokenIssued(token=token))
    told, _ = metrics.exposition(gathered(gate, tally))
    for secret in ("secret words", text, token.digest, token.token_id, "lbl", "/home"):
        assert secret not in told.decode()


async def test_with_nobody_there_every_number_is_there_all_the_same(
    patient_clock: MockClock, gate: Gate
) -> None:
    """A rule that watches a number which appears only in trouble never fires."""
    found = read(gathered(gate, metrics.Tally(gate.world.journal)))
    for state in ("starting", "running", "restarting", "exited", "lost"):
        assert found["fugue_panes", state] == 0
    for door in metrics.DOORS:
        assert found["fugue_connections", door] == 0
    assert found["fugue_oldest_unread_message_seconds", ""] == 0


def test_a_connection_is_counted_by_its_door() -> None:
    """By the path of its actor."""
    assert metrics.door_of("/gateways/web/connections/c1") == "web"
    assert metrics.door_of("/gateways/web/connections") is None
    assert metrics.door_of("/sessions/web/connections/c1") is None


async def test_whoever_asks_for_openmetrics_gets_it(
    patient_clock: MockClock, gate: Gate
) -> None:
    """Prometheus does; its parser is strict."""
    figures = gathered(gate, metrics.Tally(gate.world.journal))
    odd: Any = {'a"b\\c\n': 3}
    text, media_type = metrics.exposition(
        attrs.evolve(figures, reported=odd),
        "application/openmetrics-text; version=1.0.0",
    )
    assert media_type.startswith("application/openmetrics-text")
    families = {
        f.name: f for f in openmetrics.text_string_to_metric_families(text.decode())
    }
    (sample,) = families["fugue_reported_sessions"].samples
    assert sample.labels == {"status": 'a"b\\c\n'}


async def test_the_reference_lists_every_number(
    patient_clock: MockClock, gate: Gate
) -> None:
    """And no other, each with its label."""
    ann = await gate.agent("ann")
    status = ReportedStatus(status="idle", message=None, since="")
    event = StatusReported(session_id=ann.session_id, status=status)
    await gate.world.journal.record(event)
    text, _ = metrics.exposition(gathered(gate, metrics.Tally(gate.world.journal)))
    told = {
        (sample.name, "".join(sample.labels))
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name.startswith("fugue_")
    }
    row = re.compile(r"^\| `(fugue_\w+)` \| (?:`(\w+)`)? ?\|", re.MULTILINE)
    assert set(row.findall(PAGE.read_text("utf-8"))) == told
