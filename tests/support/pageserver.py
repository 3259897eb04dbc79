"""Small pages on loopback, for tests of the browser's driver itself."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import fugue_actors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:"
)


STATIC = Path(fugue_actors.__file__).parent / "gateways" / "control" / "static"


def package_files() -> dict[str, str]:
    """The page's own scripts and styles, by the paths that the daemon has them at."""
    return {
        f"/static/{path.name}": path.read_text("utf-8")
        for path in STATIC.iterdir()
        if path.suffix in (".js", ".css")
    }


@contextmanager
def served(files: Mapping[str, str]) -> Iterator[str]:
    """Serve these texts by their paths; the origin's address.

    A path's ending says what it is: `.js` and `.css`, else HTML. All of it comes with a
    strict Content-Security-Policy.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = files.get(path)
            if body is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            kinds = {"js": "text/javascript", "css": "text/css"}
            kind = kinds.get(path.rpartition(".")[2], "text/html")
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", STRICT)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
