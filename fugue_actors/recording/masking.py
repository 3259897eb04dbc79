"""Takes secrets out of a recording, before anything of it is written elsewhere. Pure.

All of a recording is looked at first, then all of it is masked, by four rules:

1. What has the shape of a secret is masked, also if it is wrapped, boxed or in many colours.
2. A secret that was seen once is masked wherever eight of its characters stand in a row: cut
   off at an edge, half scrolled away, typed so far, or in a message. Of one that was only said
   to be one ("password=…") plain words are not enough: a part that has nothing else is masked
   from twelve characters on.
3. A row that begins as one does in which a secret stands is being written, or erased: what
   agrees with the beginning of that secret is masked, be it one character.
4. What stands between the marks of a private key is one.

What nobody can tell from the pictures is not promised: a secret that nothing says is one, or
fewer than eight characters of it that stand alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.recording import secrets
from fugue_actors.recording.notes import Note
from fugue_actors.recording.rows import Rows, cells_of, runs_of
from fugue_actors.recording.secrets import SHAPES, Shape
from fugue_actors.recording.strands import Line, Strand, has_overrun, strands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fugue_actors.recording.reel import Frame, Reel

MASK: Final = "•"
GRAM: Final = 8
"""So many characters of a key in a row are a part of it."""
SHORTEST_SAID: Final = 6
LONG_SAID: Final = 12
SHORTEST_PIECE: Final = 4
WORD: Final = re.compile(r"[^\W_]+")
HUMPS: Final = re.compile("[A-Z]?[^A-Z]+|[A-Z]+(?![^A-Z])")
"""The words in one that is written `likeThis`."""
SHORTEST_HUMP: Final = 3

Span = tuple[int, int]


@attrs.define(eq=False)
class Secrets:
    """All that is known to be secret in a recording.

    Attributes:
        shapes: How secrets look.
        grams: Parts of secrets, `GRAM` characters long each.
        long_grams: Parts that are words, `LONG_SAID` characters long each.
        whole: Texts that are masked as a whole, by how they begin.
        heads: What stands before a secret in its row, by its length: the secrets.
        pieces: Parts of secrets that filled a row of their own.
    """

    shapes: tuple[Shape, ...] = SHAPES
    grams: set[str] = attrs.Factory(set)
    long_grams: set[str] = attrs.Factory(set)
    whole: dict[str, set[str]] = attrs.Factory(lambda: defaultdict(set))
    heads: dict[int, dict[str, set[str]]] = attrs.Factory(
        lambda: defaultdict(lambda: defaultdict(set))
    )
    pieces: set[str] = attrs.Factory(set)

    # ---- learning

    def learn_key(self, key: str) -> None:
        """A text of which every part is secret."""
        if len(key) < GRAM:
            self.whole[key[:SHORTEST_PIECE]].add(key)
        self.grams.update(key[i : i + GRAM] for i in range(len(key) - GRAM + 1))

    def learn_said(self, secret: str) -> None:
        """A text that is secret as a whole, unless it is a word that occurs anyway."""
        bare = secret.strip("\"'`,;")
        is_word = bare.isalpha() or not any(map(str.isalnum, bare))
        if len(bare) >= LONG_SAID or (len(bare) >= SHORTEST_SAID and not is_word):
            self.whole[bare[:SHORTEST_PIECE]].add(bare)
            self.grams.update(telling_parts(bare, GRAM))
            self.long_grams.update(wordy_parts(bare, LONG_SAID))

    def learn_text(self, text: str) -> None:
        """A text that is no picture: a title, a message."""
        for found in secrets.find(text, self.shapes):
            secret = text[found.start : found.end]
            (self.learn_key if found.is_key else self.learn_said)(secret)
        for start, end in armoured(text.split("\n")):
            for line in text.split("\n")[start:end]:
                self.learn_key_line(line)

    def learn_key_line(self, line: str) -> None:
        """A line of a private key."""
        bare = line.strip()
        self.learn_key(bare)
        if bare:
            self.pieces.add(bare)

    def learn_strand(self, strand: Strand) -> None:
        """A text in a picture."""
        for found in self.found_in(strand):
            secret = strand.text[found.start : found.end]
            (self.learn_key if found.is_key else self.learn_said)(secret)
            self.heads[found.start][strand.text[: found.start]].add(secret)
            for start, part in strand.parts:
                piece = strand.text[
                    max(start, found.start) : min(start + len(part), found.end)
                ]
                if strand.joints and len(piece) >= SHORTEST_PIECE:
                    self.pieces.add(piece)

    def found_in(self, strand: Strand) -> list[secrets.Find]:
        """What in a text has the shape of a secret, also where a row begins."""
        found = secrets.find(strand.text, self.shapes)
        for joint in strand.joints:
            rest = strand.text[joint:]
            for shape in self.shapes:
                match = shape.pattern.match(rest) if shape.is_key else None
                if match is not None:
                    found.append(secrets.Find(joint, joint + match.end(), is_key=True))
        return found

    # ---- masking

    def spans(self, text: str) -> Iterator[Span]:
        """What has to be masked in any text."""
        for found in secrets.find(text, self.shapes):
            yield found.start, found.end
        yield from self.known_spans(text)

    def known_spans(self, text: str) -> Iterator[Span]:
        """What of a text is a secret, or a part of one, that stands elsewhere as well."""
        grams, long_grams, whole = self.grams, self.long_grams, self.whole
        for i in range(len(text)) if grams or whole else ():
            if text[i : i + GRAM] in grams:
                yield i, i + GRAM
            if long_grams and text[i : i + LONG_SAID] in long_grams:
                yield i, i + LONG_SAID
            for secret in whole.get(text[i : i + SHORTEST_PIECE], ()):
                if text.startswith(secret, i):
                    yield i, i + len(secret)

    def spans_of_strand(self, strand: Strand) -> Iterator[Span]:
        """What has to be masked in a text in a picture."""
        text = strand.text
        yield from self.known_spans(text)
        for found in self.found_in(strand):
            yield found.start, found.end
        for length, heads in self.heads.items():
            head = text[:length]
            for secret in heads.get(head, ()) if length < len(text) else ():
                alike = agreeing(text[length:], secret)
                if head.strip() or alike >= SHORTEST_PIECE:
                    yield length, length + alike
        for start, part in strand.parts:
            bare = part.strip()
            first = bare.partition(" ")[0]
            for piece in {bare, first} & self.pieces if bare else ():
                begin = start + part.index(piece)
                yield begin, begin + len(piece)

    def mask_text(self, text: str) -> str:
        """A text without its secrets."""
        covered = [False] * len(text)
        for start, end in self.spans(text):
            covered[start:end] = [True] * (min(end, len(text)) - start)
        lines = text.split("\n")
        offsets = [0]
        for line in lines:
            offsets.append(offsets[-1] + len(line) + 1)
        for first, last in armoured(lines):
            start, end = offsets[first], min(offsets[last], len(text))
            covered[start:end] = [True] * (end - start)
        return "".join(
            MASK if is_secret and not character.isspace() else character
            for character, is_secret in zip(text, covered, strict=True)
        )


def telling_parts(secret: str, length: int) -> Iterator[str]:
    """The parts of a secret, so long each, that have more than plain words."""
    tells = [False] * len(secret)
    for word in WORD.finditer(secret):
        if not is_plain(word.group()):
            tells[word.start() : word.end()] = [True] * len(word.group())
    for start in range(len(secret) - length + 1):
        if any(tells[start : start + length]):
            yield secret[start : start + length]


def wordy_parts(secret: str, length: int) -> Iterator[str]:
    """The parts of a secret, so long each, in which no blank parts words."""
    for start in range(len(secret) - length + 1):
        part = secret[start : start + length]
        if not any(map(str.isspace, part)) and any(map(str.isalnum, part)):
            yield part


def is_plain(word: str) -> bool:
    """Whether a word is an ordinary one, or several written as one: `likeThis`."""
    pieces = HUMPS.findall(word)
    return word.isalpha() and (
        len(pieces) == 1 or all(len(piece) >= SHORTEST_HUMP for piece in pieces)
    )


def agreeing(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = zip(one, other, strict=False)
    return next(
        (place for place, (a, b) in enumerate(pairs) if a != b),
        min(len(one), len(other)),
    )


def armoured(lines: list[str]) -> Iterator[tuple[int, int]]:
    """The lines of private keys: numbers of the first, and of that after the last."""
    for number, line in enumerate(lines):
        if secrets.BEGIN.search(line):
            end = number + 1
            while end < len(lines) and (
                not lines[end].strip() or is_armoured(lines[end])
            ):
                end += 1
            yield number + 1, end
        if secrets.END.search(line):
            start = number
            while start > 0 and is_armoured(lines[start - 1]):
                start -= 1
            yield start, number


def is_armoured(line: str) -> bool:
    """Whether a line can be one of a private key."""
    return secrets.ARMOURED.fullmatch(line.strip()) is not None


# ---- pictures


@attrs.define(eq=False)
class Sheets:
    """The pictures of a recording as texts.

    Rows that run on into each other are a *block*; most are of one row. Each is looked at
    once, wherever and however often it occurs.
    """

    rows: Rows
    lines: dict[tuple[int, int], Line] = attrs.Factory(dict)
    overruns: dict[tuple[int, int], bool] = attrs.Factory(dict)

    def line(self, number: int, columns: int) -> Line:
        """A row of a picture of so many columns."""
        key = number, columns
        if key not in self.lines:
            self.lines[key] = Line.of(self.rows[number], columns)
        return self.lines[key]

    def runs_on(self, number: int, columns: int) -> bool:
        """Whether a row runs on into the next."""
        key = number, columns
        if key not in self.overruns:
            self.overruns[key] = has_overrun(self.line(number, columns))
        return self.overruns[key]

    def blocks(self, frame: Frame) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The blocks of a picture: the first row of each, and the numbers of its rows."""
        first = 0
        for y, number in enumerate(frame.rows):
            if y + 1 == len(frame.rows) or not self.runs_on(number, frame.columns):
                yield first, frame.rows[first : y + 1]
                first = y + 1

    def strands(self, block: tuple[int, ...], columns: int) -> list[Strand]:
        """The texts of a block."""
        return strands([self.line(number, columns) for number in block])

    def columns_of_key(self, frame: Frame) -> Iterator[str]:
        """The lines of private keys in a picture, as far as their marks are seen."""
        marked = [y for y, number in enumerate(frame.rows) if self.is_marked(number)]
        edges = {
            (segment.start, segment.end)
            for y in marked
            for segment in self.line(frame.rows[y], frame.columns).segments
        }
        for start, end in edges:
            texts = [
                "".join(self.line(number, frame.columns).cells[start:end])
                for number in frame.rows
            ]
            for first, last in armoured(texts):
                yield from texts[first:last]

    def is_marked(self, number: int) -> bool:
        """Whether a row has a mark of a private key."""
        text = "".join(text for text, _ in self.rows[number])
        return "PRIVATE KEY" in text


