"""The web page's files, out of the package, as responses.

They are read once. A daemon whose package is replaced under it goes on serving the page
that it understands.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.gateways.control.http import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES: Final = Path(__file__).parent / "static"
INDEX: Final = "index.html"
BELOW: Final = "/static/"
MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
"""What is served; files with other endings are none of the page's."""


@attrs.frozen
class Page:
    """One file.

    Attributes:
        response: The file.
        tag: Its entity tag, which changes with it.
    """

    response: Response
    tag: str

    def answer(self, known: list[str]) -> Response:
        """The file, or that the browser has it already.

        Args:
            known: Values of the request's `If-None-Match`.
        """
        tags = {tag.strip() for value in known for tag in value.split(",")}
        if self.tag in tags or f"W/{self.tag}" in tags or "*" in tags:
            return attrs.evolve(self.response, status=304, body=b"")
        return self.response


def load(directory: Path = FILES) -> Mapping[str, Page]:
    """Every file by the path that it is asked for."""
    pages: dict[str, Page] = {}
    for file in sorted(directory.rglob("*")):
        media_type = MEDIA_TYPES.get(file.suffix)
        if media_type is None or not file.is_file():
            continue
        body = file.read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        # Names do not change with the content, so a browser has to ask each time.
        headers = (("Cache-Control", "no-cache"), ("ETag", tag))
        page = Page(Response(200, body, media_type, headers), tag)
        pages[BELOW + file.relative_to(directory).as_posix()] = page
    if (index := pages.get(BELOW + INDEX)) is not None:
        pages["/"] = index
    return pages
