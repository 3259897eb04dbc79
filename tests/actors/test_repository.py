"""Where a directory lies, compared with git's own opinion wherever git has one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from actorkit import open_world

from fugue_actors.actors import fleet, sending
from fugue_actors.actors.repository import Place, locate
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trio.testing import MockClock

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

NOBODY = 65534


def git(where: Path, *arguments: str) -> str:
    """Run git as on a machine where nobody has configured anything."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=where,
        env=environment,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def commit(where: Path) -> None:
    git(where, "commit", "--quiet", "--allow-empty", "-m", "x")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a commit and a directory `src`."""
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "--quiet", "-b", "main")
    commit(path)
    (path / "src").mkdir()
    return path


def place(cwd: Path, repository: Path | None, worktree: Path | None) -> Place:
    return Place(
        cwd=str(cwd),
        repository=None if repository is None else str(repository),
        worktree=None if worktree is None else str(worktree),
    )


def assert_git_agrees(where: Path) -> None:
    assert locate(str(where)).worktree == git(where, "rev-parse", "--show-toplevel")


def test_a_directory_belongs_to_the_repository_around_it(repo: Path) -> None:
    """The top and everything below it."""
    for where in (repo, repo / "src"):
        assert locate(str(where)) == place(where, repo, repo)
        assert_git_agrees(where)


def test_outside_of_any_repository_there_is_none(tmp_path: Path) -> None:
    """And a directory that merely looks a little like git's own is none."""
    for name in ("objects", "HEAD-is-missing"):
        (tmp_path / ".git" / name).mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").touch()
    assert locate(str(tmp_path)) == place(tmp_path, None, None)


def test_an_empty_repository_is_one(tmp_path: Path) -> None:
    """Its HEAD names a branch that has no commit yet, in old ones by a link."""
    git(tmp_path, "init", "--quiet")
    assert locate(str(tmp_path)) == place(tmp_path, tmp_path, tmp_path)
    (tmp_path / ".git" / "HEAD").unlink()
    (tmp_path / ".git" / "HEAD").symlink_to("refs/heads/main")
    assert locate(str(tmp_path)) == place(tmp_path, tmp_path, tmp_path)
    assert_git_agrees(tmp_path)


def test_a_linked_worktree_shares_the_repository_of_the_main_one(
    repo: Path, tmp_path: Path
) -> None:
    """Broadcasts reach both; worktree messages reach one."""
    for where in (tmp_path / "feature", repo / ".trees" / "inner"):
        git(repo, "worktree", "add", "--quiet", "--detach", str(where))
        deep = where / "a" / "b"
        deep.mkdir(parents=True)
        assert locate(str(deep)) == place(deep, repo, where)
        assert_git_agrees(deep)
    assert locate(str(repo / ".trees")) == place(repo / ".trees", repo, repo)


def test_a_worktree_with_relative_links_is_found_too(
    repo: Path, tmp_path: Path
) -> None:
    """Newer gits write relative paths into both links when asked to."""
    where = tmp_path / "feature"
    git(repo, "worktree", "add", "--quiet", "--detach", str(where))
    (where / ".git").write_text("gitdir: ../repo/.git/worktrees/feature\n", "utf-8")
    assert locate(str(where)) == place(where, repo, where)
    assert_git_agrees(where)


def test_a_submodule_is_a_repository_of_its_own(repo: Path, tmp_path: Path) -> None:
    """Its git directory lies inside that of the outer one, its files elsewhere."""
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "submodule", "--quiet", "add", str(repo), "part")
    inner = outer / "part"
    assert locate(str(inner)) == place(inner, inner, inner)
    assert_git_agrees(inner)
    linked = tmp_path / "linked"
    git(inner, "worktree", "add", "--quiet", "--detach", str(linked))
    assert locate(str(linked)) == place(linked, inner, linked)
    assert locate(str(outer)) == place(outer, outer, outer)


def test_a_bare_repository_is_itself_and_has_no_worktree(
    repo: Path, tmp_path: Path
) -> None:
    """Its linked worktrees belong to it."""
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(repo), str(bare))
    assert locate(str(bare)) == place(bare, bare, None)
    assert locate(str(bare / "refs")) == place(bare / "refs", bare, None)
    linked = tmp_path / "linked"
    git(bare, "worktree", "add", "--quiet", "--detach", str(linked))
    assert locate(str(linked)) == place(linked, bare, linked)
    assert_git_agrees(linked)


