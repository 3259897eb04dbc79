"""The loop of an actor: one message after the other, and what each one leaves behind.

1. A message that nobody wants any more (its asker left, its timer was cancelled) is
   skipped.
2. `Refused` is an answer; every other exception ends the incarnation.
3. Other tasks get a turn after a burst of messages, however full the mailbox is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from fugue_actors.errors import Refused
from fugue_actors.kernel.ending import conclude
from fugue_actors.kernel.exits import Crashed, causes, leaves, lone
from fugue_actors.kernel.reports import RefusedReport

if TYPE_CHECKING:
    from fugue_actors.kernel.actor import Actor
    from fugue_actors.kernel.cell import Cell
    from fugue_actors.kernel.envelope import Envelope

BURST = 8
"""Messages handled in a row before other tasks get a turn."""


class Crash:
    """Control message: end this incarnation as if `error` had been raised in it."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


async def handle_messages(cell: Cell, actor: Actor) -> None:
    """Take one message after the other until there will be none."""
    mailbox = cell.mailbox
    burst = 0
    while True:
        envelope = mailbox.take_nowait()
        if envelope is None:
            if mailbox.is_over:
                return
            burst = 0
            envelope = await mailbox.wait()
            if envelope is None:
                continue
        if envelope.gate is not None and not envelope.gate():
            continue
        reply = envelope.reply
        if reply is not None and not reply.is_open:
            continue
        cell.current = envelope
        cell.current_since = trio.current_time()
        message = envelope.message
        try:
            if type(message) is Crash:
                raise message.error
            answer = await actor.handle(message)
            if reply is not None and reply.owner is None:
                reply.resolve(answer)
        except BaseException as error:
            if not refused(cell, error, envelope):
                fail_current(cell, error, envelope)
                raise
        cell.current = None
        burst += 1
        if burst == BURST:
            burst = 0
            await trio.lowlevel.checkpoint()


def refused(cell: Cell, error: BaseException, envelope: Envelope) -> bool:
    """Whether `error` only refuses the message; if so, tell whoever asked."""
    found = leaves(error)
    refusal = found[0]
    if len(found) > 1 or not isinstance(refusal, Refused):
        return False
    kind = type(envelope.message).__name__
    if envelope.reply is not None:
        envelope.reply.fail(refusal)
    else:
        cell.kernel.report(
            RefusedReport(
                path=cell.ref.path,
                incarnation=cell.incarnation,
                message_type=kind,
                code=refusal.code,
                message=refusal.message,
            )
        )
    return True


def fail_current(cell: Cell, error: BaseException, envelope: Envelope) -> None:
    """A handler ended with a bug, or was interrupted; who asked is told soon."""
    cell.current = None
    if envelope.reply is not None:
        cell.deferred.add(envelope.reply)
    for cause in causes([error]):
        cause.add_note(
            f"while handling {type(envelope.message).__name__}"
            f" in {cell.ref.path}#{cell.incarnation} (trace {envelope.trace})"
        )
    if real := causes([error]):
        conclude(cell, Crashed(lone(real)))
