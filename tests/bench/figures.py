"""What is measured, and what several runs of it say. Pure.

1. A `Figure` is declared once, beside the code that measures it.
2. A measurement gives one number per figure and run; latencies are reduced to their
   percentiles within a run, and never mixed across runs.
3. Over the runs stand the median, the lowest and the highest. Of a peer's figure the
   ratio is taken run by run, because both saw the same machine at the same time.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Numbers = dict[str, float]
"""One run's measurements, by the keys of their figures."""

MS = "ms"
PER_SECOND = "/s"
MEGABYTES_PER_SECOND = "MB/s"
MEGABYTES = "MB"
PERCENT = "%"


@attrs.frozen
class Figure:
    """One line of the table.

    Attributes:
        key: Names it in `--json`: `<bench>.<what>`.
        label: What it is, for people.
        unit: One of this module's units; megabytes are millions of bytes.
        aim: The number must stay below this, or above it if it is a rate; None if
            there is no aim.
        peer: Key of the figure it is compared with.
        ratio_aim: The aim for the ratio to the peer: at least this if more is better,
            else at most.
    """

    key: str
    label: str
    unit: str
    aim: float | None = attrs.field(default=None, kw_only=True)
    peer: str | None = attrs.field(default=None, kw_only=True)
    ratio_aim: float | None = attrs.field(default=None, kw_only=True)

    @property
    def more_is_better(self) -> bool:
        """Whether it is a rate."""
        return self.unit in (PER_SECOND, MEGABYTES_PER_SECOND)

    @property
    def wanted(self) -> str:
        """The aim, for people."""
        if self.aim is not None:
            return f"{'>' if self.more_is_better else '<'} {self.aim:,.10g}"
        if self.ratio_aim is not None:
            return f"{'>=' if self.more_is_better else '<='} {self.ratio_aim:g} x"
        return ""


@attrs.frozen
class Summary:
    """A figure over all runs.

    Attributes:
        figure: What was measured.
        values: One number for each run, in order.
        ratio: Median of the number over its peer's of the same run.
    """

    figure: Figure
    values: tuple[float, ...]
    ratio: float | None

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the median, or that of the ratio, reaches the aim."""
        figure = self.figure
        if figure.aim is not None:
            is_met = (self.median > figure.aim) == figure.more_is_better
        elif figure.ratio_aim is None or self.ratio is None:
            return ""
        elif figure.more_is_better:
            is_met = self.ratio >= figure.ratio_aim
        else:
            is_met = self.ratio <= figure.ratio_aim
        return "met" if is_met else "MISSED"

    def shape(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            **attrs.asdict(self.figure),
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "values": list(self.values),
            "ratio": self.ratio,
            "verdict": self.verdict or None,
        }


def summarize(
    figures: Sequence[Figure], runs: Sequence[Mapping[str, float]]
) -> list[Summary]:
    """Each figure that was measured, in the order of their declaration."""
    summaries = []
    for figure in figures:
        values = tuple(run[figure.key] for run in runs if figure.key in run)
        if not values:
            continue
        ratios = [
            run[figure.key] / run[figure.peer]
            for run in runs
            if figure.peer in run and figure.key in run
        ]
        ratio = statistics.median(ratios) if ratios else None
        summaries.append(Summary(figure, values, ratio))
    return summaries


def percentile(seconds: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values (0 to 1) do not exceed."""
    ranked = sorted(seconds)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def latencies(prefix: str, seconds: Sequence[float]) -> Numbers:
    """The figures `<prefix>.p50` and `<prefix>.p99`, in milliseconds."""
    return {
        f"{prefix}.p50": percentile(seconds, 0.50) * 1e3,
        f"{prefix}.p99": percentile(seconds, 0.99) * 1e3,
    }


def middle_ms(seconds: Sequence[float]) -> float:
    """The median of some durations, in milliseconds."""
    return statistics.median(seconds) * 1e3
