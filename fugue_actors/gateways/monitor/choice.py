"""What a client wants to see, and what it may. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fugue_actors.errors import Refused
from fugue_actors.gateways.monitor.documents import KINDS
from fugue_actors.gateways.sight import ALL_KINDS, Known, Selection, Sight
from fugue_actors.protocol.events import SessionClosed, SessionRenamed, TagsChanged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fugue_actors.journal import MessageRecord
    from fugue_actors.protocol.events import Event
    from fugue_actors.protocol.values import Session

LIVE_KINDS: Final = ("actors", "resources")
"""Documents that no event changes: somebody has to look again and again."""
COLLECTIONS_OF: Final = {**KINDS, **{kind: (kind,) for kind in LIVE_KINDS}}
Moves = Literal["tags", "names"]
"""What an event may change about who is chosen."""
FASTEST: Final = 30
MOST_NAMES: Final = 1_000


@attrs.frozen(kw_only=True)
class Choice:
    """What a client subscribes to.

    Attributes:
        kinds: Of all kinds these.
        selection: Of all sessions these; None for all.
        screens: Ids of the panes whose screens it watches; None for all.
        rate: How often a second it wants to hear at most.
        since: Up to which event it has heard in this life of the daemon, if it has.
    """

    kinds: frozenset[str]
    selection: Selection | None = None
    screens: frozenset[str] | None = frozenset()
    rate: int = FASTEST
    since: int | None = None

    @property
    def collections(self) -> tuple[str, ...]:
        """The collections of documents that belong to the kinds."""
        return tuple(
            collection
            for kind, collections in COLLECTIONS_OF.items()
            if kind in self.kinds
            for collection in collections
        )


@attrs.frozen(kw_only=True)
class Visible:
    """What a client sees: what it has chosen of what it may.

    Attributes:
        choice: What it has chosen.
        sight: What it may.
        known: Looks up a session.
    """

    choice: Choice
    sight: Sight
    known: Known

    @property
    def selections(self) -> tuple[Selection, ...]:
        """All of which a session must be one."""
        both = self.choice.selection, self.sight.scope
        return tuple(one for one in both if one is not None)

    @property
    def depends_on(self) -> frozenset[Moves]:
        """What of sessions, beside their ids, decides what of them is seen."""
        found: list[Moves] = []
        if any(one.tags for one in self.selections):
            found.append("tags")
        if any(one.sessions for one in self.selections):
            found.append("names")
        return frozenset(found)

    @property
    def is_all(self) -> bool:
        """Whether everything is seen that there is."""
        return not self.selections and self.sight.messages_of is None

    @property
    def is_restricted(self) -> bool:
        """Whether there is something that it must not see."""
        return self.sight.scope is not None or self.sight.messages_of is not None

    def session(self, session_id: str) -> bool:
        """Whether a session and what belongs to it is seen."""
        if not self.selections:
            return True
        session = self.known(session_id)
        return session is not None and self.has(session)

    def has(self, session: Session) -> bool:
        """The same of a session that may be there no more."""
        return all(one.has(session) for one in self.selections)

    def message(self, record: MessageRecord) -> bool:
        """Whether a message is seen: of its sender and recipients one must be."""
        sender = record.envelope.sender
        own = self.sight.messages_of
        if own is not None and not (
            own == sender.session_id or own in record.recipients or own in record.aside
        ):
            return False
        if not self.selections:
            return True
        parties = [(sender.session_id, sender.session_name)]
        parties += [
            (row.session_id, row.session_name) for row in record.recipients.values()
        ]
        return all(
            any(one.has_named(*party, self.known) for party in parties)
            for one in self.selections
        )

    def live(self, shape: Mapping[str, Any]) -> bool:
        """Whether a document that belongs to a session is seen, or to none."""
        if not self.selections:
            return True
        owner = shape.get("session_id")
        return isinstance(owner, str) and self.session(owner)


def moves(event: Event) -> Moves | None:
    """What an event may have changed about who is chosen."""
    match event:
        case TagsChanged() | SessionClosed():
            return "tags"
        case SessionRenamed():
            return "names"
        case _:
            return None


def choice_of(args: dict[str, Any], sight: Sight, generation: int) -> Choice:
    """What the arguments of a `subscribe` say.

    Args:
        args: The arguments.
        sight: What the client may see.
        generation: This life of the daemon.

    Raises:
        Refused: `InvalidArgument`, or `NotAllowed` for a kind that is not for it.
    """
    if unknown := args.keys() - FIELDS:
        raise invalid(
            f"subscribe does not take {', '.join(sorted(unknown))[:100]}",
            hint=f"it takes: {', '.join(FIELDS)}",
        )
    kinds = names(args, "kinds") or frozenset()
    if not kinds or not kinds <= set(ALL_KINDS):
        raise invalid("kinds must name what you want", hint=one_of(ALL_KINDS))
    if forbidden := kinds - sight.kinds:
        raise Refused(
            "NotAllowed",
            f"you may not subscribe to {', '.join(sorted(forbidden))}",
            hint=one_of(kind for kind in ALL_KINDS if kind in sight.kinds),
        )
    sessions, tags = names(args, "sessions"), names(args, "tags")
    selection = None
    if sessions is not None or tags is not None:
        selection = Selection(
            sessions=sessions or frozenset(), tags=tags or frozenset()
        )
    is_all = args.get("screens") == "all"
    rate = number(args, "rate", FASTEST)
    if not 1 <= rate <= FASTEST:
        raise invalid(f"rate is a number from 1 to {FASTEST}")
    since = number(args, "since", -1)
    is_this_life = number(args, "generation", -1) == generation
    return Choice(
        kinds=kinds,
        selection=selection,
        screens=None if is_all else names(args, "screens") or frozenset(),
        rate=rate,
        since=since if since >= 0 and is_this_life else None,
    )


FIELDS: Final = (
    "kinds",
    "sessions",
    "tags",
    "screens",
    "rate",
    "since",
    "generation",
)


def names(args: dict[str, Any], field: str) -> frozenset[str] | None:
    """A list of strings; None if it is not given."""
    given = args.get(field)
    if given is None:
        return None
    if (
        not isinstance(given, list)
        or len(given) > MOST_NAMES
        or not all(isinstance(one, str) for one in given)
    ):
        raise invalid(f"{field} is a list of at most {MOST_NAMES} strings")
    return frozenset(given)


def number(args: dict[str, Any], field: str, default: int) -> int:
    """A whole number."""
    given = args.get(field, default)
    if type(given) is not int:
        raise invalid(f"{field} is a whole number")
    return given


def invalid(message: str, hint: str | None = None) -> Refused:
    return Refused("InvalidArgument", message, hint=hint)


def one_of(known: Any) -> str:
    return f"one of: {', '.join(known)}"
