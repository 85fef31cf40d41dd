"""Where templates are: `templates/`, or in a personality's own folder, under the same name `folder/file`.

What a personality does not have is that of `generic`."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, TemplateNotFound


def template_files() -> BaseLoader:
    """A loader over both places, and then over the generic ones."""
    own = PackageLoader("mock_idp", "personalities")
    return ChoiceLoader([PackageLoader("mock_idp", "templates"), own, _Generic(own)])


class _Generic(BaseLoader):
    """`generic/file` for every `folder/file`."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The source of the generic template of that name. Raises TemplateNotFound."""
        folder, _, file = template.partition("/")
        if folder == "generic" or not file:
            raise TemplateNotFound(template)
        return self._loader.get_source(environment, f"generic/{file}")
