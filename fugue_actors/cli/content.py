"""What `fugue send` was asked to say and to whom, as the protocol has it. PURE.

How words are read is said in `protocol.addressing`; here are paths, which are taken from
the current directory, and errors of usage.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fugue_actors.errors import Refused
from fugue_actors.protocol import addressing
from fugue_actors.protocol.addressing import FREE_TYPE, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VARIANTS", "content_of", "target_of"]


def target_of(text: str) -> dict[str, Any]:
    """The target that TARGET on a command line names."""
    with usage_error("TARGET"):
        return addressing.target_of(text, absolute)


def absolute(path: str) -> str:
    """A path that means the same to the daemon."""
    try:
        return os.path.normpath(Path(path).expanduser().absolute())
    except RuntimeError as error:  # ~somebody, and nobody is called so
        raise click.BadParameter(str(error), param_hint="TARGET") from error


def content_of(
    kind: str | None, text: str | None, payload: str | None
) -> dict[str, Any]:
    """The arguments of `send_orchestration` that carry the content."""
    if payload is not None:
        if text is not None:
            raise click.UsageError("give TEXT or --payload, not both")
        with usage_error("--payload"):
            given = addressing.parse_object(payload)
        return with_payload(kind, given)
    if kind == "sync_request" and text is None:
        return {"message": {"sync_request": True}}
    if text is None:
        raise click.UsageError("nothing to send: give TEXT or --payload")
    try:
        return addressing.content_of(kind, text)
    except Refused as error:
        raise click.UsageError(error.message) from error


def with_payload(kind: str | None, payload: dict[str, Any]) -> dict[str, Any]:
    """A payload given as it is: of one of the six variants, or of a free type."""
    if kind == "sync_request":
        raise click.UsageError("a sync_request takes no --payload")
    if kind in VARIANTS:
        return {"message": {kind: payload}}
    return {"msg_type": kind or FREE_TYPE, "payload": payload}


@contextmanager
def usage_error(place: str) -> Iterator[None]:
    """Say where on the command line that stands which is refused."""
    try:
        yield
    except Refused as error:
        raise click.BadParameter(error.message, param_hint=place) from error
