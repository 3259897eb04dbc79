"""`fugue attach`: the terminal in which a person looks at sessions and works in them.

An ordinary client of the monitor protocol. `app` is the loop; what it knows is `state`,
what it shows `view`, what keys do `bindings` and `commands`.
"""
