"""What a client shows: its window with all that belongs to it, at any size of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings, strategies as st
from modelkit import model_of
from strategies import untimed
from tilings import window_documents

from fugue_actors.client.model import Screen
from fugue_actors.drawing import PLAIN, Canvas, Cursor
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui import sizing, view
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import Outage, Shown, State

if TYPE_CHECKING:
    from fugue_actors.client.model import Model


def client(
    columns: int, lines: int, model: Model | None = None, **chosen: Any
) -> State:
    """A client at its first window, of two panes beside each other."""
    known = model or model_of(("ann", [["a", "b"], ["c"]]), ("bob", [["d"]]))
    state = State(known, Settings(**chosen), columns=columns, lines=lines)
    state.settle()
    state.clock = "12:34"
    return state


def look(state: State) -> tuple[list[str], Cursor | None]:
    """What it shows, and where its cursor is."""
    canvas = Canvas(state.columns, state.lines)
    window = state.window
    if window is not None:
        state.offsets[window["window_id"]] = sizing.pan(state)
    cursor = view.draw(state, canvas)
    return canvas.shown, cursor


def test_a_window_that_fits() -> None:
    """Panes, the line between them, half of it the active pane's, and the status line."""
    shown, cursor = look(client(41, 7))
    assert shown == [
        "screen of a         ┃screen of b         ",
        "$                   ┃$                   ",
        "                    ╿                    ",
        "                    │                    ",
        "                    │                    ",
        "                    │                    ",
        " ann │ 0:win0* 1:win1              12:34 ",
    ]
    assert cursor == Cursor(2, 1)


def test_a_window_larger_than_the_screen_shows_where_the_cursor_is() -> None:
    """It is cut, and moves with the cursor, for whoever leaves its size to others."""
    state = client(24, 4, size="never")
    state.go_to_pane("pb")
    state.model.screens["pb"].head["cursor"]["y"] = 4
    shown, cursor = look(state)
    assert shown == [
        "                    │   ",
        "                    ╽   ",
        "                    ┃   ",
        " ann │ 0:win0* 1… 12:34 ",
    ]
    assert cursor == Cursor(23, 2)


def test_a_window_smaller_than_the_screen_ends_with_a_line_and_dots() -> None:
    """As in tmux: nobody takes the rest for a part of a program."""
    shown, _ = look(client(46, 10, size="never", status="top"))
    assert shown == [
        " ann │ 0:win0* 1:win1                   12:34 ",
        "screen of a         ┃screen of b         │····",
        "$                   ┃$                   │····",
        "                    ╿                    │····",
        "                    │                    │····",
        "                    │                    │····",
        "                    │                    │····",
        "────────────────────┴────────────────────┘····",
        "··············································",
        "··············································",
    ]


def test_without_a_status_line_the_window_has_it_all() -> None:
    """A person may want every line."""
    shown, _ = look(client(41, 6, status="off"))
    assert shown[5] == " " * 20 + "│" + " " * 20


def test_a_program_that_has_ended_says_how() -> None:
    """The last screen stays; below it is what one can do."""
    state = client(41, 7)
    state.model.panes["pa"]["state"] = "exited"
    state.model.panes["pa"]["exit"] = {"code": 3, "signal": None}
    state.model.panes["pb"]["state"] = "lost"
    shown, cursor = look(state)
    assert shown[0].startswith("screen of a")
    assert shown[5] == " ended with code 3 …│ lost with its term…"
    assert cursor is None


def test_a_daemon_that_is_gone_is_told() -> None:
    """What is shown is as it was; nobody shall take it for the present."""
    state = client(60, 7)
    state.outage = Outage("gone")
    shown, cursor = look(state)
    assert shown[3].strip("│╿┃ ·") == "the daemon is gone · C-b d leaves"
    assert cursor is None
    state = client(70, 7)
    state.outage = Outage("gone")
    told = "the daemon is gone; keys are refused until it is back · C-b d leaves"
    assert told in look(state)[0][3]


