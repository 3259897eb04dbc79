"""What a daemon is told about recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs

MEGABYTE: Final = 1_000_000


@attrs.frozen(kw_only=True)
class RecordSettings:
    """See the module's docstring.

    Attributes:
        directory: Where recordings are kept.
        most_bytes: A recording ends when its file would be larger.
        free_bytes: All recordings end when less is free on their disk.
        most: So many at once.
    """

    directory: Path
    most_bytes: int = 256 * MEGABYTE
    free_bytes: int = 512 * MEGABYTE
    most: int = 16
