"""A synchronous client of the control protocol: one socket, one request at a time.

Newline-delimited JSON over `control.sock`. The socket's owner is checked before a byte
is sent, since requests may carry the caller's whole environment. Standard library only.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from fugue_actors import __version__, places
from fugue_actors.cli.exits import DaemonGone, NoDaemon
from fugue_actors.errors import AskTimeout, Refused, RemoteProtocolError
from fugue_actors.protocol.errors import error_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

LINE_LIMIT_BYTES: Final = 4 * 1024 * 1024
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 60.0
HELLO: Final = "hello"


class ControlClient:
    """One connection to the daemon of this home.

    Attributes:
        path: The socket it is connected to.
        awaited: The number of the request whose answer is being waited for.
        daemon_version: What the daemon said it is.
        daemon_pid: Its process id.
        renamed: `from` and `to`, if the login name is taken by a session with a pane.
        me: The session this connection is, as `whoami` tells it; None if not told.
    """

    def __init__(self, connection: socket.socket, path: str) -> None:
        self.connection = connection
        self.path = path
        self.lines = connection.makefile("rb")
        self.last_id = 0
        self.awaited: int | None = None
        self.daemon_version = "?"
        self.daemon_pid = 0
        self.me: dict[str, Any] | None = None
        self.renamed: dict[str, str] | None = None

    @classmethod
    def connect(cls, *, client: str, act_as: str | None = None) -> ControlClient:
        """Connect and say who we are.

        Args:
            client: The program's name for the daemon's log, like `fugue ls`.
            act_as: Name of the guest to be; by default the login name. Inside a pane
                it changes nothing: there the caller is the pane's session.

        Raises:
            NoDaemon: Nothing answers there.
            Refused: The socket belongs to somebody else, or its path is too long.
        """
        path = places.control_socket()
        connection = open_socket(path)
        made = cls(connection, path)
        try:
            made.say_hello(client, act_as)
        except BaseException:
            made.close()
            raise
        return made

    def say_hello(self, client: str, act_as: str | None) -> None:
        """Introduce this client and learn about the daemon."""
        greeting: dict[str, Any] = {"client": client, "version": __version__}
        if act_as is not None:
            greeting["as"] = act_as
        if token := os.environ.get("FUGUE_TOKEN"):
            greeting["token"] = token
        answer = self.request(HELLO, greeting, patience=CONNECT_SECONDS)
        self.daemon_version = str(answer.get("version", "?"))
        self.daemon_pid = int(answer.get("pid", 0))
        self.me = answer.get("session")
        self.renamed = answer.get("renamed")

    def request(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        patience: float = ANSWER_SECONDS,
    ) -> dict[str, Any]:
        """Make one request and wait for its answer.

        Args:
            name: What is requested.
            arguments: Its arguments; those that are None are left out.
            patience: Seconds to wait for the answer.

        Raises:
            Refused: The daemon said no; its code, message and hint.
            AskTimeout: No answer came in time. The connection is of no use then.
            NoDaemon: The daemon went away before it answered the greeting.
            DaemonGone: It went away before it answered a later request.
        """
        number = self.last_id
        self.last_id += 1
        given = {k: v for k, v in (arguments or {}).items() if v is not None}
        frame = {"id": number, "request": name, "args": given}
        line = json.dumps(frame, separators=(",", ":")).encode() + b"\n"
        if len(line) > LINE_LIMIT_BYTES:
            raise Refused(
                "PayloadTooLarge",
                f"the request {name} has {len(line)} bytes, and a line of the "
                f"control protocol holds {LINE_LIMIT_BYTES}",
                hint="send less at once, or a path to a file",
            )
        self.connection.settimeout(patience)
        try:
            with suppress(BrokenPipeError):  # it hung up, perhaps with a last word
                self.connection.sendall(line)
            self.awaited = number
            answer = self.read_answer(number)
            if answer is None:
                raise self.gone(name, "it closed the connection")
        except TimeoutError:
            raise AskTimeout(
                f"the daemon did not answer {name} within {patience:g} s",
                hint="`fugue doctor` shows what is the matter",
            ) from None
        except OSError as error:
            raise self.gone(name, error.strerror or "no reason given") from error
        finally:
            self.awaited = None
        if "error" not in answer:
            result: dict[str, Any] = answer.get("result") or {}
            return result
        refusal = error_from_json(answer["error"])
        if self.daemon_version not in {"?", __version__}:
            refusal.hint = (
                (f"{refusal.hint}; " if refusal.hint else "")
                + f"the daemon is version {self.daemon_version}, this command "
                f"{__version__}: `fugue serve --replace` brings it up to date"
            )
        raise refusal

    def give_up(self) -> bool:
        """Ask for what there is by now of the awaited answer, which then comes soon.

        For a signal's handler. False if no answer is awaited.
        """
        if self.awaited is None:
            return False
        asked = {"id": None, "request": "give_up", "args": {"request": self.awaited}}
        self.connection.sendall(json.dumps(asked).encode() + b"\n")
        return True

    def gone(self, name: str, why: str) -> NoDaemon | DaemonGone:
        """The error for a connection that broke during a request."""
        if name == HELLO:
            return NoDaemon(
                f"the daemon went away before it said who it is: {why}",
                hint="`fugue status` shows whether it still runs",
            )
        return DaemonGone(
            f"the daemon went away before it answered {name}: {why}",
            hint="it may or may not have been done: look before you repeat it",
        )

    def read_answer(self, number: int) -> dict[str, Any] | None:
        """Read lines up to the answer with this id, or a refusal of the connection.

        Others are events. None if the daemon hangs up before.
        """
        while True:
            line = self.lines.readline()
            if not line.endswith(b"\n"):
                return None
            try:
                answer = json.loads(line)
            except ValueError as error:
                raise RemoteProtocolError(
                    "the daemon's answer is not JSON",
                    hint="is another program listening on the socket?",
                ) from error
            if not isinstance(answer, dict):
                continue
            is_refusal = answer.get("id") is None and "error" in answer
            if answer.get("id") == number or is_refusal:
                return answer

    def wait_closed(self, *, patience: float) -> None:
        """Wait until the daemon hangs up, as it does shortly before it ends.

        Raises:
            AskTimeout: It does not.
        """
        self.connection.settimeout(patience)
        try:
            while self.lines.readline():
                pass
        except TimeoutError:
            raise AskTimeout(
                f"the daemon still runs after {patience:g} s",
                hint=f"process {self.daemon_pid} is the one to look at",
            ) from None
        except ConnectionResetError:
            pass

    def close(self) -> None:
        """Hang up."""
        self.lines.close()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_socket(path: str) -> socket.socket:
    """Connect to the daemon's socket, which must belong to this user.

    Raises:
        NoDaemon: Nothing listens there.
        Refused: Somebody else does.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(CONNECT_SECONDS)
    try:
        connection.connect(path)
        owner = peer_uid(connection, path)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        connection.close()
        raise NoDaemon(
            f"no daemon runs here ({path})", hint="`fugue serve` starts one"
        ) from None
    except OSError as error:
        connection.close()
        why = error.strerror or "no answer"
        raise NoDaemon(
            f"the daemon's socket {path} cannot be reached: {why}",
            hint="`fugue doctor` shows what is the matter",
        ) from error
    if owner != os.getuid():
        connection.close()
        raise Refused(
            "NotAllowed",
            f"{path} is served by user {owner}, not by you",
            hint="set FUGUE_HOME to a directory of your own",
        )
    return connection


def peer_uid(connection: socket.socket, path: str) -> int:
    """The user on the other end, from the kernel where it tells."""
    if hasattr(socket, "SO_PEERCRED"):
        shape = struct.Struct("3i")
        credentials = connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, shape.size
        )
        uid: int = shape.unpack(credentials)[1]
        return uid
    return Path(path).stat().st_uid