def test_a_notice_takes_the_place_of_the_windows() -> None:
    """What strangers put into it does nothing to the terminal."""
    state = client(41, 7)
    state.shown = Shown("no such \x1b[31mwindow")
    shown, _ = look(state)
    assert shown[6] == " no such ␛[31mwindow               12:34 "


def test_names_of_strangers_do_nothing() -> None:
    """Neither names of sessions and windows nor what the screen says."""
    state = client(41, 7)
    state.model.sessions["s-ann"]["session_name"] = "a\x1b]0;x\x07n"
    state.model.layouts["s-ann"]["windows"][0]["name"] = "漢\u202e\n"
    shown, _ = look(state)
    assert shown[6].startswith(" a␛]0;x␇n │ 0:漢 * 1:win1")


def test_a_client_without_anything_says_so() -> None:
    """There may be a moment without a window."""
    shown, cursor = look(client(30, 3, model_of()))
    assert "there is nothing here yet" in "".join(shown)
    assert cursor is None


def test_a_mode_has_its_pane() -> None:
    """Drawn where the pane is, and with its cursor."""

    class Curtain:
        place = "pane"
        area: Rectangle | None = None

        def draw(self, canvas: Canvas, area: Rectangle) -> Cursor:
            self.area = area
            canvas.fill(area, "#")
            return Cursor(area.x, area.y)

    state, curtain = client(41, 7), Curtain()
    state.go_to_pane("pb")
    state.pane_modes["pb"] = curtain  # type: ignore[assignment]
    shown, cursor = look(state)
    assert curtain.area == Rectangle(21, 0, 20, 6)
    assert shown[0] == "screen of a         │" + "#" * 20
    assert cursor == Cursor(21, 0)


def test_panes_can_have_titles() -> None:
    """With what one has to know of each, above it; the window is a line less high."""
    state = client(62, 9, titles="top", size="never")
    model = state.model
    model.panes["pa"]["name"] = "work\x1ber"
    model.panes["pb"]["control"] = {
        "operator": "bob",
        "operator_id": "other",
        "since": "2026-11-21T12:00:00.000Z",
        "exclusive": False,
    }
    model.states["s-ann"]["attention"] = [
        {"reason": "blocked", "text": "which port?", "pane_id": "pa"}
    ]
    shown, cursor = look(state)
    assert state.area == Rectangle(0, 1, 62, 7)
    assert shown == [
        "━ 0 work␛er  ⚑ whi…━┱─ 1 sh  bob types …─┐····················",
        "screen of a         ┃screen of b         │····················",
        "$                   ┃$                   │····················",
        "                    ┃                    │····················",
        "                    ┃                    │····················",
        "                    ┃                    │····················",
        "                    ┃                    │····················",
        "━━━━━━━━━━━━━━━━━━━━┹────────────────────┘····················",
        " ann │ 0:win0*! 1:win1                              ⚑1  12:34 ",
    ]
    assert cursor == Cursor(2, 2)


def test_a_small_screen_has_no_line_to_spare_for_titles() -> None:
    """What is below is more important."""
    state = client(41, 4, titles="top")
    assert state.area == Rectangle(0, 0, 41, 3)


