"""The nouns everybody talks about: envelopes, recipients, sessions, panes.

Immutable values, no behaviour beyond reading themselves. What goes over a wire is made
from these by `codec.to_json`; field names here are the public names of `--json` and MCP,
except `Envelope.sender`, which travels as `from`.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs

Attested = Literal["process", "token", "guest"]
SessionKind = Literal["pane", "guest"]
PaneState = Literal["starting", "running", "exited", "lost"]
RecipientState = Literal["queued", "offered", "consumed", "dead"]


@attrs.frozen(kw_only=True)
class Sender:
    """Who a message is from, as the daemon attests it."""

    session_id: str
    session_name: str
    attested: Attested


@attrs.frozen(kw_only=True)
class Envelope:
    """A message as its recipients receive it. `id` sorts by time."""

    id: str
    sender: Sender
    target: dict[str, Any]
    type: str
    payload: dict[str, Any] = attrs.field(repr=False)
    sent_at: str
    in_reply_to: str | None = None
    expires_at: str | None = None
    redelivered: bool = False


@attrs.frozen(kw_only=True)
class Recipient:
    """What became of a message for one of its recipients."""

    session_id: str
    session_name: str
    state: RecipientState
    at: str


@attrs.frozen(kw_only=True)
class ExitStatus:
    """How a program ended: an exit code, or the name of the signal that ended it."""

    code: int | None = None
    signal: str | None = None


@attrs.frozen(kw_only=True)
class ReportedStatus:
    """What an agent last said of itself, and when (RFC 3339, UTC)."""

    status: str
    message: str | None
    since: str


@attrs.frozen(kw_only=True)
class HostedProgram:
    """Where a pane's program runs.

    Pids are only meaningful together with the start time of their process, which is
    an opaque number that a reused pid does not share.
    """

    host_pid: int
    host_started: float
    program_pid: int
    program_started: float
    socket: str


@attrs.frozen(kw_only=True)
class Pane:
    """One pane: what was asked to run in it, where it runs, how it ended."""

    pane_id: str
    session_id: str
    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str] = attrs.field(repr=False)
    columns: int
    lines: int
    key: str = attrs.field(repr=False)
    token: str = attrs.field(repr=False)
    state: PaneState = "starting"
    hosted: HostedProgram | None = None
    exit: ExitStatus | None = None
    title: str = ""
    generation: int = 0


@attrs.frozen(kw_only=True)
class Session:
    """One session: an agent's identity, or a guest's. `tags` are sorted."""

    session_id: str
    session_name: str
    kind: SessionKind
    cwd: str
    repository: str | None
    worktree: str | None
    parent: str | None
    tags: tuple[str, ...] = ()
    status: ReportedStatus | None = None
    holder: str | None = None
