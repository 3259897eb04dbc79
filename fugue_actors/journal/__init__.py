"""What happened, and what follows from it.

`Journal` takes events and tells who asked; `State` is the fold over them. Enter at
`journal.py`. Nothing here knows an actor.
"""

from __future__ import annotations

from fugue_actors.journal.journal import Journal, Listener
from fugue_actors.journal.ledger import Ledger
from fugue_actors.journal.messages import MessageRecord
from fugue_actors.journal.views import State

__all__ = ["Journal", "Ledger", "Listener", "MessageRecord", "State"]
