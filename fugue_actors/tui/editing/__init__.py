"""Writing lines and small texts: a buffer, and the keys of emacs and vi. PURE."""

from __future__ import annotations

from fugue_actors.tui.editing.buffer import Buffer
from fugue_actors.tui.editing.characters import characters_of, part_in_view
from fugue_actors.tui.editing.editor import Editor, Style

__all__ = ["Buffer", "Editor", "Style", "characters_of", "part_in_view"]