@settings(untimed)
@given(
    window_documents(),
    st.integers(1, 90),
    st.integers(1, 40),
    st.sampled_from(["bottom", "top", "off"]),
    st.sampled_from(["off", "top"]),
    st.data(),
)
def test_any_window_is_shown_on_any_screen(
    window: dict[str, Any],
    columns: int,
    lines: int,
    status: str,
    titles: str,
    data: st.DataObject,
) -> None:
    """Each cell of the window's part is what stands there in the window, or a dot."""
    model = model_of(("ann", [["a"]]))
    model.layouts["s-ann"]["windows"] = [window]  # type: ignore[list-item]
    pane = dict(model.panes["pa"])
    for area in window["panes"]:
        model.panes[area["pane_id"]] = {**pane, "pane_id": area["pane_id"]}  # type: ignore[typeddict-item]
        cursor = {
            "x": data.draw(st.integers(0, area["columns"] - 1)),
            "y": data.draw(st.integers(0, area["lines"] - 1)),
            "visible": True,
            "shape": "default",
        }
        rows: Any = [[{"text": "x" * area["columns"]}] for _ in range(area["lines"])]
        model.screens[area["pane_id"]] = Screen({"cursor": cursor}, rows)  # type: ignore[typeddict-item]
    state = client(columns, lines, model, status=status, titles=titles, size="never")
    canvas = Canvas(columns, lines)
    state.offsets[window["window_id"]] = sizing.pan(state)
    cursor_shown = view.draw(state, canvas)
    room, (dx, dy) = state.area, state.offset_of(state.window or {})
    for y in range(room.lines):
        for x in range(room.columns):
            glyph = canvas.glyphs[room.y + y][room.x + x]
            column, line = x + dx, y + dy
            inside = column < window["columns"] and line < window["lines"]
            in_pane = state.area_at(column, line) is not None
            assert (glyph == "x") == (inside and in_pane), (x, y, glyph)
            edge = column <= window["columns"] and line <= window["lines"]
            assert (glyph == "·") == (not edge), (x, y, glyph)
    assert cursor_shown is not None
    screen = model.screens[state.pane_id or ""]
    place = next(a for a in window["panes"] if a["pane_id"] == state.pane_id)
    assert cursor_shown.x == room.x + place["x"] + screen.head["cursor"]["x"] - dx
    assert cursor_shown.y == room.y + place["y"] + screen.head["cursor"]["y"] - dy


def test_the_same_state_is_the_same_picture() -> None:
    """Nothing is left over of what was shown before."""
    state, canvas = client(41, 7), Canvas(41, 7)
    view.draw(state, canvas)
    before = canvas.shown, [list(line) for line in canvas.styles]
    state.go_to_session("s-bob")
    view.draw(state, canvas)
    assert canvas.shown != before[0]
    state.go_to_session("s-ann")
    view.draw(state, canvas)
    assert (canvas.shown, canvas.styles) == before
    assert PLAIN in canvas.styles[0]


def test_who_types_is_not_said_twice_in_a_line() -> None:
    """A notice about the pane says it, and has the room for what to do."""
    state = client(60, 6)
    pane: Any = state.pane
    pane["control"] = {"operator": "root", "operator_id": "o1"}
    assert look(state)[0][-1].count("root types here") == 1
    state.shown = Shown("root types here: C-b T takes over", True, pane_id="pa")
    assert look(state)[0][-1].count("root types here") == 1
    state.shown = Shown("something else")
    assert look(state)[0][-1].count("root types here") == 1


def test_what_is_recorded_is_marked() -> None:
    """A session or one of the panes in view; in its title that pane alone."""
    state = client(70, 8, titles="top")
    mark = "● recorded"
    assert mark not in "".join(look(state)[0])
    session: Any = state.model.sessions["s-ann"]

    def record(*panes: str | None) -> list[str]:
        session["recordings"] = [
            {"recording_id": "r", "pane_id": pane_id} for pane_id in panes
        ]
        return look(state)[0]

    assert mark in record(None)[-1]
    assert mark not in record(None)[0]
    assert mark in record("pb")[-1]
    assert record("pb")[0].index(mark[:5]) > record("pb")[0].index("┱")
    assert mark not in "".join(record("pc"))
    assert mark not in "".join(record())


def test_what_is_said_about_a_pane_stands_in_it_too() -> None:
    """Who is typing looks there, and not at the status line."""
    state = client(41, 7)
    text = "bob has taken over"
    state.shown = Shown(text, is_error=True, pane_id="pa")
    shown = look(state)[0]
    assert shown[0] == f"{f' {text} ':>20}┃screen of b         "
    assert shown[-1].startswith(f" {text}")
    state.shown = Shown(text * 3, pane_id="pb")
    assert look(state)[0][0] == f"screen of a         ┃ {text * 3}"[:40] + "…"
    state.shown = Shown(text, is_error=True, pane_id="pc")
    assert text not in "".join(look(state)[0][:-1])
    state = client(15, 3)
    state.shown = Shown(text, pane_id="pb")
    assert text[:8] not in look(state)[0][0]
