"""What a person types on its way to panes: in order, one request at a time.

While a request is under way, what is typed meanwhile is gathered and goes with the next
one, so a slow daemon is asked less and not later. After a refusal nothing of what waited
is sent: it was typed in the belief that what came before it had arrived.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.errors import FugueError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fugue_actors.tui.events import Mouse
    from fugue_actors.tui.modes import Type

MOST_BATCHES: Final = 16
MOST_KEYS: Final = 200
MOST_TEXT: Final = 4096
MOST_ACTIONS: Final = 32


@attrs.define
class Batch:
    """One request's worth: text, keys, and then the mouse; or a paste; or focus."""

    pane_id: str
    text: str = ""
    keys: list[str] = attrs.Factory(list)
    mouse: list[dict[str, Any]] = attrs.Factory(list)
    paste: bool = False
    focus: bool | None = None

    @classmethod
    def of(cls, typed: Type) -> Batch:
        """One that begins with this."""
        batch = cls(typed.pane_id, typed.text, [*typed.keys])
        batch.paste, batch.focus = typed.paste, typed.focus
        if typed.mouse is not None:
            batch.mouse.append(action_of(typed.mouse))
        return batch

    def take(self, typed: Type) -> bool:
        """Have this go with it, if that is possible and nothing changes its order."""
        is_apart = (
            self.paste or typed.paste or (self.focus, typed.focus) != (None, None)
        )
        if is_apart or typed.pane_id != self.pane_id:
            return False
        if typed.mouse is not None:
            return self.take_mouse(action_of(typed.mouse))
        if self.mouse:
            return False
        return self.take_keys(typed)

    def take_mouse(self, action: dict[str, Any]) -> bool:
        """The mouse did something; of moves in a row only the last one counts."""
        last = self.mouse[-1] if self.mouse else None
        if last and last["kind"] == action["kind"] == "move":
            self.mouse.pop()
        elif len(self.mouse) >= MOST_ACTIONS:
            return False
        self.mouse.append(action)
        return True

    def take_keys(self, typed: Type) -> bool:
        """Text or keys; behind a key text can only go as keys itself."""
        keys = [*typed.text] if self.keys else []
        is_text = not keys and len(self.text) + len(typed.text) <= MOST_TEXT
        if typed.text and not is_text and not all(map(is_key, keys)):
            return False
        if len(self.keys) + len(keys) + len(typed.keys) > MOST_KEYS:
            return False
        if is_text:
            self.text += typed.text
        self.keys += [*keys, *typed.keys]
        return True

    @property
    def arguments(self) -> dict[str, Any]:
        """What the request for it is given."""
        return {
            "pane": self.pane_id,
            "text": self.text or None,
            "keys": self.keys or None,
            "paste": self.paste,
            "mouse": self.mouse or None,
            "focus": self.focus,
        }


def action_of(mouse: Mouse) -> dict[str, Any]:
    """A mouse event as a request has it: programs count clicks themselves."""
    return {
        name: value for name, value in attrs.asdict(mouse).items() if name != "clicks"
    }


def is_key(character: str) -> bool:
    """Whether a character can be sent as a key."""
    return character == " " or (character.isprintable() and not character.isspace())


class Typing:
    """See the module's docstring.

    Args:
        send: Makes one request, with these arguments.
        on_refused: Called with a batch that was refused, and why.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any]], Awaitable[Any]],
        on_refused: Callable[[Batch, FugueError], None],
    ) -> None:
        self.send = send
        self.on_refused = on_refused
        self.waiting: deque[Batch] = deque()
        self.is_typed = trio.Event()

    def type(self, typed: Type) -> bool:
        """Send this after what was typed before; False if too much waits already."""
        if self.waiting and self.waiting[-1].take(typed):
            return True
        if len(self.waiting) >= MOST_BATCHES:
            return False
        self.waiting.append(Batch.of(typed))
        self.is_typed.set()
        return True

    async def run(self) -> None:
        """Send what is typed, until cancelled."""
        while True:
            await self.is_typed.wait()
            self.is_typed = trio.Event()
            while self.waiting:
                batch = self.waiting.popleft()
                try:
                    await self.send(batch.arguments)
                except FugueError as error:
                    self.waiting.clear()
                    self.on_refused(batch, error)
