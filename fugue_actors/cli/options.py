"""What several commands have in common: `--json` and `--debug`, and numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


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
        made.params.append(
            click.Option(
                ["--debug"], is_flag=True, expose_value=False, help="Show tracebacks."
            )
        )
        return made

    return decorate
