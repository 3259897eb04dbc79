"""What several commands have in common: `--json` and `--debug`, and numbers."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SPAN: Final = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,3})?)(?P<unit>[smhd])")


class Number(click.FloatRange):
    """A number within limits, and not NaN, which no limit holds off."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, or an error of usage."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


def span(text: str) -> float:
    """A span of time in seconds, written as `90s`, `30m`, `12h` or `7d`.

    Raises:
        click.BadParameter: It is none.
    """
    found = SPAN.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no span of time such as 30m or 12h.")
    return float(found["number"]) * UNITS[found["unit"]]


def command(
    name: str, *, has_json: bool = True, **settings: Any
) -> Callable[[Callable[..., int | None]], click.Command]:
    """A command that takes `--debug`, and `--json` as the parameter `as_json`.

    Both flags also act while the command line is being parsed: `root.main` looks for
    them itself.
    """

    def decorate(function: Callable[..., int | None]) -> click.Command:
        made = click.command(name, click.Command, **settings)(function)
        if has_json:
            made.params.append(
                click.Option(
                    ["--json", "as_json"],
                    is_flag=True,
                    help="Print JSON, also for errors.",
                )
            )
        made.params.append(debug_flag())
        return made

    return decorate


def group(
    name: str, *, members: Sequence[click.Command]
) -> Callable[[Callable[..., None]], click.Group]:
    """A command that consists of several, each with flags of its own."""

    def decorate(function: Callable[..., None]) -> click.Group:
        made = click.group(name, params=[debug_flag()])(function)
        for member in members:
            made.add_command(member)
        return made

    return decorate


def debug_flag() -> click.Option:
    """The flag that every command takes; `root.main` looks for it."""
    return click.Option(
        ["--debug"], is_flag=True, expose_value=False, help="Show tracebacks."
    )
