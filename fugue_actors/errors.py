"""Every error fugue raises on purpose, in families, each with a stable code.

A code is public: people's scripts and agents' prompts rely on it. The message says
what was asked and what is the case, the hint says what to do, `data` is for programs.
`protocol/errors.py` turns these into what goes over a wire and back.
"""

from __future__ import annotations

from typing import Any


class FugueError(Exception):
    """Root of all deliberate errors.

    Args:
        message: What was asked and what is the case; one line.
        code: Stable public code; the class's own unless given.
        hint: What to do about it.
        data: Details for programs, JSON values only.
    """

    code: str = "Internal"

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        hint: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data = data
        if code is not None:
            self.code = code


class Refused(FugueError):
    """A request that is invalid or not allowed now; who refuses it lives on."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint, data=data)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.code, self.message), self.__dict__)


class Unavailable(FugueError):
    """Whoever should answer cannot; asking again later may work."""

    code = "Unavailable"


class ActorGone(Unavailable):
    """The address is dead and will not come back."""


class ActorRestarting(Unavailable):
    """The address is between two incarnations."""

    code = "Restarting"


class MailboxFull(Unavailable):
    """The mailbox is at its bound and its policy refuses more."""

    code = "Busy"


class AskTimeout(Unavailable):
    """No answer within the time the asker gave. Not a `trio.TooSlowError`."""

    code = "Timeout"


class ActorCrashed(Unavailable):
    """The actor that held the request crashed before it answered."""

    code = "Internal"


class ProtocolError(FugueError):
    """Bytes or frames that break a protocol."""

    code = "InvalidArgument"


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol."""


class KernelBug(FugueError):
    """The actor kernel was misused, or is wrong."""
