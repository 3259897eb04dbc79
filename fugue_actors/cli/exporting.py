"""Recordings as files for others: a page, a picture, an asciicast; without secrets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import attrs

from fugue_actors import places
from fugue_actors.cli.writing import write_whole
from fugue_actors.config import read_settings
from fugue_actors.errors import Refused
from fugue_actors.recording import cast, html, masking, recast, secrets, svg
from fugue_actors.recording.reel import develop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fugue_actors.recording.reel import Reel

STDOUT: Final = "-"


@attrs.frozen(kw_only=True)
class Wanted:
    """What shall be written, and how.

    Attributes:
        page, picture, recording: Where to; None for what is not wanted.
        at: The moment that the picture shows; None for one that moves.
        pause: Seconds after which a picture that does not change is left, in the moving one.
        theme: Of the picture.
        markers: Whether what happened becomes markers in the asciicast.
        masks: Patterns of secrets beside those that are known and configured.
        shows_secrets: Whether nothing is masked.
    """

    page: str | None = None
    picture: str | None = None
    recording: str | None = None
    at: float | None = None
    pause: float = svg.USUAL_PAUSE
    theme: str = "dark"
    markers: bool = False
    masks: tuple[str, ...] = ()
    shows_secrets: bool = False


def export(file: str, wanted: Wanted) -> list[str]:
    """Write a recording in other forms; returns where it was written to.

    Raises:
        Refused: `InvalidArgument`: it is none, has not the moment that is wanted, or something
            cannot be written.
    """
    path = find(file)
    for place in (wanted.page, wanted.picture, wanted.recording):
        if place is not None and is_same(path, place):
            raise Refused(
                "InvalidArgument",
                f"{place} is the recording itself, which would be overwritten",
                hint="name another file",
            )
    developed = read(path)
    if wanted.at is not None and not 0 <= wanted.at <= developed.end:
        raise Refused(
            "InvalidArgument",
            f"there is no second {wanted.at:g} in {path}",
            hint=f"it lasts {developed.end:.1f} seconds",
        )
    reel = masked(developed, wanted)
    written = []
    for place, parts in (
        (wanted.page, lambda: [html.page(reel, html.Template.load())]),
        (wanted.picture, lambda: [picture(reel, wanted)]),
        (wanted.recording, lambda: recast.lines(reel, with_markers=wanted.markers)),
    ):
        if place is not None:
            put(place, parts())
            written.append(place)
    return written


def is_same(path: Path, place: str) -> bool:
    """Whether what would be written takes the place of a recording."""
    try:
        return place != STDOUT and path.samefile(place)
    except OSError:  # one of them is not there
        return False


def masked(reel: Reel, wanted: Wanted) -> Reel:
    """A recording without its secrets, unless somebody wants to see them."""
    if wanted.shows_secrets:
        return reel
    settings = read_settings(Path(places.config_file()))
    own = [*settings.get(("record", "mask"), ()), *wanted.masks]
    return masking.mask(reel, (*secrets.SHAPES, *secrets.own_shapes(own)))


def picture(reel: Reel, wanted: Wanted) -> str:
    """A recording as a picture."""
    palette = svg.THEMES[wanted.theme]
    if wanted.at is not None:
        return svg.still(reel, wanted.at, palette=palette)
    return svg.animated(reel, pause=wanted.pause, palette=palette)


def put(place: str, parts: Iterable[str]) -> None:
    """Write a file, or to stdout."""
    if place == STDOUT:
        sys.stdout.writelines(parts)
    else:
        write_whole(Path(place), iter(parts))


def read(path: Path) -> Reel:
    """A whole recording.

    Raises:
        Refused: `InvalidArgument`: it is none.
    """
    with opened(path) as file:
        reading = cast.read(lines_of(file))
        return develop(reading.header, reading)


def opened(path: Path) -> BinaryIO:
    """A recording's file, to be read.

    Raises:
        Refused: `InvalidArgument`: it cannot be.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise Refused(
            "InvalidArgument",
            f"{path} cannot be read: {error.strerror}",
            hint="`fugue recordings` lists recordings",
        ) from error


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Its lines; what is longer than any line of a recording comes in pieces."""
    while line := file.readline(cast.LONGEST_LINE):
        yield line


def find(named: str) -> Path:
    """The file that a person means: a path, or a name in the directory of recordings."""
    path = Path(named)
    if not path.exists() and path.name == named:
        kept = Path(places.state_dir()) / places.RECORDINGS
        for other in (kept / named, kept / f"{named}.cast"):
            if other.exists():
                return other
    return path
