"""A terminal as an object, in a process of its own.

Imports nothing on purpose: every pane host pays for what is loaded here. Import the module
you need: `spawner` and `link` on the daemon's side, `zygote` and `host` in the processes.
"""
