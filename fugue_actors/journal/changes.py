"""What of the view is not in the file yet, and the checkpoint that writes it there.

Sessions, panes, layouts, tokens and recordings are few and immutable: whatever is another
object than the one that was written has changed. Messages are many, so those that events were about are
noted one by one. A message that is finished leaves the file's view; what became of it is
told by the events.

Nothing here touches a file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.journal import rows
from fugue_actors.journal.store import Checkpoint, Key
from fugue_actors.protocol.events import Event, MessageSent, SessionClosed, messages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fugue_actors.journal.views import State

WHOLE: Final[dict[str, Callable[[State], Mapping[str, Any]]]] = {
    rows.SESSION: lambda state: state.sessions,
    rows.PANE: lambda state: state.panes,
    rows.LAYOUT: lambda state: state.layouts,
    rows.PARENT: lambda state: state.parents,
    rows.TOKEN: lambda state: state.tokens,
    rows.RECORDING: lambda state: state.recordings,
}


@attrs.frozen
class Draft:
    """A checkpoint before it is written: values that do not move any more.

    Attributes:
        seq: The event after which it is true.
        values: What is new or has changed, by kind and key.
        gone: What is no more.
        touched: What it takes care of.
    """

    seq: int
    values: dict[Key, Any]
    gone: list[Key]
    touched: dict[Key, None]

    def encoded(self) -> Checkpoint:
        """As it is written; may take a while, and may be done in a thread."""
        return Checkpoint(
            seq=self.seq,
            rows=[
                (kind, key, json.dumps(rows.encode(kind, value)))
                for (kind, key), value in self.values.items()
            ],
            gone=self.gone,
        )


@attrs.define(eq=False)
class Changes:
    """See the module's docstring.

    Attributes:
        written: What the file's view holds, by kind and key.
        touched: Messages and senders' keys that something happened to since the last
            checkpoint.
    """

    written: dict[str, dict[str, Any]] = attrs.Factory(lambda: defaultdict(dict))
    touched: dict[Key, None] = attrs.Factory(dict)

    def note(self, event: Event, state: State) -> None:
        """An event is about to be folded."""
        for message_id in messages_of(event):
            self.touched[rows.MESSAGE, message_id] = None
        if isinstance(event, MessageSent) and event.terms.idempotency_key is not None:
            sender = event.envelope.sender.session_id
            key = rows.key_of(sender, event.terms.idempotency_key)
            self.touched[rows.KEY, key] = None
        if isinstance(event, SessionClosed):
            for record in state.ledger.inboxes.get(event.session_id, ()):
                self.touched[rows.MESSAGE, record.envelope.id] = None
            for message_id in state.ledger.claimed:
                self.touched[rows.MESSAGE, message_id] = None

    def draft(self, state: State, seq: int) -> Draft:
        """What has changed; what was noted so far is this draft's from now on."""
        touched, self.touched = self.touched, {}
        values: dict[Key, Any] = {}
        gone: list[Key] = []
        for kind, of in WHOLE.items():
            present, written = of(state), self.written[kind]
            for key, value in present.items():
                if written.get(key, self) is not value:
                    values[kind, key] = value
            gone += [(kind, key) for key in written.keys() - present.keys()]
        self.add_touched(state, touched, values, gone)
        self.drop_old_keys(state, gone)
        return Draft(seq, values, gone, touched)

    def touch_everything(self, state: State) -> None:
        """From now on nothing counts as written."""
        self.written.clear()
        for message_id in state.ledger.messages:
            self.touched[rows.MESSAGE, message_id] = None
        for sender, idempotency_key in state.ledger.keys:
            self.touched[rows.KEY, rows.key_of(sender, idempotency_key)] = None

    def add_touched(
        self,
        state: State,
        touched: dict[Key, None],
        values: dict[Key, Any],
        gone: list[Key],
    ) -> None:
        """Messages and keys that something happened to, as they are by now."""
        for row in touched:
            kind, key = row
            value: Any
            if kind == rows.MESSAGE:
                value = rows.followed(state, key)
            else:
                sender, idempotency_key = json.loads(key)
                value = state.ledger.keys.get((sender, idempotency_key))
            if value is not None:
                values[row] = value
            elif key in self.written[kind]:
                gone.append(row)

    def drop_old_keys(self, state: State, gone: list[Key]) -> None:
        """Forget in the file the keys that the ledger has forgotten, the oldest."""
        for key in self.written[rows.KEY]:
            sender, idempotency_key = json.loads(key)
            if (sender, idempotency_key) in state.ledger.keys:
                return
            gone.append((rows.KEY, key))

    def confirm(self, draft: Draft) -> None:
        """A draft is in the file."""
        for (kind, key), value in draft.values.items():
            # Of what is told by `touched`, only whether it is there is of interest.
            self.written[kind][key] = value if kind in WHOLE else None
        for kind, key in draft.gone:
            self.written[kind].pop(key, None)

    def take_over(self, state: State) -> None:
        """The file holds this view already."""
        for kind, of in WHOLE.items():
            self.written[kind] = dict(of(state))
        self.written[rows.MESSAGE] = dict.fromkeys(state.ledger.messages)
        self.written[rows.KEY] = {
            rows.key_of(sender, idempotency_key): None
            for sender, idempotency_key in state.ledger.keys
        }

    def withdraw(self, draft: Draft) -> None:
        """A draft is not in the file: it is all still to be done."""
        self.touched = draft.touched | self.touched
