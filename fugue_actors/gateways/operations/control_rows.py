"""The rows of the table that are about who controls a pane."""

from __future__ import annotations

from typing import Final

from fugue_actors.actors.arbiter import ACTIVITIES
from fugue_actors.gateways.operations import control
from fugue_actors.gateways.operations.operation import Operation
from fugue_actors.gateways.operations.schemas import (
    PANE,
    SESSION,
    Schema,
    arguments,
    flag,
    result,
    text,
)

PANE_ID: Final = text("The pane.")
CONTROL: Final[Schema] = {
    "type": ["object", "null"],
    "description": "operator, operator_id, since, exclusive.",
}

ROWS: Final = (
    Operation(
        name="take_control",
        title="Control a pane",
        description=(
            "Be the one person whose keys a pane's program gets, until you let go of it, "
            "leave, or are away for a minute. Typing live into a pane that nobody controls "
            "takes control by itself."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            take_over=flag("Take it from whoever controls the pane now."),
            exclusive=flag("Until you let go of it refuse whatever others write."),
        ),
        gives=result(
            "pane_id",
            "control",
            pane_id=PANE_ID,
            control=CONTROL,
        ),
        run=control.take_control,
        is_for_people=True,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="release_control",
        title="Let go of a pane",
        description=(
            "Control a pane no longer. With discard_draft others may write at once, over "
            "what a person has begun to type there and not finished."
        ),
        takes=arguments(
            pane=PANE,
            session=SESSION,
            discard_draft=flag("What was begun to be typed there need not be kept."),
        ),
        gives=result(
            "pane_id",
            "released",
            pane_id=PANE_ID,
            released={
                "type": "boolean",
                "description": "Whether you controlled it until now.",
            },
        ),
        run=control.release_control,
        is_for_people=True,
        is_limitable=True,
        tool=False,
    ),
    Operation(
        name="get_control",
        title="Who controls a pane",
        description=(
            "Who controls a pane, whether a person has begun to type there and not "
            "finished, and how long agents have to wait before they may write."
        ),
        takes=arguments(pane=PANE, session=SESSION),
        gives=result(
            "pane_id",
            "control",
            "draft",
            "remaining",
            "waiting",
            pane_id=PANE_ID,
            control=CONTROL,
            draft={
                "type": "boolean",
                "description": "Something is begun there: agents do not add to it.",
            },
            remaining={
                "type": "number",
                "description": "Seconds until agents may write, if nothing is begun.",
            },
            waiting={"type": "integer", "description": "Writes that wait."},
        ),
        run=control.get_control,
        is_limitable=True,
        reads_only=True,
        tool=False,
    ),
    Operation(
        name="note_activity",
        title="Say that you are busy",
        description=(
            "Say that you do something at a pane that its program does not see, so that "
            "others leave it alone for a moment: prefix for the first key of a command of "
            "your terminal's own, typing, layout."
        ),
        takes=arguments(
            "activity",
            pane=PANE,
            session=SESSION,
            activity={"type": "string", "enum": list(ACTIVITIES)},
        ),
        gives=result("pane_id", pane_id=PANE_ID),
        run=control.note_activity,
        is_for_people=True,
        is_limitable=True,
        tool=False,
    ),
)
