"""Read YAML together with the line on which every value stands, so that a mistake can be pointed at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from conformance.yaml12 import Yaml12Loader, single_node

Location = tuple[str | int, ...]


class Document:
    """A YAML document as plain data (`data`), with `line_of(location)`."""

    def __init__(self, path: Path) -> None:
        self._lines: dict[Location, int] = {(): 1}
        with path.open(encoding="utf-8") as stream:
            loader = Yaml12Loader(stream)
            try:
                node = single_node(loader)
                self.data: Any = self._convert(loader, node, ()) if node is not None else None
            finally:
                loader.dispose()

    def line_of(self, location: Location) -> int:
        """Return the line (from 1) of a value, or of the nearest value around it."""
        while location not in self._lines and location:
            location = location[:-1]
        return self._lines[location]

    def _convert(self, loader: Yaml12Loader, node: yaml.Node, at: Location) -> Any:  # noqa: ANN401  (YAML)
        self._lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            loader.flatten_mapping(node)
            return self._convert_mapping(loader, node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self._convert(loader, item, (*at, number)) for number, item in enumerate(node.value)]
        return loader.construct_object(node, deep=True)

    def _convert_mapping(self, loader: Yaml12Loader, node: yaml.MappingNode, at: Location) -> Any:  # noqa: ANN401  (YAML)
        made: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            self._lines[(*at, key)] = key_node.start_mark.line + 1
            made[key] = self._convert(loader, value_node, (*at, key))
        return made
