"""`fugue demo`: real programs in real panes that work together through the daemon.

`command` is the command and `cast` its story; `stage` builds and clears the scene,
`agent` and `roles` are the programs in the panes, `verify` says what truly happened.
Nothing here is known to the daemon: it is an ordinary client with ordinary agents.
"""