def mask(reel: Reel, shapes: tuple[Shape, ...] = SHAPES) -> Reel:
    """A recording without its secrets: pictures, notes, markers and what it says of itself.

    Args:
        reel: The recording.
        shapes: How secrets look.
    """
    known = Secrets(shapes)
    sheets = Sheets(reel.rows)
    learn_all(known, sheets, reel)
    hiding = Hiding(known, sheets)
    return attrs.evolve(
        reel,
        header=attrs.evolve(
            reel.header,
            title=known.mask_text(reel.header.title),
            environment=mask_values(known, reel.header.environment),
            about=mask_values(known, reel.header.about),
        ),
        rows=hiding.rows,
        frames=[hiding.frame(frame) for frame in reel.frames],
        notes=[
            (at, Note(note.kind, mask_values(known, note.fields)))
            for at, note in reel.notes
        ],
        markers=[(at, known.mask_text(label)) for at, label in reel.markers],
    )


def learn_all(known: Secrets, sheets: Sheets, reel: Reel) -> None:
    """Find every secret that a recording shows or tells."""
    for text in texts_of(reel):
        known.learn_text(text)
    seen: set[tuple[int, tuple[int, ...]]] = set()
    for frame in reel.frames:
        for _, block in sheets.blocks(frame):
            key = frame.columns, block
            if key not in seen:
                seen.add(key)
                for strand in sheets.strands(block, frame.columns):
                    known.learn_strand(strand)
        for line in sheets.columns_of_key(frame):
            known.learn_key_line(line)


