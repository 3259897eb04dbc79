"""How many files a process may have open: many for the daemon, for programs as before.

A daemon holds a few descriptors for each pane and each connection, and the usual limit of
1024 is met by a few hundred agents. Programs get the limit that whoever started the
daemon had: some of them walk over all numbers below it, others cannot deal with many.
"""

from __future__ import annotations

import logging
import resource

logger = logging.getLogger(__name__)

ENOUGH = 65_536
"""What the limit is raised to at most; some systems name no highest one, but have it."""


def raise_limit() -> int:
    """Let this process open as many files as it may.

    Returns:
        The limit before, for `restore_limit` in processes that are started later.
    """
    before, hardest = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hardest == resource.RLIM_INFINITY else min(hardest, ENOUGH)
    if before == resource.RLIM_INFINITY or before >= wanted:
        return before
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hardest))
    except (OSError, ValueError) as error:
        logger.warning("the limit of open files stays at %d: %s", before, error)
    return before


def restore_limit(before: int) -> None:
    """Let this process and its descendants have the limit that `raise_limit` told."""
    _, hardest = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, hardest))