@pytest.mark.parametrize("has_worktree_config", [False, True])
def test_a_project_of_worktrees_around_a_bare_repository(
    repo: Path, tmp_path: Path, has_worktree_config: bool
) -> None:
    """A layout that is popular with people who run many agents."""
    project = tmp_path / "project"
    git(tmp_path, "clone", "--quiet", "--bare", str(repo), str(project / ".git"))
    git_directory = project / ".git"
    if has_worktree_config:
        git(project, "config", "extensions.worktreeConfig", "true")
        git(project, "config", "--unset", "core.bare")
        (git_directory / "config.worktree").write_text(
            "[core]\n\tbare = true\n", "utf-8"
        )
    one = project / "one"
    git(project, "worktree", "add", "--quiet", "--detach", str(one))
    assert locate(str(project)) == place(project, git_directory, None)
    assert locate(str(one)) == place(one, git_directory, one)
    assert_git_agrees(one)
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "rev-parse", "--show-toplevel")


def test_a_git_directory_kept_elsewhere_is_the_repository(tmp_path: Path) -> None:
    """Nothing in it says where its main worktree is, so all its worktrees share it."""
    kept, files = tmp_path / "kept.git", tmp_path / "files"
    git(tmp_path, "init", "--quiet", f"--separate-git-dir={kept}", str(files))
    commit(files)
    linked = tmp_path / "linked"
    git(files, "worktree", "add", "--quiet", "--detach", str(linked))
    assert locate(str(files)) == place(files, kept, files)
    assert locate(str(linked)) == place(linked, kept, linked)
    assert_git_agrees(files)


def test_inside_a_git_directory_there_is_no_worktree(repo: Path) -> None:
    """A hook runs there, for instance."""
    inside = repo / ".git" / "objects"
    assert locate(str(inside)) == place(inside, repo, None)


def test_links_are_followed_before_anything_is_compared(
    repo: Path, tmp_path: Path
) -> None:
    """Two sessions in one directory are in one place, whatever it was called."""
    (tmp_path / "link").symlink_to(repo / "src")
    (tmp_path / "to-git").mkdir()
    (tmp_path / "to-git" / ".git").symlink_to(repo / ".git")
    expected = place(repo / "src", repo, repo)
    assert locate(str(tmp_path / "link")) == expected
    assert locate(f"{repo}/src/../src/.") == expected
    linked = tmp_path / "to-git"
    assert locate(str(linked)) == place(linked, repo, linked)


@pytest.mark.parametrize(
    "text", ["gitdir: /nowhere/.git/worktrees/x\n", "gitdir: \n", "nonsense\n", ""]
)
def test_a_pointer_that_leads_nowhere_is_no_repository(repo: Path, text: str) -> None:
    """A worktree whose repository was moved does not join the one around it."""
    stray = repo / "stray"
    (stray / "src").mkdir(parents=True)
    (stray / ".git").write_text(text, "utf-8")
    assert locate(str(stray / "src")) == place(stray / "src", None, None)
    with pytest.raises(subprocess.CalledProcessError):
        git(stray, "rev-parse", "--show-toplevel")


def test_what_would_block_or_is_broken_does_no_harm(repo: Path) -> None:
    """Anybody can put anything into a directory."""
    for name, make in {
        "fifo": os.mkfifo,
        "loop": lambda path: path.symlink_to(path),
        "directory": lambda path: path.mkdir(),
    }.items():
        where = repo / name
        where.mkdir()
        make(where / ".git")
        assert locate(str(where)) == place(where, repo, repo)
    os.mkfifo(repo / ".git" / "commondir")
    assert locate(str(repo)) == place(repo, repo, repo)
    (repo / ".git" / "config").write_bytes(b"\xff\0[core\n= x\n[core]\nbare")
    assert locate(str(repo)).repository == str(repo / ".git")
    (repo / ".git" / "config").unlink()
    (repo / ".git" / "config").symlink_to("/proc/self/mem")  # a file nobody can read
    assert locate(str(repo)) == place(repo, repo, repo)


