"""Terminal output for property tests: plausible and odd byte streams."""

from __future__ import annotations

from hypothesis import strategies as st

numbers = st.sampled_from(
    ["", "0", "1", "2", "3", "5", "9", "24", "80", "999", "99999999999"]
)
parameters = st.lists(numbers, max_size=4).map(";".join) | st.sampled_from(
    ["4:3", "38:2::1:2:3", "38;5;196", "48;2;9;9;9", "58:5:1", "1;;4", ":", "0:0;1"]
)
modes = st.sampled_from(
    [
        "4",
        "20",
        "?1",
        "?3",
        "?5",
        "?6",
        "?7",
        "?25",
        "?47",
        "?1047",
        "?1048",
        "?1049",
        "?2004",
        "?2026",
    ]
)
finals = st.sampled_from([chr(code) for code in range(0x40, 0x7F)])

sequences = st.one_of(
    st.builds("\x1b[{}{}".format, parameters, finals),
    st.builds("\x1b[{}{}".format, modes, st.sampled_from("hl")),
    st.builds("\x1b[{}{}{}".format, st.sampled_from("<=>?"), parameters, finals),
    st.builds(
        "\x1b[{}{}{}".format, parameters, st.sampled_from([" ", "!", "$", "#"]), finals
    ),
    st.builds(
        "\x1b{}".format,
        st.sampled_from(
            [
                "7",
                "8",
                "D",
                "E",
                "H",
                "M",
                "c",
                "=",
                ">",
                "#8",
                "(0",
                "(B",
                ")0",
                "Z",
                "\\",
            ]
        ),
    ),
    st.builds(
        "\x1b]{};{}{}".format,
        st.sampled_from(["0", "2", "8", "11", "52", ""]),
        st.text(max_size=5),
        st.sampled_from(["\x07", "\x1b\\", "\x18", ""]),
    ),
    st.builds(
        "\x1b{}{}{}".format,
        st.sampled_from("P_^X"),
        st.text(max_size=5),
        st.sampled_from(["\x1b\\", "\x07", ""]),
    ),
    st.sampled_from(["\x9b31m", "\x9d0;t\x9c", "\x85", "\x1b", "\x1b[", "\x1b[1\n;2H"]),
)
controls = st.sampled_from(
    [*list("\x00\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x18\x1a\x7f"), "\r\n"]
)
words = st.text(st.sampled_from("abcdefgh XYZ~"), min_size=1, max_size=30) | st.text(
    st.sampled_from("aé漢字한👍🏽\u0301\u200d\ufe0f─│\xa0"), min_size=1, max_size=12
)
output = st.lists(sequences | controls | words, max_size=30).map(
    lambda parts: "".join(parts).encode("utf-8", "replace")
)
"""What a program might write, or a broken one."""

garbage = st.binary(max_size=200)

styles = st.sampled_from(
    [
        "\x1b[m",
        "\x1b[0m",
        "\x1b[1;31m",
        "\x1b[44m",
        "\x1b[38;5;99m",
        "\x1b[4:3m",
        "\x1b[K",
    ]
)
lines = st.lists(words | styles | st.just("\t"), max_size=6).map("".join)
log = st.lists(
    st.sampled_from(["", "short", "\x1b[32mgreen\x1b[m", "x" * 45]) | lines, max_size=60
).map(lambda each: "\r\n".join(each).encode())
"""What a program might log: lines, some coloured, some long, the last not finished."""

mixed = st.lists(log | output | garbage, max_size=4).map(b"".join)
"""Everything in turns."""
