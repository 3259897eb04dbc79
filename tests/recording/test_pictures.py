"""What exports look like from inside: the page's parts and policy, and pictures in SVG."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from castkit import all_texts, reel_of, texts, typed
from hypothesis import given, settings, strategies as st
from strategies import untimed

from fugue_actors.recording import cast, html, looks, notes, recast, svg
from fugue_actors.recording.html import Template
from fugue_actors.recording.notes import Note
from fugue_actors.recording.strokes import ARMS, strokes
from fugue_actors.terminal.styles import Style

SVG = "{http://www.w3.org/2000/svg}"
pieces = st.lists(
    st.sampled_from(
        [
            *("a", "bc\r\n", "\x1b[2J", "\x1b[3;3H", "漢字", "é́", "👍🏽", "<&>\"'"),
            *(
                "\x1b[31mx\x1b[0m",
                "\x1b[7;1my",
                "\x1b[48;2;1;2;3mz",
                "│─┼",
                "\x1b[?25l",
            ),
        ]
    ),
    min_size=1,
    max_size=12,
)


def data_of(page: str) -> dict[str, Any]:
    """What a page shows, as its script reads it."""
    found = re.search(r'id="recording">([^<]+)<', page)
    assert found is not None
    shape: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return shape


@settings(untimed, max_examples=60)
@given(pieces)
def test_the_page_has_every_picture(outputs: list[str]) -> None:
    """Put together as its script does it, frame by frame."""
    reel = reel_of(typed(*outputs))
    shape = data_of(html.page(reel, Template.load()))
    rows: list[int] = []
    found = []
    for frame in shape["frames"]:
        if frame[3]:
            rows = [0] * frame[4]
        for y, number in zip(frame[5::2], frame[6::2], strict=True):
            rows[y] = number
        found.append(
            ["".join(run[1] for run in shape["rows"][number]) for number in rows]
        )
    assert found == all_texts(reel)
    assert [frame[0] for frame in shape["frames"]] == [
        round(frame.at * 1000) for frame in reel.frames
    ]


def test_the_policy_allows_the_one_script_and_the_one_style_and_nothing_else() -> None:
    """By their hashes, so nothing that a recording holds can ever run."""
    page = html.page(reel_of(typed("\x1b[32mok")), Template.load())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    def digest(text: str) -> str:
        found = hashlib.sha256(text.encode()).digest()
        return base64.b64encode(found).decode()

    assert policy.replace("&#x27;", "'").split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{digest(script)}'",
        f"style-src 'sha256-{digest(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert not re.findall(r"(?:src|href)=|https?:|url\(|@import", page)


def test_what_a_recording_is_called_is_text_and_no_markup() -> None:
    """Titles come from programs."""
    title = '</title><script>alert(1)</script>{{data}}"'
    reel = reel_of(typed("ok"), title=title)
    page = html.page(reel, Template.load())
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") == 2
    picture = svg.animated(reel)
    assert ET.fromstring(picture).find(f"{SVG}title").text == title  # type: ignore[union-attr] - it fails then


# ---- pictures


def shown_at(picture: ET.Element, share: float) -> set[str]:
    """The texts that are to be seen at a part of the whole time."""
    found = set()
    for part in picture.iter(f"{SVG}text"):
        if part.get("class") != "t":
            found.add((part, "inline"))
    seen = {text for text, _ in found}
    for group in picture.iter(f"{SVG}g"):
        animation = group.find(f"{SVG}animate")
        assert animation is not None
        times = [float(one) for one in animation.attrib["keyTimes"].split(";")]
        values = animation.attrib["values"].split(";")
        assert times == sorted(set(times))
        assert (times[0], len(times)) == (0.0, len(values))
        at = max(n for n, time in enumerate(times) if time <= share)
        if values[at] == "none":
            seen -= set(group.iter(f"{SVG}text"))
    return {"".join(text.itertext()) for text in seen}


@settings(untimed, max_examples=60)
@given(pieces)
def test_the_moving_picture_shows_each_row_when_it_is_its_time(
    outputs: list[str],
) -> None:
    """As browsers animate it: by shares of the whole time."""
    reel = reel_of(typed(*outputs, every=0.5))
    picture = ET.fromstring(svg.animated(reel, pause=9.0))
    frames, times = svg.shortened(reel.frames, reel.end, 9.0)
    for frame, start, end in zip(frames, times, times[1:], strict=False):
        seen = shown_at(picture, (start + end) / 2 / times[-1])
        words = {
            cell.strip()
            for number in frame.rows
            for text, style in reel.rows[number]
            if not style.invisible
            for cell, _ in svg.pieces(text)
            if cell[0] not in ARMS  # which are strokes, not text
        } - {""}
        assert {text.strip() for text in seen} == words


def test_pauses_are_cut_and_the_last_picture_rests() -> None:
    """Nobody can skip in a picture."""
    reel = reel_of([cast.Event(at, "o", "x") for at in (10.0, 10.5, 60.0)])
    _, times = svg.shortened(reel.frames, 100.0, 2.0)
    assert times == [0.0, 2.0, 2.5, 4.5, 6.5 + svg.REST]


def test_without_animation_the_last_picture_is_seen() -> None:
    """As in a viewer that draws SVG and moves nothing."""
    reel = reel_of(typed("first", "\x1b[2J\x1b[Hlast"))
    picture = ET.fromstring(svg.animated(reel))
    hidden = {
        text
        for group in picture.iter(f"{SVG}g")
        if group.get("display") == "none"
        for text in group.itertext()
    }
    assert ("first" in hidden, "last" in hidden) == (True, False)


@pytest.mark.parametrize(("at", "text"), [(0.1, "one"), (0.15, "one"), (9.0, "two")])
def test_a_still_picture_is_that_of_a_moment(at: float, text: str) -> None:
    """The last that had come by then, and no animation in it."""
    picture = svg.still(reel_of(typed("one", "\rtwo")), at, palette=looks.LIGHT)
    assert f">{text}</text>" in picture
    assert "<animate" not in picture


def test_lines_of_boxes_are_strokes_that_meet() -> None:
    """Side by side they are one; each character has the arms that it shows."""
    assert 'd="M0 8.5h16.8"' in strokes(0, 0, "──", "#fff")
    for character, (up, right, down, left) in ARMS.items():
        drawn = strokes(0, 0, character, "#fff")
        weights = {weight for weight in (up, right, down, left) if weight}
        assert drawn.count("<path") == len(weights)
        assert ("h" in drawn.split('"')[1]) == bool(left or right) or len(weights) > 1
    assert ARMS["┼"] == (1, 1, 1, 1)
    assert ARMS["╰"] == ARMS["└"] == (1, 1, 0, 0)


# ---- colours


@untimed
@given(
    st.tuples(
        st.from_regex(r"[0-9a-f]{6}", fullmatch=True),
        st.sampled_from(["default", "red", "336699"]),
    ).map(lambda colours: Style(fg=colours[0], bg=colours[1]))
)
@pytest.mark.parametrize("palette", [looks.DARK, looks.LIGHT], ids=["dark", "light"])
def test_text_can_be_read_on_what_is_behind_it(
    palette: looks.Palette, style: Style
) -> None:
    """Programs do not know on what their text will stand; hidden on purpose stays so."""
    seen = looks.look(style, palette)
    behind = (seen.background or f"#{palette.background}")[1:]
    assert (
        looks.contrast(seen.colour[1:], behind) >= looks.LEAST_CONTRAST
        or style.fg == behind
    )


def test_the_colours_are_those_of_the_page() -> None:
    """One product, one palette."""
    from pathlib import Path

    root = Path(looks.__file__).parents[1]
    script = (root / "gateways/control/static/palette.js").read_text("utf-8")
    for palette in (looks.DARK, looks.LIGHT):
        for colour in (palette.text, palette.background, *palette.names.values()):
            assert f'"{colour}"' in script


# ---- an asciicast again


@settings(untimed, max_examples=60)
@given(pieces)
def test_a_recast_shows_the_same_pictures(outputs: list[str]) -> None:
    """And has the same notes; nothing else of the recording."""
    note = notes.encoded(Note("state", {"session": "ann", "state": "idle"}))
    title = "\x1b]2;a title of a program\a"
    events = [*typed(title, *outputs), cast.Event(9.0, cast.HAPPENED, note)]
    reel = reel_of(events)
    written = [line.encode() for line in recast.lines(reel)]
    reading = cast.read(written)
    from fugue_actors.recording.reel import develop

    again = develop(reading.header, reading)
    for frame in reel.frames:
        (twin,) = [one for one in again.frames if one.at == frame.at][-1:] or [
            [one for one in again.frames if one.at <= frame.at][-1]
        ]
        drawn = [row.rstrip(" ") for row in texts(again, twin)]
        assert drawn == [row.rstrip(" ") for row in texts(reel, frame)]
    assert again.notes == reel.notes
    assert b"a title of a program" not in b"".join(written)


def test_a_recast_has_what_happened_as_markers_if_that_is_wanted() -> None:
    """Other players show those."""
    note = notes.encoded(Note("state", {"session": "ann", "state": "idle"}))
    reel = reel_of([*typed("x"), cast.Event(1.0, cast.HAPPENED, note)])
    for wanted in (False, True):
        found = list(cast.read(list(recast.lines(reel, with_markers=wanted))))
        labels = [one.data for one in found if one.code == cast.MARKER]
        assert labels == (["ann is idle"] if wanted else [])
