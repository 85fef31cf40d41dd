"""Find and read target files. A mistake in one is told with file, field and the nearest allowed name."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import yaml
from pydantic import ValidationError

from conformance import yaml12
from conformance.targets.declarative import DeclarativeTarget
from conformance.targets.process import ProcessTarget
from conformance.targets.protocol import Target
from conformance.targets.schema import TargetFile
from conformance.template import UnknownNameError


class TargetFileError(Exception):
    """A target file cannot be used; the message names file and field."""


def read_target_file(path: Path) -> TargetFile:
    """Read and check a target file. Raises TargetFileError."""
    try:
        raw = yaml12.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(p.name for p in path.parent.glob("*.yaml"))) or "none"
        raise TargetFileError(f"there is no target file {path}; files there: {known}") from None
    except yaml.YAMLError as error:
        raise TargetFileError(f"{path}: not valid YAML: {error}") from None
    try:
        return TargetFile.model_validate(raw)
    except ValidationError as error:
        raise TargetFileError(_explain(path, error)) from None


def _explain(path: Path, error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        field = ".".join(str(part) for part in problem["loc"])
        hint = ""
        if problem["type"] == "extra_forbidden":
            near = get_close_matches(str(problem["loc"][-1]), TargetFile.model_fields, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
        lines.append(f"{path}: {field}: {problem['msg']}{hint}")
    return "\n".join(lines)


def is_adapter(name: str) -> bool:
    """Return whether `name` is an adapter in Python (`module:Class`), and not a file."""
    return ":" in name and not Path(name).exists()


def load_target(name: str, variables: Mapping[str, str]) -> Target:
    """Return the target of a YAML file, or of `module:Class` for an adapter in Python.

    `variables` are available as `{names}` in the file, `idp_url` and `idp_ca_file` always; so is `{env.name}`
    for every environment variable whose name starts with TARGET_. Raises TargetFileError.
    """
    names = dict(variables) | {
        f"env.{key.lower()}": value for key, value in os.environ.items() if key.startswith("TARGET_")
    }
    if is_adapter(name):
        module, _, cls = name.partition(":")
        try:
            adapter: Target = getattr(importlib.import_module(module), cls)(names)
        except (ImportError, AttributeError) as error:
            raise TargetFileError(f"target {name}: {error}; give a YAML file or module:Class") from error
        return adapter
    spec = read_target_file(Path(name))
    try:
        return ProcessTarget(spec, names) if spec.process else DeclarativeTarget(spec, names)
    except UnknownNameError as error:
        raise TargetFileError(f"{name}: {error}; set TARGET_NAME for {{env.target_name}}") from None
