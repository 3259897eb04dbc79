"""What the monitor protocol says, as types: documents, and the frames that carry them.

The JSON schema in the documentation is generated from here, clients are typed with it,
and tests hold what a daemon really says against it.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypedDict

from fugue_actors.protocol.words import (
    Attested,
    Deliver,
    PaneState,
    Priority,
    RecipientState,
    RestartPolicy,
    SessionKind,
)

PROTOCOL: Final = 1
"""Number of the protocol: a later one says something that clients of this one mistake."""
COLLECTIONS: Final = (
    "sessions",
    "panes",
    "layouts",
    "states",
    "messages",
    "actors",
    "resources",
)

Kind = Literal["tree", "states", "messages", "actors", "resources", "screens", "log"]
Role = Literal["observer", "operator", "agent"]
Reason = Literal[
    "waiting_for_input", "blocked", "error", "help", "trouble", "lost", "failed"
]


# ---- documents


class RecordingDocument(TypedDict):
    """A recording that runs: of a pane, or of what a session shows (`pane_id` null)."""

    recording_id: str
    pane_id: str | None


class SessionDocument(TypedDict):
    """Of `sessions`: a session, without what changes often."""

    session_id: str
    session_name: str
    kind: SessionKind
    tags: list[str]
    cwd: str
    repository: str | None
    worktree: str | None
    parent: str | None
    recordings: NotRequired[list[RecordingDocument]]


class ExitDocument(TypedDict):
    """How a program ended: one of the two is set."""

    code: int | None
    signal: str | None


class ControlDocument(TypedDict):
    """Who controls a pane; `operator_id` is the connection, as its `hello` was told."""

    operator: str
    operator_id: str
    since: str
    exclusive: bool


class PaneDocument(TypedDict):
    """Of `panes`: a pane and its program; `bells` counts how often it rang for somebody."""

    pane_id: str
    session_id: str
    session_name: str
    name: str | None
    pid: int | None
    command: str
    cwd: str
    columns: int
    lines: int
    title: str
    state: PaneState
    exit: ExitDocument | None
    last_exit: ExitDocument | None
    restart: RestartPolicy
    restarts: int
    trouble: str | None
    orphaned: bool
    run: bool
    control: ControlDocument | None
    bells: NotRequired[int]


class AreaDocument(TypedDict):
    """Where a pane stands in its window, in cells."""

    pane_id: str
    name: str | None
    focused: bool
    x: int
    y: int
    columns: int
    lines: int


class WindowDocument(TypedDict):
    """A window of a session, as a tree of splits and as areas.

    `number` is what people call it by. `panes` are those that it shows: while one is
    `zoomed`, that one alone, and `tiles` say where all of them stand when it is not.
    """

    window_id: str
    number: int
    name: str | None
    focused: bool
    columns: int
    lines: int
    pane_id: str
    zoomed: str | None
    layout: dict[str, Any]
    panes: list[AreaDocument]
    tiles: NotRequired[list[AreaDocument]]


class LayoutDocument(TypedDict):
    """Of `layouts`, by session: its windows, and the pane that has its focus."""

    session_id: str
    session_name: str
    pane_id: str | None
    windows: list[WindowDocument]


class StatusDocument(TypedDict):
    """What an agent last said of itself."""

    status: str
    message: str | None
    since: str


class AttentionDocument(TypedDict):
    """One reason why a session may need a person."""

    reason: Reason
    text: str
    since: NotRequired[str]
    pane_id: NotRequired[str]


class StateDocument(TypedDict):
    """Of `states`, by session: how it is doing."""

    session_id: str
    status: StatusDocument | None
    unread: int
    attention: list[AttentionDocument]


class SenderDocument(TypedDict):
    """Who a message is from."""

    session_id: str
    session_name: str
    attested: Attested


class StepDocument(TypedDict):
    """A state that a message had for a recipient."""

    state: RecipientState
    at: str
    evidence: NotRequired[str | None]


class RecipientDocument(TypedDict):
    """What became of a message for one recipient; `steps` are the last ten before."""

    session_id: str
    session_name: str
    state: RecipientState
    at: str
    evidence: NotRequired[str]
    redelivered: NotRequired[bool]
    steps: NotRequired[list[StepDocument]]


MessageDocument = TypedDict(
    "MessageDocument",
    {
        "id": str,
        "from": SenderDocument,
        "target": dict[str, Any],
        "type": str,
        "payload": dict[str, Any],
        "sent_at": str,
        "in_reply_to": NotRequired[str],
        "thread": NotRequired[str],
        "expires_at": NotRequired[str],
        "priority": NotRequired[Priority],
        "deliver": NotRequired[Deliver],
        "redelivered": NotRequired[bool],
        "recipients": list[RecipientDocument],
        "recipients_cut": NotRequired[int],
        "states": dict[str, int],
    },
)
MessageDocument.__doc__ = """Of `messages`: one of the newest 500, cut where it is long.

    A payload of more than 4 KiB is `{"payload_cut": true, "payload_bytes": n}`, and of more
    than 100 recipients the rest is counted in `recipients_cut`; `message_status` gives all.
    `states` counts all recipients by their state.
    """


class MailboxDocument(TypedDict):
    """An actor's mailbox: what waits now, what waited at most, what may wait."""

    depth: int
    peak: int
    bound: int


