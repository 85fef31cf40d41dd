"""Where templates are: `templates/`, or in a personality's own folder, under the same name `folder/file`."""

from __future__ import annotations

from jinja2 import BaseLoader, ChoiceLoader, PackageLoader


def template_files() -> BaseLoader:
    """A loader over both places."""
    return ChoiceLoader([PackageLoader("mock_idp", "templates"), PackageLoader("mock_idp", "personalities")])
