"""The caller: one connection's identity, fixed when it opens and for its whole life.

A connection from inside a pane is that pane's session. Any other is a guest, whose
session is opened with its first request, because only then it has said its name.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.actors import fleet
from fugue_actors.errors import Refused
from fugue_actors.protocol.events import GuestHeld, SessionClosed

if TYPE_CHECKING:
    from fugue_actors.gateways.access import Access
    from fugue_actors.gateways.identity import Attestation
    from fugue_actors.journal import Journal, Listener
    from fugue_actors.kernel import Kernel, Ref
    from fugue_actors.protocol.events import Recorded
    from fugue_actors.protocol.values import Attested, Session

LET_GO_WITHIN: Final = 3.0


class Caller:
    """See the module's docstring.

    Args:
        attestation: What the kernel says about the peer.
        kernel: The tree.
        journal: What is the case.
        holder: The connection's actor if it alone is its guest; None if it shares it.
        name: What a guest asked to be called.
        cwd: The peer's working directory.
        access: What it may do.
    """

    def __init__(
        self,
        attestation: Attestation,
        *,
        kernel: Kernel,
        journal: Journal,
        holder: Ref | None,
        name: str | None,
        cwd: str,
        access: Access,
    ) -> None:
        self.attestation = attestation
        self.kernel = kernel
        self.journal = journal
        self.holder = holder
        self.name = name
        self.cwd = cwd
        self.access = access
        self.client = "guest"
        self.session_id = attestation.session_id
        self.opening = trio.Lock()

    @property
    def attested(self) -> Attested:
        """How far the identity is proven."""
        return self.attestation.attested

    @property
    def directory(self) -> str:
        """Where the caller works: its session's directory, or else its process's."""
        session = self.journal.state.sessions.get(self.session_id or "")
        return self.cwd if session is None else session.cwd

    async def session(self) -> Session:
        """The caller's session.

        Raises:
            Refused: `SessionNotFound`, when it has ended while the connection lives;
                `NotAllowed`, since an observer is none.
        """
        if not self.access.has("act"):
            raise Refused(
                "NotAllowed",
                "an observer is no session, so nothing here is its own",
                hint="name the session or the pane that you mean",
            )
        if self.session_id is None:
            async with self.opening:
                if self.session_id is None:
                    self.session_id = (await self.open_guest()).session_id
        session = self.journal.state.sessions.get(self.session_id)
        if session is None:
            raise Refused(
                "SessionNotFound",
                "your session has ended, and a connection is one session for life",
                hint="connect again to become a session of your own",
            )
        return session

    async def open_guest(self) -> Session:
        """Be a guest, of the name that was asked for if that can be.

        A client that lost its connection can be back before the daemon knows that it was
        away. Taken for somebody else, it would be given another name, and its messages
        would wait for nobody: so another connection has a moment to let go of the name.
        """
        until = trio.current_time() + LET_GO_WITHIN
        while True:
            changed = trio.Event()
            stop = self.journal.listen(when_guests_come_or_go(changed))
            try:
                is_late = trio.current_time() >= until
                session = await self.ask_fleet(even_renamed=is_late)
                if session is not None:
                    return session
                with trio.move_on_at(until):
                    await changed.wait()
            finally:
                stop()

    async def ask_fleet(self, *, even_renamed: bool) -> Session | None:
        peer = self.attestation.peer
        return await fleet.open_guest(
            self.kernel.registry.resolve(fleet.PATH),
            fleet.OpenGuest(
                holder=self.holder,
                name=self.name,
                client=self.client,
                cwd=self.cwd,
                origin=f"{peer.pid}:{peer.started}",
                even_renamed=even_renamed,
                is_below_pane=self.attestation.is_below_pane,
            ),
        )


def when_guests_come_or_go(changed: trio.Event) -> Listener:
    """A listener that sets an event when a name may have become free."""

    def notice(recorded: Recorded) -> None:
        if isinstance(recorded.event, GuestHeld | SessionClosed):
            changed.set()

    return notice


def person() -> str:
    """What the daemon's user is called, as a guest and wherever nobody says a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id that no user has
        return f"user-{os.getuid()}"
