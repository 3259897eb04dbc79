"""The daemon in numbers, as Prometheus reads them.

`gather` takes the numbers off what is the case, in one step and quickly, and `exposition`
writes them down, which may take a while and may be done in a thread. Nothing here names
what agents said, nor any secret; sessions are named.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, get_args

import attrs

from fugue_actors.gateways import tokens
from fugue_actors.journal.entries import KINDS
from fugue_actors.protocol.values import PaneState, SessionKind, TokenRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from fugue_actors.gateways.operations.context import DaemonInfo
    from fugue_actors.journal import Journal, State
    from fugue_actors.kernel import KernelSnapshot
    from fugue_actors.protocol.events import Recorded

DOORS: Final = ("mcp", "control", "web")


class Tally:
    """How often each kind of event happened since the daemon began.

    Attributes:
        counts: By the event's name.
    """

    def __init__(self, journal: Journal) -> None:
        self.counts = Counter(dict.fromkeys(KINDS, 0))
        journal.listen(self.note)

    def note(self, recorded: Recorded) -> None:
        """Count one."""
        self.counts[type(recorded.event).__name__] += 1


@attrs.frozen(kw_only=True)
class Figures:
    """All numbers at one moment; each mapping leads from a label to a number."""

    version: str
    started: float
    degraded: int
    sessions: Mapping[str, int]
    reported: Mapping[str, int]
    panes: Mapping[str, int]
    unread: Mapping[str, int]
    oldest_unread_seconds: float
    events: Mapping[str, int]
    newest_event: int
    journal_waiting: int
    journal_refuses: bool
    actors: Mapping[str, int]
    restarts: int
    mailbox_messages: int
    mailbox_fullest: float
    dead_letters: int
    connections: Mapping[str, int]
    tokens: Mapping[str, int]


def gather(
    journal: Journal,
    kernel: KernelSnapshot,
    tally: Tally,
    *,
    daemon: DaemonInfo,
    degraded: int,
    now: datetime.datetime,
) -> Figures:
    """The numbers of this moment.

    Args:
        journal: What is the case.
        kernel: The tree.
        tally: What happened since the daemon began.
        daemon: What it says of itself.
        degraded: How many of its parts and panes are not as they should be.
        now: The time, with its zone.
    """
    state = journal.state
    actors = kernel.actors
    good = [token for token in state.tokens.values() if tokens.is_good(token, now)]
    return Figures(
        version=daemon.version,
        started=daemon.started,
        degraded=degraded,
        sessions=counted(
            (one.kind for one in state.sessions.values()), get_args(SessionKind)
        ),
        reported=counted(
            one.status.status for one in state.sessions.values() if one.status
        ),
        panes=counted((one.state for one in state.panes.values()), get_args(PaneState)),
        unread={
            session.session_name: state.ledger.unread(session_id)
            for session_id, session in state.sessions.items()
        },
        oldest_unread_seconds=oldest_unread(state, now),
        events=dict(tally.counts),
        newest_event=journal.seq,
        journal_waiting=journal.waiting,
        journal_refuses=journal.trouble is not None,
        actors=counted(actor.status for actor in actors),
        restarts=sum(actor.restarts for actor in actors),
        mailbox_messages=sum(actor.mailbox_depth for actor in actors),
        mailbox_fullest=max(
            (
                one.mailbox_depth / one.mailbox_bound
                for one in actors
                if one.mailbox_bound
            ),
            default=0.0,
        ),
        dead_letters=kernel.dead_letters,
        connections=counted(
            (door for door in map(door_of, paths(kernel)) if door), DOORS
        ),
        tokens=counted((token.role for token in good), get_args(TokenRole)),
    )


def counted(labels: Iterator[str], known: tuple[str, ...] = ()) -> dict[str, int]:
    """How often each label comes; those that are known even if it is never."""
    counts = Counter(dict.fromkeys(known, 0))
    counts.update(labels)
    return dict(counts)


def oldest_unread(state: State, now: datetime.datetime) -> float:
    """How many seconds the oldest message waits that somebody has not read."""
    sent = [
        record.envelope.sent_at
        for inbox in state.ledger.inboxes.values()
        for record in inbox.oldest()
    ]
    if not sent:
        return 0.0
    # Times are written alike, so that their texts sort as they do.
    oldest = datetime.datetime.fromisoformat(min(sent))
    return max(0.0, (now - oldest).total_seconds())


def paths(kernel: KernelSnapshot) -> Iterator[str]:
    """The paths of all actors."""
    return (actor.path for actor in kernel.actors)


def door_of(path: str) -> str | None:
    """The door through which a connection came, if a path is that of one."""
    match path.split("/"):
        case ["", "gateways", door, "connections", _]:
            return door
    return None


# ---- writing them down


def exposition(figures: Figures, accept: str = "") -> tuple[bytes, str]:
    """The numbers as text, with those of the daemon's process.

    Args:
        figures: The numbers.
        accept: Which forms the reader takes, as in HTTP.

    Returns:
        The text and its media type.
    """
    # Here, since it costs a twentieth of a second that few daemons need to spend.
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.process_collector import ProcessCollector

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collected(figures))
    ProcessCollector(registry=registry)
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


@attrs.frozen(eq=False)
class Collected:
    """Figures as the client library asks for them."""

    figures: Figures

    def collect(self) -> Iterator[Metric]:
        """Every metric with what it says."""
        from prometheus_client.metrics_core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            InfoMetricFamily,
        )

        def gauge(name: str, words: str, value: float) -> Metric:
            return GaugeMetricFamily(f"fugue_{name}", words, value=value)

        def gauges(
            name: str, label: str, words: str, values: Mapping[str, int]
        ) -> Metric:
            family = GaugeMetricFamily(f"fugue_{name}", words, labels=[label])
            for key in sorted(values):
                family.add_metric([key], values[key])
            return family

        of = self.figures
        yield InfoMetricFamily(
            "fugue_build", "The program that runs.", {"version": of.version}
        )
        yield gauge("start_time_seconds", "When the daemon began.", of.started)
        yield gauge(
            "troubles", "Parts and panes that are not as they should be.", of.degraded
        )
        yield gauges("sessions", "kind", "Sessions.", of.sessions)
        yield gauges(
            "reported_sessions",
            "status",
            "Sessions by the status that their agents last reported.",
            of.reported,
        )
        yield gauges("panes", "state", "Panes by how their programs are.", of.panes)
        yield gauges(
            "unread_messages", "session", "Messages that wait in an inbox.", of.unread
        )
        yield gauge(
            "oldest_unread_message_seconds",
            "How long the oldest message has waited that somebody has not read.",
            of.oldest_unread_seconds,
        )
        events = CounterMetricFamily(
            "fugue_events", "What happened since the daemon began.", labels=["event"]
        )
        for name in sorted(of.events):
            events.add_metric([name], of.events[name])
        yield events
        yield gauge("journal_sequence", "Number of the newest event.", of.newest_event)
        yield gauge(
            "journal_waiting_batches",
            "What waits to be written to the disk.",
            of.journal_waiting,
        )
        yield gauge(
            "journal_refuses",
            "Whether the journal cannot be written now.",
            of.journal_refuses,
        )
        yield gauges("actors", "status", "Actors of the supervision tree.", of.actors)
        yield gauge(
            "actor_restarts",
            "How often the actors that there are were started again.",
            of.restarts,
        )
        yield gauge(
            "mailbox_messages", "Messages that wait for actors.", of.mailbox_messages
        )
        yield gauge(
            "mailbox_fullest_ratio",
            "How full the fullest mailbox is, from 0 to 1.",
            of.mailbox_fullest,
        )
        yield CounterMetricFamily(
            "fugue_dead_letters",
            "Messages to actors that were there no more.",
            value=of.dead_letters,
        )
        yield gauges(
            "connections",
            "door",
            "Open connections by where they came in.",
            of.connections,
        )
        yield gauges("tokens", "role", "Tokens that are good.", of.tokens)
