"""Targets as clients write them: an object, or the same object as a JSON string. Pure.

Some agents write strings inside as well, so each level may be one. What is not
understood is refused with the form that would have been. Enter at `parse_address`.
"""

from __future__ import annotations

import difflib
from typing import Any, Final, get_args

import attrs

from fugue_actors.actors.content import STATUSES
from fugue_actors.actors.jsontext import decode, show
from fugue_actors.actors.targets.kinds import (
    AllOfTarget,
    AnyOfTarget,
    BroadcastTarget,
    NotTarget,
    OrchestratorTarget,
    SessionTarget,
    StateTarget,
    TagTarget,
    Target,
    WorktreeTarget,
)
from fugue_actors.errors import Refused
from fugue_actors.protocol.ids import check_tag
from fugue_actors.protocol.values import Deliver

DELIVER: Final = "deliver"
DELIVERIES: Final[tuple[Deliver, ...]] = get_args(Deliver)
DEEPEST: Final = 8
MOST_PARTS: Final = 64
KEYS: Final = (
    *("orchestrator", "session", "tag", "broadcast", "worktree"),
    *("state", "all", "any", "not"),
)
FORMS: Final = (
    '{"orchestrator": true}, {"session": "<name or uuid>"}, {"tag": "<tag>"}, '
    '{"broadcast": true} (or "server"), {"worktree": "<path>"}, {"state": "<status>"}, '
    '{"all": [<targets>]}, {"any": [<targets>]}, {"not": <target>}'
)


@attrs.frozen(kw_only=True)
class Address:
    """A target, and whether all that it means get the message, or one of them."""

    target: Target
    deliver: Deliver = "all"


def parse_address(value: object, deliver: object = None) -> Address:
    """An address from what a client sent.

    Args:
        value: A target; the outermost object may have `deliver` as a second key.
        deliver: The same, if it was given beside the target.

    Raises:
        Refused: `InvalidTarget`; message and hint teach the forms.
    """
    given = unpacked(value)
    if isinstance(given, dict) and DELIVER in given:
        inside = given[DELIVER]
        if deliver not in (None, inside):
            raise invalid(
                f"deliver is {show(inside)} in the target and {show(deliver)} beside it"
            )
        deliver = inside
        given = {key: body for key, body in given.items() if key != DELIVER}
    if deliver is None:
        return Address(target=parse_target(given))
    if deliver not in DELIVERIES:
        raise invalid(
            f'"deliver" takes "all" (everybody gets it) or "one" (whoever asks first), '
            f"not {show(deliver)}"
        )
    return Address(target=parse_target(given), deliver=deliver)


def parse_target(value: object) -> Target:
    """A target from what a client sent.

    Raises:
        Refused: `InvalidTarget`; message and hint teach the forms.
    """
    return Reader().read(value, depth=1)


class Reader:
    """Reads one target; what it has of parts and depth is bounded."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, value: object, *, depth: int) -> Target:
        """A target, or a part of one."""
        self.count += 1
        if self.count > MOST_PARTS:
            raise invalid(f"a target has at most {MOST_PARTS} parts, this one has more")
        if depth > DEEPEST:
            raise invalid(f"a target is nested at most {DEEPEST} levels deep")
        given = unpacked(value)
        if not isinstance(given, dict):
            raise invalid(f"the target {show(value)} is not an object")
        if len(given) != 1:
            hint = 'to combine targets use {"all": [...]} or {"any": [...]}; '
            if DELIVER in given and depth > 1:
                hint = '"deliver" belongs into the outermost object; '
            raise invalid(
                f"a target has exactly one key, and {show(given)} has {len(given)}",
                hint=hint,
            )
        [(key, body)] = given.items()
        match key:
            case "all":
                return AllOfTarget(parts=self.parts(key, body, depth=depth))
            case "any":
                return AnyOfTarget(parts=self.parts(key, body, depth=depth))
            case "not":
                return NotTarget(part=self.read(body, depth=depth + 1))
        return leaf(key, body)

    def parts(self, key: str, body: object, *, depth: int) -> tuple[Target, ...]:
        """The targets that `all` or `any` combine."""
        given = unpacked(body)
        if not isinstance(given, list) or not given:
            raise invalid(
                f'"{key}" takes a list of one or more targets, not {show(body)}'
            )
        return tuple(self.read(part, depth=depth + 1) for part in given)


def unpacked(value: object) -> object:
    """What a JSON string holds, and everything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return decode(value)
    except ValueError as error:
        raise invalid(
            f"the target {show(value)} is neither an object nor its JSON"
        ) from error


def leaf(key: Any, body: object) -> Target:
    """A target that is not made of others."""
    match key:
        case "orchestrator":
            if body is not True:
                raise invalid(f'"orchestrator" takes true, not {show(body)}')
            return OrchestratorTarget()
        case "session":
            return SessionTarget(session=words(key, body))
        case "tag":
            try:
                return TagTarget(tag=check_tag(words(key, body)))
            except Refused as error:
                raise invalid(error.message, hint=f"{error.hint}. ") from error
        case "broadcast":
            if body is True:
                return BroadcastTarget(scope="repository")
            if body == "server":
                return BroadcastTarget(scope="server")
            raise invalid(
                '"broadcast" takes true (your repository) or "server" (everybody), '
                f"not {show(body)}; what you want to say goes into the message"
            )
        case "worktree":
            return WorktreeTarget(path=words(key, body))
        case "state":
            if body not in STATUSES:
                raise invalid(
                    f'"state" takes one of {", ".join(STATUSES)}, not {show(body)}'
                )
            return StateTarget(state=body)
    near = difflib.get_close_matches(str(key)[:64], KEYS, n=1)
    raise invalid(
        f"{show(key)} is not a kind of target",
        hint=f'did you mean "{near[0]}"? ' if near else "",
    )


def words(key: str, body: object) -> str:
    """The text that a target's key takes."""
    if not isinstance(body, str) or not body or "\0" in body:
        raise invalid(f'"{key}" takes a text that is not empty, not {show(body)}')
    try:
        body.encode()
    except UnicodeEncodeError as error:
        raise invalid(f"{show(body)} has half of a surrogate pair") from error
    return body


def invalid(message: str, *, hint: str = "") -> Refused:
    return Refused("InvalidTarget", message, hint=f"{hint}a target is one of {FORMS}")
