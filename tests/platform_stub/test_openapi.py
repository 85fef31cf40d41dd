"""The published description of the API is true: same operations, and every answer is one that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings

from platform_stub.api.description import PATH, description
from platform_stub.app import create_app
from platform_stub.running import PROTOCOLS
from tests.platform_stub.conftest import World, build

if TYPE_CHECKING:  # slow to import, and every worker of a test run would
    from schemathesis import Case

NOWHERE = "http://127.0.0.1:9/metadata"
METHODS = ("get", "post", "put", "delete")
OPERATIONS = [
    (method.upper(), path)
    for path, item in description()["paths"].items()
    for method in METHODS
    if method in item
]
EXAMPLES = {True: 3, False: 1}
"""How often each operation is called in two ways, with a session and without."""
Portal = tuple[World, Flask]


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A platform with both standards' real endpoints, whose client has the flag."""
    world = build()
    world.flag(on=True)
    yield world, create_app(world.ctx, PROTOCOLS)
    world.ctx.store.close()


def test_it_names_every_operation_and_no_other(portal: Portal) -> None:
    served = {
        (method, re.sub(r"<(?:[^:>]+:)?([^>]+)>", "{}", rule.rule))
        for rule in portal[1].url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(method, re.sub(r"\{[^}]+\}", "{}", path)) for method, path in OPERATIONS}


def test_it_is_served_to_anybody(portal: Portal) -> None:
    answer = portal[1].test_client().get(PATH)
    assert (answer.status_code, answer.get_json()) == (200, description())


@pytest.mark.parametrize("signed_in", [True, False], ids=["session", "nobody"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_described(portal: Portal, method: str, path: str, signed_in: bool) -> None:
    from schemathesis import GenerationMode

    world, app = portal
    headers = {**world.api().headers, "LV-Access": world.lv_access} if signed_in else {}
    operation = _schema()[path][method]
    right, wrong = operation.as_strategy(), operation.as_strategy(GenerationMode.NEGATIVE)
    seen: set[int] = set()

    @seed(20260301)
    @settings(
        max_examples=EXAMPLES[signed_in],
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(right, right | wrong)
    def play(good: Case[Any], odd: Case[Any]) -> None:
        for case in (good, odd):
            _keep_inside(case)
            answer = case.call(app=app, headers=headers)
            seen.add(answer.status_code)
            case.validate_response(answer, checks=_checks(), headers=headers)

    play()
    secured = description()["paths"][path][method.lower()].get("security", ["session"])
    if not signed_in and secured == ["session"]:
        assert seen <= {401, 404, 405}, "nobody got further than to be told to log in"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/session", "Identity"),
        ("/api/configuration/users", "Users"),
        ("/api/configuration/agents", "Agents"),
        ("/api/configuration/sso", "Configuration"),
        ("/api/configuration/sso/history", "History"),
        ("/api/configuration/sso/instructions", "Instructions"),
        ("/api/audit", "Audit"),
    ],
)
def test_what_there_is_to_read_is_described(portal: Portal, path: str, wanted: str) -> None:
    """The answers that made-up requests do not lead to: a platform in use."""
    world, app = portal
    headers = world.api().headers  # held open while single sign-on is switched on
    world.enable()
    case = _schema()[path]["GET"].Case()
    answer = case.call(app=app, headers=headers)
    assert answer.status_code == 200, wanted
    case.validate_response(answer, checks=_checks())


@cache
def _schema() -> Any:  # noqa: ANN401 - a class of schemathesis
    from schemathesis import openapi

    return openapi.from_dict(description())


def _checks() -> list[Any]:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]


def _keep_inside(case: Case[Any]) -> None:
    """Let the platform fetch nothing but from this computer, whatever address was made up."""
    body: Any = case.body
    if isinstance(body, dict) and isinstance(body.get("metadata_url"), str):
        body["metadata_url"] = NOWHERE
