"""The benchmark times logins that really happen, and its targets decide in the right direction."""

from __future__ import annotations

import pytest

from mock_idp.bench import breakdown
from mock_idp.bench.figures import Figure
from mock_idp.bench.logins import Scene
from mock_idp.bench.machine import BenchError
from mock_idp.bench.wire import Answer
from tests.mock_idp.conftest import RunningIdp


def test_each_measured_login_is_complete(idp: RunningIdp) -> None:
    scene = Scene(idp.base_url, idp.control_url, idp.token)
    try:
        tenant = idp.store.get(scene.tenant_name)
        assert tenant is not None
        start = tenant.journal.last
        scene.saml()
        scene.two_signatures()
        scene.one_signature()
    finally:
        scene.wire.close()
    seen = tenant.journal.entries(after=start)
    assert [entry.kind for entry in seen].count("saml.response") == 1
    answers = [entry.detail for entry in seen if entry.kind == "oidc.token_response"]
    assert ["sent" in detail for detail in answers] == [True, False]  # an ID token, and none


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (Figure("a rate", 1.0, "/s", 0.4, ratio=0.41), True),
        (Figure("a rate", 1.0, "/s", 0.4, ratio=0.39), False),
        (Figure("a time", 49.0, "ms", 50), True),
        (Figure("a time", 51.0, "ms", 50), False),
    ],
)
def test_a_ratio_is_a_least_and_a_time_is_a_most(figure: Figure, reached: bool) -> None:
    assert (figure.reached, str(figure).startswith("ok")) == (reached, reached)


def test_a_figure_without_a_target_is_only_told() -> None:
    figure = Figure("logins with 2 workers", 1.5, "times", None)
    assert figure.reached
    assert str(figure).split() == ["logins", "with", "2", "workers", "1.5", "times"]


def test_an_answer_that_is_no_redirect_is_told() -> None:
    with pytest.raises(BenchError, match="expected a redirect, but status 400 came"):
        _ = Answer(400, b"HTTP/1.1 400 Bad Request", b"no").location


def test_the_parts_of_a_login_are_told_the_largest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakdown, "LOGINS", 3)
    saml, oidc = breakdown.breakdowns([("one", Scene.saml), ("other", Scene.two_signatures)])
    assert set(saml.parts) == {"RSA", "HTTP", "Flask", "views", "fields", "XML in", "XML out", "journal"}
    assert set(oidc.parts) == {"RSA", "HTTP", "Flask", "views", "fields", "JSON", "journal"}
    assert all(spent > 0 for spent in (*saml.parts.values(), *oidc.parts.values()))
    assert str(oidc).split(" of CPU: ")[1].startswith("RSA")


def test_measuring_leaves_everything_as_it_was() -> None:
    places = [(owner, name, getattr(owner, name)) for _, each in breakdown.PARTS for owner, name in each]
    with breakdown._measured():
        assert all(getattr(owner, name) is not was for owner, name, was in places)
    assert all(getattr(owner, name) is was for owner, name, was in places)
