"""Errors that only the kernel raises, each of a family in `fugue_actors.errors`.

They carry a stable code like every deliberate error. A fault says what was asked and
what is the case; it never holds a traceback or the body of a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.errors import KernelBug, Refused, Unavailable

if TYPE_CHECKING:
    from fugue_actors.kernel.ref import Ref


class SpecError(KernelBug, ValueError):
    """A spec that could never work; raised where it is built."""


class AskCycle(KernelBug):
    """An ask that would close a ring of actors waiting for each other."""


class NoSuchActor(Unavailable):
    """No actor has this path."""


class StartTimeout(Unavailable):
    """An actor was not ready within its `start_within`."""

    code = "Timeout"


class StartAborted(Unavailable):
    """A start was given up because its supervisor is stopping."""


class AlreadyStarted(Refused):
    """The id is taken among these siblings.

    Attributes:
        ref: The address that has it.
    """

    def __init__(self, ref: Ref) -> None:
        super().__init__("InvalidArgument", f"{ref.path} is already started")
        self.ref = ref

    def __reduce__(self) -> tuple[type[AlreadyStarted], tuple[Ref]]:
        return (type(self), (self.ref,))


class NoSuchChild(Refused):
    """The supervisor has no child of this id."""

    def __init__(self, path: str, id: str) -> None:
        super().__init__("InvalidArgument", f"{path} has no child {id!r}")
        self.id = id
        self.path = path

    def __reduce__(self) -> tuple[type[NoSuchChild], tuple[str, str]]:
        return (type(self), (self.path, self.id))
