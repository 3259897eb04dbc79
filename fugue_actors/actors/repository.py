"""Which git repository and worktree a directory belongs to.

Reads `.git` files and directories as git does, without starting git: at most a few
dozen small reads. They can still block on a slow disk, so callers run `locate` in a
thread. Mount points are no boundaries here, and `GIT_DIR` and its like are ignored: what
counts is where a directory lies, not how a process was started.
"""

from __future__ import annotations

import errno
from pathlib import Path

import attrs

from fugue_actors.errors import Refused

GIT_FILE = ".git"
LARGEST_FILE = 64 * 1024

# What reading or following a path that somebody else wrote may raise: forbidden, too
# long, a NUL character, a ring of symbolic links.
UNUSABLE = (OSError, ValueError, RuntimeError)


@attrs.frozen(kw_only=True)
class Place:
    """Where a directory is; all real paths.

    Attributes:
        cwd: The directory.
        repository: Top of the repository's main worktree, the same for all its
            worktrees; the git directory itself where there is no such top (bare, or
            kept apart from the files). A submodule is a repository of its own.
        worktree: Top of the worktree that the directory lies in; None outside of any,
            and inside a git directory.
    """

    cwd: str
    repository: str | None
    worktree: str | None


def locate(path: str) -> Place:
    """Where an existing directory is.

    Raises:
        Refused: `InvalidArgument`, if there is no such directory to read.
    """
    try:
        cwd = Path(path).resolve(strict=True)
        is_directory = cwd.is_dir()
    except UNUSABLE as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise no_directory(path, reason or "is not a usable path") from error
    if not is_directory:
        raise no_directory(path, "is not a directory")
    for top in (cwd, *cwd.parents):
        try:
            found = look(top)
        except UNUSABLE:
            found = None, None  # git gives up here, too
        if found is not None:
            repository, worktree = found
            if worktree not in (cwd, *cwd.parents):
                worktree = None  # the settings put the files somewhere else
            return Place(
                cwd=str(cwd),
                repository=None if repository is None else str(repository),
                worktree=None if worktree is None else str(worktree),
            )
    return Place(cwd=str(cwd), repository=None, worktree=None)


def no_directory(path: str, problem: str) -> Refused:
    return Refused(
        "InvalidArgument",
        f"{path[:200]!a}: {problem}",
        hint="give an existing directory, best with its absolute path",
    )


def look(top: Path) -> tuple[Path | None, Path | None] | None:
    """Repository and worktree if the search ends at `top`, else None."""
    entry = top / GIT_FILE
    if is_file(entry):
        text = read(entry) or ""
        pointed = real(Path(top, text.removeprefix("gitdir:").strip()))
        if text.startswith("gitdir:") and is_git_directory(pointed):
            return worktree_of(top, pointed)
        # Git stops at a pointer that leads nowhere, and so must we: what lies above
        # is another repository.
        return None, None
    if is_git_directory(entry):
        return worktree_of(top, real(entry))
    if is_git_directory(top):
        return repository_of(common_directory(top)), None
    return None


def worktree_of(top: Path, git_directory: Path) -> tuple[Path, Path | None]:
    common = common_directory(git_directory)
    repository = repository_of(common)
    if common != git_directory:
        return repository, top
    settings = core(common)
    if "worktree" in settings:
        return repository, repository
    return repository, None if settings.get("bare") == "true" else top


def is_git_directory(path: Path) -> bool:
    """Whether git would take a directory for its own; not if it may not look."""
    head = path / "HEAD"
    try:
        # It may be a symbolic link to a branch that has no commit yet.
        if not head.is_file() and not head.is_symlink():
            return False
        common = common_directory(path)
        return (common / "objects").is_dir() and (common / "refs").is_dir()
    except UNUSABLE:
        return False


def is_file(path: Path) -> bool:
    """Whether there is a file that one can at least look at."""
    try:
        return path.is_file()
    except OSError:
        return False


def real(path: Path) -> Path:
    """A path without symbolic links, whether or not there is something.

    Raises:
        OSError: They lead in a ring, or it is too long.
        RuntimeError: They lead in a ring.
        ValueError: It has a NUL character.
    """
    found = path.resolve()  # raises for a ring only before Python 3.13
    try:
        found.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
    return found


def common_directory(git_directory: Path) -> Path:
    """What all worktrees of a repository share."""
    text = read(git_directory / "commondir")
    return git_directory if text is None else real(git_directory / text.strip())


def repository_of(common: Path) -> Path:
    settings = core(common)
    if "worktree" in settings:
        return real(common / settings["worktree"])
    if common.name == GIT_FILE and settings.get("bare") != "true":
        return common.parent
    return common


def core(common: Path) -> dict[str, str]:
    """The settings of `[core]` that say where a repository's files are.

    With `extensions.worktreeConfig` those of the main worktree stand in a file of
    their own.
    """
    settings = parse_config(read(common / "config") or "")
    if settings.get("extensions.worktreeconfig") == "true":
        settings |= parse_config(read(common / "config.worktree") or "")
    return {
        key.removeprefix("core."): value
        for key, value in settings.items()
        if key in ("core.bare", "core.worktree")
    }


def parse_config(text: str) -> dict[str, str]:
    """Settings of a git configuration by lower-case `section.key`; the last one counts.

    A subsection is part of its section's name. A key without a value is true.
    """
    settings = {}
    section = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            name, _, stripped = stripped[1:].partition("]")
            section = name.strip().lower()
            stripped = stripped.strip()
        if not stripped or stripped[0] in "#;":
            continue
        key, equals, value = stripped.partition("=")
        settings[f"{section}.{key.strip().lower()}"] = (
            clean(value) if equals else "true"
        )
    return settings


def clean(value: str) -> str:
    """A value without quotes, escapes and comment."""
    result = []
    quoted = False
    characters = iter(value.strip())
    for character in characters:
        if character == "\\":
            result.append(next(characters, ""))
        elif character == '"':
            quoted = not quoted
        elif character in "#;" and not quoted:
            break
        else:
            result.append(character)
    return "".join(result).strip()


def read(path: Path) -> str | None:
    """A small file's text; None if there is none to read."""
    try:
        if not path.is_file():  # a FIFO would block for ever
            return None
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            return file.read(LARGEST_FILE)
    except OSError:
        return None
