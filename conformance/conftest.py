"""Makes `pytest conformance` the suite's engine. The hooks themselves are in `engine`."""

from conformance.engine.plugin import (
    pytest_addoption,
    pytest_collection_finish,
    pytest_configure,
    pytest_configure_node,
    pytest_generate_tests,
    pytest_unconfigure,
    pytest_xdist_node_collection_finished,
    stage,
)

__all__ = [
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_unconfigure",
    "pytest_xdist_node_collection_finished",
    "stage",
]
