"""The nouns everybody talks about: envelopes, recipients, sessions, panes.

Immutable values, no behaviour beyond reading themselves. What goes over a wire is made
from these by `codec.to_json`; field names here are the public names of `--json` and MCP,
except `Envelope.sender`, which travels as `from`.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from fugue_actors.protocol.hosting import HostInfo, ProgramExit
from fugue_actors.protocol.words import (
    Attested as Attested,
    Deliver as Deliver,
    PaneState as PaneState,
    Priority as Priority,
    RecipientState as RecipientState,
    ReleasedBy as ReleasedBy,
    RestartPolicy as RestartPolicy,
    SessionKind as SessionKind,
    TakenBy as TakenBy,
    TokenRole as TokenRole,
)


@attrs.frozen(kw_only=True)
class Sender:
    """Who a message is from, as the daemon attests it."""

    session_id: str
    session_name: str
    attested: Attested


# What the daemon itself has to say comes from no session.
DAEMON: Final = Sender(
    session_id="00000000-0000-0000-0000-000000000000",
    session_name="fugue",
    attested="daemon",
)


@attrs.frozen(kw_only=True)
class Envelope:
    """A message as its recipients receive it. `id` sorts by time.

    `thread` is the id of the message that began the conversation. `deliver` says whether
    every recipient gets the message or only the first that asks for one.
    """

    id: str
    sender: Sender
    target: dict[str, Any]
    type: str
    payload: dict[str, Any] = attrs.field(repr=False)
    sent_at: str
    in_reply_to: str | None = None
    thread: str | None = None
    expires_at: str | None = None
    priority: Priority = "normal"
    deliver: Deliver = "all"
    redelivered: bool = False


@attrs.frozen(kw_only=True)
class Addressee:
    """A session that a message is for, as it was called then.

    `reason` says why it did not get the message, if that is not for want of room.
    """

    session_id: str
    session_name: str
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Step:
    """A state that a message had for a recipient, since when, and what shows it."""

    state: RecipientState
    at: str
    evidence: str | None = None


@attrs.frozen(kw_only=True)
class Recipient:
    """What became of a message for one of its recipients.

    `evidence` shows that the present state is true, and `steps` is all that was before
    it. `redelivered` says that it may have reached the recipient before without proof, or
    another one if it is for one of several.
    """

    session_id: str
    session_name: str
    state: RecipientState
    at: str
    evidence: str | None = None
    redelivered: bool = False
    steps: tuple[Step, ...] = ()


@attrs.frozen(kw_only=True)
class Scope:
    """What a target meant when it was used: the sender's place in the world.

    With it can be told later whether a session that is new belongs to the target.
    `worktrees` leads from the paths in the target to the tops of their git worktrees.
    """

    parent: str | None
    cwd: str
    repository: str | None
    worktrees: dict[str, str] = attrs.Factory(dict)


@attrs.frozen(kw_only=True)
class Terms:
    """What a sender asked for besides delivery.

    Attributes:
        idempotency_key: Its own name for this message: a repetition sends nothing.
        fingerprint: Of what was sent under that key.
        retain_until: Sessions that come to belong to the target by then get it too
            (RFC 3339, UTC).
        scope: Needed for that.
        tell_failure: Whether it is told if the message is not received.
        wants_answers: Whether somebody waits for answers.
    """

    idempotency_key: str | None = None
    fingerprint: str | None = None
    retain_until: str | None = None
    scope: Scope | None = None
    tell_failure: bool = True
    wants_answers: bool = False


@attrs.frozen(kw_only=True)
class ReportedStatus:
    """What an agent last said of itself, and when (RFC 3339, UTC)."""

    status: str
    message: str | None
    since: str


@attrs.frozen(kw_only=True)
class Control:
    """A person's hands on a pane: nobody else's keys get there.

    Attributes:
        operator: What the person is called.
        operator_id: The connection that controls; `hello` tells each its own.
        since: When it began.
        exclusive: Whether nothing that is no key of theirs gets there either.
    """

    operator: str
    operator_id: str
    since: str
    exclusive: bool = False


@attrs.frozen(kw_only=True)
class Pane:
    """One pane: what was asked to run in it, where it runs, how it ended.

    `restart` says whether its program is started again when it ends. `restarts` counts
    how often it was, `streak` how often in a row without a healthy run between, and
    `last_exit` is how the run before the present one ended. `trouble` says why it is
    not started again although it should be. A lost pane is `orphaned` if its host ended
    because no daemon came for it in time.

    A `draft` is opened as a part of something larger and has no place in the layout
    until that is complete. A pane that `is_run` is a draft for its whole life: it belongs
    to somebody who waits for its program to end, and ends with that.

    `control` says who types in it, if a person does. `bells` counts how often its programs
    have called for somebody.
    """

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
    hosted: HostInfo | None = None
    exit: ProgramExit | None = None
    title: str = ""
    generation: int = 0
    name: str | None = None
    draft: bool = False
    is_run: bool = False
    restart: RestartPolicy = "never"
    started_at: str | None = None
    restarts: int = 0
    streak: int = 0
    last_exit: ProgramExit | None = None
    trouble: str | None = None
    orphaned: bool = False
    control: Control | None = None
    bells: int = 0


@attrs.frozen(kw_only=True)
class Recording:
    """A recording of one pane, or of what a session shows (`pane_id` None).

    `session_name` is how the session was called when it began. `file` is absolute, and
    `by` says who asked for it. With `ended_at` (RFC 3339, UTC) it has ended, for `reason`.
    """

    recording_id: str
    session_id: str
    session_name: str
    pane_id: str | None
    file: str
    title: str
    by: str
    started_at: str
    ended_at: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Session:
    """One session: an agent's identity, or a guest's. `tags` are sorted.

    A guest's `holder` is the path of the connection that is this session now; its
    `origin` is the process it came from, or None if it came under a name of its own.
    `asked_name` is what a session was called before it was renamed for the first time: a
    guest's client knows no other name for it. A guest that `is_below_pane` is, or may be, a
    program that an agent has left behind, and never the same guest as one that is not.
    """

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
    origin: str | None = None
    asked_name: str | None = None
    is_below_pane: bool = False


@attrs.frozen(kw_only=True)
class Reach:
    """What a token is good for: these sessions, and whichever have one of these tags.

    The sessions are ids. With neither it is good for none.
    """

    sessions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Token:
    """A right to connect over the network, without the secret that proves it.

    Attributes:
        token_id: Its public name, a part of what is presented.
        digest: SHA-256 of the secret, in hexadecimal.
        role: `observer` looks; `operator` also acts.
        label: What who presents it is called.
        issued_at: When it was made (RFC 3339, UTC, to the millisecond, as all times).
        expires_at: From when on it is refused.
        reach: What it is limited to; None for everything.
        revoked_at: When it was taken back.
        exchange_seconds: Set if it is good for one connection only, which is handed
            another secret for it then, and how long that is good.
    """

    token_id: str
    digest: str = attrs.field(repr=False)
    role: TokenRole
    label: str
    issued_at: str
    expires_at: str
    reach: Reach | None = None
    revoked_at: str | None = None
    exchange_seconds: float | None = None
