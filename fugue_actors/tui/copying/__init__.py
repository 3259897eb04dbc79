"""Copy mode: looking back, searching, selecting and copying what a pane has shown.

`mode` is what attach knows of it. Below that is a machine (`machine`) that walks through
lines (`text`, `lines`) by commands (`registry`, and those that `commands` gathers), which
keys are bound to in `tables`.
"""
