"""Recordings: what was to be seen in panes, and what happened meanwhile, on one clock. Pure.

A recording is an asciicast: `cast` reads and writes the lines, `notes` are our own events
in it. `film` makes one of screens as they change; `reel` turns one into pictures again,
`masking` takes secrets out of these, and `html`, `svg` and `recast` draw what is left.
Nothing here opens a file, and nothing waits.
"""
