"""Sphinx: MyST pages, checked links, and a theme that comes with Sphinx."""
# ruff: noqa: INP001 - Sphinx reads this file by its name

from __future__ import annotations

from fugue_actors import __version__

project = "fugue-actors"
author = "the fugue-actors authors"
project_copyright = "2026, the fugue-actors authors"
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
root_doc = "index"

myst_heading_anchors = 3
smartquotes = False
highlight_language = "text"

html_theme = "alabaster"
html_title = f"fugue {version}"
html_theme_options = {
    "description": "Coding agents that talk to each other, supervised.",
    "fixed_sidebar": True,
    "page_width": "68rem",
}
html_copy_source = False
