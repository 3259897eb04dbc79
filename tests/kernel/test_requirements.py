"""The kernel's promises, its reference page and its tests name each other."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parent.parent
PAGE = TESTS.parent / "docs" / "reference" / "semantics.md"
PROMISE = re.compile(r"^- \*\*([a-z]+\.[a-z_]+)\*\* (.+)$", re.MULTILINE)


def listed() -> dict[str, str]:
    """Id and sentence of each promise in `requirements.toml`."""
    text = (TESTS / "requirements.toml").read_text(encoding="utf-8")
    promises = tomllib.loads(text)["promise"]
    ids = [promise["id"] for promise in promises]
    assert len(set(ids)) == len(ids)
    assert all(promise["source"] for promise in promises)
    return {promise["id"]: promise["sentence"] for promise in promises}


def marked() -> dict[str, set[str]]:
    """Ids of all `req` marks in the tests, with the tests that carry them."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    if ast.unparse(decorator).startswith("pytest.mark.req("):
                        assert isinstance(decorator, ast.Call)
                        id = ast.literal_eval(decorator.args[0])
                        found.setdefault(id, set()).add(node.name)
    return found


def test_each_promise_has_a_test() -> None:
    """A promise that nothing pins is a hope."""
    assert set(listed()) - set(marked()) == set()


def test_each_mark_names_a_promise() -> None:
    """A test for a promise that was never made is a misspelling, or a page to write."""
    assert set(marked()) - set(listed()) == set()


def test_the_reference_page_makes_the_same_promises_in_the_same_words() -> None:
    """One wording in two places, so that a change is seen in both."""
    page = PROMISE.findall(PAGE.read_text(encoding="utf-8"))
    assert page == list(listed().items())
