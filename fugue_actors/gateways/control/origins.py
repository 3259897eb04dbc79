"""Which `Host` and `Origin` the monitor's port answers to. Pure.

A browser sends what its address bar says as `Host`, and the page that asks as `Origin`;
neither can be forged by a page. So

- a page that gave its own name our address (DNS rebinding) shows by a foreign `Host`;
- a page of somebody else that opens a socket here shows by an `Origin` that is not the
  very server it speaks to: same scheme, same name, same port. Another server on this
  machine is somebody else, too;
- whoever sends no `Origin` is no page. It needs a token as everybody does.

The port in `Host` is not compared with ours: it is the one that was connected to, which
differs where it is forwarded (`ssh -L 8000:localhost:7437`).
"""

from __future__ import annotations

import re
from typing import Final

import attrs

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
AUTHORITY: Final = re.compile(
    r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>\d{1,5}))?",
    re.ASCII | re.IGNORECASE,
)
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@attrs.frozen
class Authority:
    """The server that a `Host` or an `Origin` names.

    Attributes:
        name: In lower case; an IPv6 address in brackets.
        port: None if it is that of the scheme.
    """

    name: str
    port: int | None


def parsed(text: str) -> Authority | None:
    """What names a server, and nothing besides: no user, no path, no space."""
    match = AUTHORITY.fullmatch(text)
    if match is None:
        return None
    port = match["port"]
    if port is not None and not 0 < int(port) < 65_536:
        return None
    return Authority(match["name"].lower(), None if port is None else int(port))


def is_host_ours(host: str, names: frozenset[str]) -> bool:
    """Whether a `Host` names this machine, or one of the further `names`."""
    authority = parsed(host)
    return authority is not None and authority.name in LOOPBACK | names


def is_origin_ours(origin: str, host: str) -> bool:
    """Whether a page comes from the very server that it speaks to.

    Args:
        origin: The `Origin`.
        host: The `Host`, which is ours.
    """
    scheme, separator, rest = origin.partition("://")
    default = DEFAULT_PORTS.get(scheme.lower())
    page, server = parsed(rest), parsed(host)
    if default is None or not separator or page is None or server is None:
        return False
    return (page.name, page.port or default) == (server.name, server.port or default)
