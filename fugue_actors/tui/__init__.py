"""`fugue attach`: the terminal in which a person looks at sessions and works in them.

An ordinary client of the monitor protocol. Begin with `app`, the loop; then

- **the terminal**: `outer` has it, `changes` and `restoring` give it back whatever happens,
  with a `guard` who outlives the client; `inputs`, `decoding` and `pasting` make `events` of
  its bytes, `output` gets it ours, and `abilities` says what it understands.
- **what happens**: `keyboard` and `mouse` turn events into actions, by the tables of
  `bindings` (which `checking` looks through) and the `commands` they name; `targets`, `formats`
  and `sizing` help. `modes` says what an action is, and what may take over keys and a part of
  the picture.
- **where one is**: `state` with its `whereabouts`, the client's own, over the model that `feed`
  keeps; `presence` tells everybody else, and `handover` notices who types.
- **what is done**: `doing` carries actions out, through `typing` and `requests`;
  `clipboard` passes on what programs copy.
- **what is seen**: `view` draws the state, with `status`, `titles`, `attention` and
  `recordings`; `picture` has it shown when something is new.
- **modes**: `copying`; prompts (`prompt`, `asking`, `editing`, `completion`, `history`, and
  `invoking` for verbs of the command line); lists (`lists`, `choosing` for sessions and windows,
  `letters` for messages with their `times`, `composing`, `buffers`, `help` with `meanings`,
  `pager`); `bigdigits`.

What decides is pure; only `app`, `clipboard`, `doing`, `feed`, `invoking`, `outer`, `output`,
`picture`, `presence`, `requests`, `typing` and `vocabulary` wait.
"""