def texts_of(reel: Reel) -> Iterator[str]:
    """All that a recording says beside its pictures."""
    yield reel.header.title
    yield from leaves([reel.header.environment, reel.header.about])
    for _, note in reel.notes:
        yield from leaves(note.fields)
    for _, label in reel.markers:
        yield label


def leaves(value: Any) -> Iterator[str]:
    """The texts in what JSON can hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)


def mask_values(known: Secrets, value: Any) -> Any:
    """The same without secrets."""
    if isinstance(value, str):
        return known.mask_text(value)
    if isinstance(value, dict):
        return {key: mask_values(known, each) for key, each in value.items()}
    if isinstance(value, list):
        return [mask_values(known, each) for each in value]
    return value


@attrs.define(eq=False)
class Hiding:
    """Masks picture after picture; each block is masked once.

    Attributes:
        rows: The rows of the masked pictures.
    """

    known: Secrets
    sheets: Sheets
    rows: Rows = attrs.Factory(Rows)
    blocks: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = attrs.Factory(dict)

    def frame(self, frame: Frame) -> Frame:
        """A picture without secrets."""
        numbers: list[int] = []
        for _, block in self.sheets.blocks(frame):
            key = frame.columns, block
            if key not in self.blocks:
                self.blocks[key] = self.masked(block, frame.columns)
            numbers += self.blocks[key]
        return attrs.evolve(frame, rows=tuple(numbers))

    def masked(self, block: tuple[int, ...], columns: int) -> tuple[int, ...]:
        """The rows of a block without secrets."""
        hidden: set[tuple[int, int]] = set()
        for strand in self.sheets.strands(block, columns):
            for start, end in self.known.spans_of_strand(strand):
                hidden.update(strand.places[start:end])
        numbers = []
        for row, number in enumerate(block):
            columns_hidden = {x for y, x in hidden if y == row}
            numbers.append(self.row(number, columns_hidden))
        return tuple(numbers)

    def row(self, number: int, hidden: Iterable[int]) -> int:
        """A row with some columns masked; blanks stay."""
        runs = self.sheets.rows[number]
        if not hidden:
            return self.rows.number(runs)
        cells = cells_of(runs)
        for x in hidden:
            if x < len(cells) and cells[x][0] != " ":
                style = cells[x][1]._replace(invisible=False)
                cells[x] = MASK, style
                if x + 1 < len(cells) and cells[x + 1][0] == "":
                    cells[x + 1] = MASK, style
        return self.rows.number(runs_of(cells))
