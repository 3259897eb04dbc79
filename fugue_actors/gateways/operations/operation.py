"""One row of the table of operations: what it takes and gives, and how to run it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from fugue_actors.errors import Refused
from fugue_actors.gateways.arguments import decode_arguments, no_number
from fugue_actors.gateways.operations import plainly
from fugue_actors.gateways.operations.context import Run
from fugue_actors.gateways.operations.schemas import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fugue_actors.gateways.access import Right


class ArgumentsRejected(Refused):
    """Arguments that do not fit the operation's schema."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__("InvalidArgument", message, hint=hint)


@attrs.frozen(kw_only=True, slots=False)
class Operation:
    """One thing that can be asked of the daemon.

    Attributes:
        name: Its name in the control protocol; the tool is called `fugue_<name>`.
        title: A few words for people who pick from a list.
        description: What it does, for whoever decides to use it.
        takes: JSON schema of its arguments.
        gives: JSON schema of its result.
        run: The function that does it.
        tool: Whether agents are offered it over MCP.
        private: Arguments that only the control protocol takes.
        reads_only: It changes nothing.
        destroys: It can destroy work.
        administers: It is only for who administers the daemon.
        is_for_people: It is not for agents, whatever else they may do.
        arranges: A person who does it works on the layout.
        is_limitable: With a token that is limited to some sessions it does nothing beyond
            them.
    """

    name: str
    title: str
    description: str
    takes: Schema
    gives: Schema
    run: Run
    tool: bool = True
    private: tuple[str, ...] = ()
    reads_only: bool = False
    destroys: bool = False
    administers: bool = False
    is_for_people: bool = False
    arranges: bool = False
    is_limitable: bool = False

    @property
    def right(self) -> Right:
        """What a caller must be allowed to do."""
        if self.administers:
            return "administer"
        return "look" if self.reads_only else "act"

    @cached_property
    def tool_takes(self) -> Schema:
        """The schema agents are shown: without the private arguments."""
        shown = {
            k: v for k, v in self.takes["properties"].items() if k not in self.private
        }
        return {**self.takes, "properties": shown}

    @cached_property
    def validators(self) -> dict[bool, Draft202012Validator]:
        """Compiled once: by whether the request came over MCP."""
        return {
            True: Draft202012Validator(self.tool_takes),
            False: Draft202012Validator(self.takes),
        }

    @cached_property
    def do_fit(self) -> dict[bool, Callable[[Mapping[str, Any]], bool]]:
        """Whether arguments plainly fit, by whether the request came over MCP."""
        return {True: plainly.fits(self.tool_takes), False: plainly.fits(self.takes)}

    def check(self, given: dict[str, Any], *, as_tool: bool) -> dict[str, Any]:
        """The arguments, objects that came as JSON strings decoded.

        Raises:
            ArgumentsRejected: They do not fit the schema, or hold a number that is none.
        """
        if self.do_fit[as_tool](given):
            return given
        decoded = decode_arguments(given, self.takes)
        place = no_number(decoded, self.takes)
        if place is not None:
            raise ArgumentsRejected(
                f"{self.name}: bad arguments at {place[:100]}: this is no finite number",
                hint="JSON has neither NaN nor Infinity, nor do we take numbers so large",
            )
        error = best_match(self.validators[as_tool].iter_errors(decoded))
        if error is not None:
            known = ", ".join(self.tool_takes["properties"]) or "none"
            place = "" if error.json_path == "$" else f" at {error.json_path}"
            raise ArgumentsRejected(
                f"{self.name}: bad arguments{place}: {error.message[:300]}",
                hint=f"it takes: {known}",
            )
        return decoded
