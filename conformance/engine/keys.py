"""Where the parts of the engine find each other in pytest's configuration."""

from __future__ import annotations

import pytest

from conformance.engine.controller import Controller
from conformance.engine.settings import WorkerOrder

ORDER = pytest.StashKey[WorkerOrder]()
"""What this process plays; missing while only collecting."""

CONTROLLER = pytest.StashKey[Controller]()
"""The run's controller; only in the process that owns the run."""

PROPERTY = "conformance"
"""The name under which a test's report carries its verdict."""