class ActorDocument(TypedDict):
    """Of `actors`, by path: an actor of the supervision tree."""

    path: str
    kind: Literal["actor", "supervisor"]
    status: Literal["starting", "running", "stopping", "restarting", "gone"]
    incarnation: int
    restart: str
    restarts: int
    mailbox: MailboxDocument
    handling: NotRequired[str]
    waiting_on: NotRequired[str]
    last_exit: NotRequired[str]
    session_id: NotRequired[str]


class ResourceDocument(TypedDict):
    """Of `resources`, by pane: what its program and its descendants use.

    `cpu` is 1.0 for one core, `memory` bytes, `output` bytes a second.
    """

    pane_id: str
    session_id: str
    cpu: float
    memory: int
    output: int


class Collections(TypedDict, total=False):
    """Documents by collection and id."""

    sessions: dict[str, SessionDocument]
    panes: dict[str, PaneDocument]
    layouts: dict[str, LayoutDocument]
    states: dict[str, StateDocument]
    messages: dict[str, MessageDocument]
    actors: dict[str, ActorDocument]
    resources: dict[str, ResourceDocument]


# ---- screens


class RunDocument(TypedDict):
    """Cells in a row that look alike; what is not said is as usual."""

    text: str
    fg: NotRequired[str]
    bg: NotRequired[str]
    bold: NotRequired[bool]
    dim: NotRequired[bool]
    italic: NotRequired[bool]
    underline: NotRequired[bool]
    underline_style: NotRequired[str]
    underline_colour: NotRequired[str]
    overline: NotRequired[bool]
    strike: NotRequired[bool]
    reverse: NotRequired[bool]
    blink: NotRequired[bool]
    invisible: NotRequired[bool]


class CursorDocument(TypedDict):
    """Where the cursor is, counted from 0, and how it looks."""

    x: int
    y: int
    visible: bool
    shape: str


class ScreenDocument(TypedDict, total=False):
    """A screen as a whole if it is `full`, else what of it has changed.

    `rows` has rows by their number from the top, counted from 0.
    """

    full: bool
    columns: int
    lines: int
    cursor: CursorDocument
    alternate: bool
    modes: dict[str, Any]
    bells: int
    copies: int
    rows: dict[str, list[RunDocument]]
    next: int


# ---- frames


class StateFrame(TypedDict):
    """What is the case: `snapshot` first, then `put`, then `drop`."""

    seq: int
    snapshot: NotRequired[Collections]
    put: NotRequired[Collections]
    drop: NotRequired[dict[str, list[str]]]


class LaggedFrame(TypedDict):
    """The client took too little for too long: a frame with a snapshot follows."""

    seq: int
    lagged: str


class ScreensFrame(TypedDict):
    """What is new on screens, by pane."""

    seq: int
    screens: dict[str, ScreenDocument]


class LogFrame(TypedDict):
    """Events, as the request `events` gives them."""

    seq: int
    log: list[dict[str, Any]]


Frame = StateFrame | LaggedFrame | ScreensFrame | LogFrame


class ErrorDocument(TypedDict):
    """Why a request was refused."""

    code: str
    message: str
    hint: NotRequired[str]
    data: NotRequired[dict[str, Any]]


class AnswerFrame(TypedDict):
    """The answer to a request: one of `result` and `error`."""

    id: Any
    result: NotRequired[dict[str, Any]]
    error: NotRequired[ErrorDocument]


class RequestFrame(TypedDict):
    """A request; its answer has the same `id`."""

    id: Any
    request: str
    args: NotRequired[dict[str, Any]]


# ---- requests that are no operations


HelloArguments = TypedDict(
    "HelloArguments",
    {"token": str, "as": str, "client": str, "version": str},
    total=False,
)
HelloArguments.__doc__ = """Arguments of `hello`, the first request of a connection.

    `token` is needed over the network, and `as` names the guest to be on the control
    socket; `client` and `version` are for the log.
    """


class ScopeDocument(TypedDict):
    """What a token is good for."""

    sessions: list[str]
    tags: list[str]


class Welcome(TypedDict):
    """The answer to `hello`.

    `operator_id` is this connection, as `control` of a pane names it.
    `generation` is the daemon's life: the numbers of another life mean nothing in this.
    `token` takes the place of that of a link, which is good once.
    """

    version: str
    pid: int
    protocol: int
    generation: int
    role: Role
    operator_id: str
    name: str | None
    expires_at: NotRequired[str]
    token: NotRequired[str]
    scope: NotRequired[ScopeDocument | None]
    session: NotRequired[dict[str, Any]]
    renamed: NotRequired[dict[str, str]]


class SubscribeArguments(TypedDict):
    """Arguments of `subscribe`.

    Of all sessions those that are named in `sessions`, by id or name, or have one of the
    `tags`; all if neither is given. `screens` is a list of panes, or all. With `since` and
    `generation` a client goes on after the last `seq` that it was told.
    """

    kinds: list[Kind]
    sessions: NotRequired[list[str]]
    tags: NotRequired[list[str]]
    screens: NotRequired[Literal["all"] | list[str]]
    rate: NotRequired[int]
    since: NotRequired[int]
    generation: NotRequired[int]


class Subscribed(TypedDict):
    """The answer to `subscribe`. If it is `resumed`, no snapshot follows."""

    seq: int
    resumed: bool
