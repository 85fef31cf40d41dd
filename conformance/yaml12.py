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


def load(text: str) -> Any:  # noqa: ANN401  (any YAML document)
    """Return the plain data of a YAML document. Raises yaml.YAMLError."""
    return yaml.load(text, Yaml12Loader)  # noqa: S506  (derived from SafeLoader)
