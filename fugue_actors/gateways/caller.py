"""The caller: one connection's identity, fixed when it opens and for its whole life.

A connection from inside a pane is that pane's session. Any other is a guest, whose
session is opened with its first request, because only then it has said its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.actors import fleet
from fugue_actors.errors import Refused

LET_GO_WITHIN = 3.0

if TYPE_CHECKING:
    from fugue_actors.gateways.identity import Attestation
    from fugue_actors.journal import Journal
    from fugue_actors.kernel import Kernel, Ref
    from fugue_actors.protocol.events import Recorded
    from fugue_actors.protocol.values import Attested, Session


class Caller:
    """See the module's docstring.

    Args:
        attestation: What the kernel says about the peer.
        kernel: The tree.
        journal: What is the case.
        holder: The connection's actor if it alone is its guest; None if it shares it.
        name: What a guest asked to be called.
        cwd: The peer's working directory.
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
    ) -> None:
        self.attestation = attestation
        self.kernel = kernel
        self.journal = journal
        self.holder = holder
        self.name = name
        self.cwd = cwd
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
            Refused: `SessionNotFound`, when it has ended while the connection lives.
        """
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
        await self.predecessor_left()
        peer = self.attestation.peer
        return await fleet.open_guest(
            self.kernel.registry.resolve(fleet.PATH),
            fleet.OpenGuest(
                holder=self.holder,
                name=self.name,
                client=self.client,
                cwd=self.cwd,
                origin=f"{peer.pid}:{peer.started}",
            ),
        )

    async def predecessor_left(self) -> None:
        """Wait a moment for another connection to let go of the name, if one has it.

        A client that lost its connection can be back before the daemon knows that it was
        away. It would become somebody else then, and its messages would wait for nobody.
        """
        if self.holder is None or self.name is None:
            return
        with trio.move_on_after(LET_GO_WITHIN):
            while self.is_held(self.name):
                changed = trio.Event()

                def notice(_: Recorded, changed: trio.Event = changed) -> None:
                    changed.set()

                stop = self.journal.listen(notice)
                try:
                    await changed.wait()
                finally:
                    stop()

    def is_held(self, name: str) -> bool:
        """Whether a connection is the guest of this name now."""
        session = self.journal.state.session_named(name)
        return session is not None and session.holder is not None