@pytest.mark.parametrize(
    "name", ["missing", "file", "file/below", "a\0b", "loop", "x" * 5000]
)
def test_what_is_no_directory_is_refused(tmp_path: Path, name: str) -> None:
    """A session cannot start there."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(Refused) as refusal:
        locate(f"{tmp_path}/{name}")
    assert refusal.value.code == "InvalidArgument"
    assert refusal.value.hint
    assert refusal.value.message.isascii()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("../files", "files"),
        ("../files dir ; said", "files dir"),
        ('"../files # dir" # x', "files # dir"),
        ('../fi"les d"ir', "files dir"),
        ('../a\\"b', 'a"b'),
    ],
)
def test_the_place_of_the_files_is_read_from_the_configuration(
    tmp_path: Path, value: str, name: str
) -> None:
    """Sections, quotes, escapes and comments as git reads them."""
    git(tmp_path, "init", "--quiet", "-b", "main")
    files = tmp_path / name
    (files / "src").mkdir(parents=True)
    text = f'[core "x"]\n\tworktree = /wrong\n[Core] # a\n\tWorkTree = {value}\n'
    text += '[other]\n\tworktree = /wrong\n[core "y"] worktree = /wrong\n'
    with (tmp_path / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(text)
    assert git(files, "config", "core.worktree") == f"../{name}"
    assert locate(str(files / "src")) == place(files / "src", files, files)
    assert_git_agrees(files / "src")
    # Beside its files a repository has no worktree.
    assert locate(str(tmp_path)) == place(tmp_path, files, None)


def forbid(entry: Path) -> None:
    """A git directory that its owner alone may look into, seen by somebody else."""
    git(entry.parent, "init", "--quiet")
    entry.chmod(0o700 if os.geteuid() == 0 else 0)


def point_to(entry: Path, where: str) -> None:
    entry.write_text(f"gitdir: {where}\n", encoding="utf-8")


ODD = {
    "forbidden": forbid,
    "link to forbidden": lambda entry: (
        entry.with_name("kept").mkdir(0o700 if os.geteuid() == 0 else 0),
        entry.symlink_to("kept/git"),
    ),
    "NUL": lambda entry: point_to(entry, "x\0y"),
    "too long": lambda entry: point_to(entry, "x" * 5000),
    "ring": lambda entry: entry.symlink_to(entry.name),
    "pointer to a ring": lambda entry: (
        entry.with_name("ring").symlink_to("ring"),
        point_to(entry, "ring"),
    ),
    "shares a ring": lambda entry: (
        git(entry.parent, "init", "--quiet"),
        entry.with_name("ring").symlink_to("ring"),
        (entry / "commondir").write_text("../ring", encoding="utf-8"),
    ),
    "files in a ring": lambda entry: (
        git(entry.parent, "init", "--quiet"),
        entry.with_name("ring").symlink_to("ring"),
        git(entry.parent, "config", "core.worktree", "../ring"),
    ),
    "files at a NUL": lambda entry: (
        git(entry.parent, "init", "--quiet"),
        (entry / "config").write_text("[core]\nworktree = a\0b\n", encoding="utf-8"),
    ),
}


@pytest.fixture(params=ODD)
def odd(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory whose `.git` cannot be used, and we may not look everywhere."""
    with tempfile.TemporaryDirectory(prefix="fugue-test-") as name:
        top = Path(name).resolve()
        top.chmod(0o755)
        ODD[request.param](top / ".git")
        if os.geteuid() != 0:
            yield top
            for path in top.iterdir():
                if not path.is_symlink() and path.is_dir():
                    path.chmod(0o700)
            return
        os.seteuid(NOBODY)
        try:
            yield top
        finally:
            os.seteuid(0)


def test_a_git_entry_that_cannot_be_used_is_no_repository(odd: Path) -> None:
    """Whatever lies in a directory, we can say where it is, and nothing is raised."""
    assert locate(str(odd)) == place(odd, None, None)


async def test_agents_in_a_directory_with_an_odd_git_entry_crash_nothing(
    patient_clock: MockClock, odd: Path
) -> None:
    """A guest is welcome there, and as a target it is in no worktree."""
    async with open_world() as world:
        asked = fleet.OpenGuest(
            holder=world.router, name="ann", client="c", cwd=str(odd), origin="o"
        )
        guest = await fleet.open_guest(world.fleet, asked)
        assert (guest.cwd, guest.repository, guest.worktree) == (str(odd), None, None)
        with pytest.raises(Refused) as refusal:
            await sending.worktree_root(".", str(odd))
        assert refusal.value.code == "NoRepository"
        assert world.fleet.incarnation == 1
