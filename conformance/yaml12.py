"""YAML as people read it: `on`, `off`, `yes` and `no` are words, as in YAML 1.2, not True and False."""

from __future__ import annotations

import re
from typing import Any

import yaml


class Yaml12Loader(yaml.CSafeLoader):
    """PyYAML's safe loader, on libyaml for speed, with the booleans of YAML 1.2: true and false alone."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (declared by PyYAML as an instance attribute)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Yaml12Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


class DuplicateKeyError(yaml.MarkedYAMLError):
    """A mapping names the same key twice; YAML would silently keep the last one."""

    def __init__(self, key: str, mark: yaml.Mark) -> None:
        super().__init__(problem=f"`{key}` is given twice", problem_mark=mark)


def single_node(loader: Yaml12Loader) -> yaml.Node | None:
    """Return the document's node, None when it is empty. Raises yaml.YAMLError, DuplicateKeyError too."""
    node: yaml.Node | None = loader.get_single_node()
    waiting, seen = [node], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:  # an alias leads to a node that was looked at
            continue
        seen.add(id(each))
        if isinstance(each, yaml.MappingNode):
            keys = set[str]()
            for key, value in each.value:
                if isinstance(key, yaml.ScalarNode) and key.value in keys:
                    raise DuplicateKeyError(key.value, key.start_mark)
                keys.add(str(key.value))
                waiting.append(value)
        elif isinstance(each, yaml.SequenceNode):
            waiting += each.value
    return node


def load(text: str) -> Any:  # noqa: ANN401  (any YAML document)
    """Return the plain data of a YAML document. Raises yaml.YAMLError."""
    loader = Yaml12Loader(text)
    try:
        node = single_node(loader)
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()
