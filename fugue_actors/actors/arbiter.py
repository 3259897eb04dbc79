"""Who may write into a pane now: people, agents and fugue itself. PURE.

1. One operator controls, which is one connection of a person. Their keys are never held up,
   and no other person's keys get in between.
2. Everybody else waits while the operator is busy: for a moment after a key, longer after
   work on the layout. A shorter wait never cuts a longer one short.
3. Nobody adds to what a person has begun to type, whether its author is still there or not.
   Where that stands is known next to the screen; here it is only what was last heard of it.
4. Who asked for the pane alone has it alone: all others are refused.

Times are seconds on any one clock. Enter at `decide`; the table in the documentation
(`reference/human-control.md`) has every case.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import attrs

from fugue_actors.protocol.values import Control

Kind = Literal["live", "person", "agent", "fugue"]
Activity = Literal["prefix", "typing", "layout"]
Reason = Literal["prefix", "typing", "layout", "draft", "control"]

ACTIVITIES: Final[tuple[Activity, ...]] = get_args(Activity)
MACHINES: Final[frozenset[Kind]] = frozenset({"agent", "fugue"})


@attrs.frozen(kw_only=True)
class ControlSettings:
    """How long people are left alone; seconds.

    Attributes:
        prefix_seconds: After a key that begins a command of the terminal's own.
        typing_seconds: After a key or a paste for the program.
        layout_seconds: After work on the layout around the pane.
        idle_seconds: Without any of it control ends.
        patience_seconds: How long a write waits for its turn, unless it says otherwise.
    """

    prefix_seconds: float = 0.5
    typing_seconds: float = 2.0
    layout_seconds: float = 5.0
    idle_seconds: float = 60.0
    patience_seconds: float = 10.0

    def after(self, activity: Activity) -> float:
        """How long others wait after an activity."""
        match activity:
            case "prefix":
                return self.prefix_seconds
            case "typing":
                return self.typing_seconds
            case "layout":
                return self.layout_seconds


USUAL_CONTROL: Final = ControlSettings()


@attrs.frozen(kw_only=True)
class Writer:
    """Who wants to write.

    Attributes:
        kind: `live` is a person's single keystrokes as they are made, `person` what a
            person has written at once, `agent` an agent, `fugue` the daemon itself.
        name: What the person is called.
        operator_id: The person's connection.
    """

    kind: Kind
    name: str = ""
    operator_id: str = ""


@attrs.frozen
class Go:
    """Write it now."""


@attrs.frozen
class Hold:
    """Not now.

    Attributes:
        reason: Why.
        until: When to ask again; None if only the end of a draft tells.
    """

    reason: Reason
    until: float | None


@attrs.frozen
class No:
    """Not at all, as things are."""

    reason: Reason


Decision = Go | Hold | No


@attrs.define(eq=False)
class Arbiter:
    """See the module's docstring.

    Attributes:
        control: Who controls, if somebody does.
        touched: When the operator was last seen to do something.
        quiet: Until when an activity keeps others away: by the operator whom it does not
            keep away, or by nobody for what keeps only machines away.
        draft: Who has begun to type and not finished: a person `live`, a `person` at
            once, or nobody.
    """

    settings: ControlSettings = attrs.Factory(ControlSettings)
    control: Control | None = None
    touched: float = 0.0
    quiet: dict[tuple[Activity, str], float] = attrs.Factory(dict)
    draft: str = ""

    def is_operator(self, writer: Writer) -> bool:
        """Whether it is who controls."""
        control = self.control
        return control is not None and control.operator_id == writer.operator_id

    def decide(self, writer: Writer, now: float) -> Decision:
        """What becomes of a write."""
        if self.is_operator(writer):
            return Go()
        if writer.kind == "live":
            return Go() if self.control is None else No("control")
        if self.control is not None and self.control.exclusive:
            return No("control")
        reason, until = self.quietest(writer)
        if until > now:
            return Hold(reason, until)
        if self.draft == "live" or (self.draft and writer.kind in MACHINES):
            return Hold("draft", None)
        return Go()

    def quietest(self, writer: Writer) -> tuple[Activity, float]:
        """What keeps a writer away for longest, and until when."""
        found: tuple[Activity, float] = ("typing", 0.0)
        for (activity, by), until in self.quiet.items():
            applies = writer.kind in MACHINES or by not in ("", writer.operator_id)
            if applies and until > found[1]:
                found = activity, until
        return found

    def note(self, activity: Activity, writer: Writer, now: float) -> None:
        """A person does something.

        What the operator does keeps everybody else away, what others do only machines.
        """
        is_operator = self.is_operator(writer)
        key = activity, writer.operator_id if is_operator else ""
        until = max(self.quiet.get(key, 0.0), now + self.settings.after(activity))
        self.quiet = {k: v for k, v in self.quiet.items() if v > now} | {key: until}
        if is_operator:
            self.touched = now

    def take(self, control: Control, now: float) -> None:
        """Somebody controls from now on."""
        self.control, self.touched = control, now

    def release(self) -> None:
        """Nobody controls any more; what keeps others away still does."""
        self.control = None

    def forget_quiet(self) -> None:
        """People say that they need not be left alone any longer."""
        self.quiet.clear()

    @property
    def idle_at(self) -> float | None:
        """When control ends by itself; None if it does not. A lock is held on purpose."""
        if self.control is None or self.control.exclusive:
            return None
        return self.touched + self.settings.idle_seconds
