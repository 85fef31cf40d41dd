"""Whatever stands in a file, the answer is a forecast or a sentence about the file, never a stack trace."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.forecast.discovery import read_discovery
from conformance.forecast.files import as_data
from conformance.forecast.forecast import Inputs, make_forecast
from conformance.forecast.metadata import read_metadata
from conformance.forecast.problems import InputError
from conformance.forecast.saved import compare_oidc, compare_saml, read_saved
from tests.conformance.forecast.company import with_mistakes
from tests.conformance.forecast.idp_files import ISSUER, NOW, SSO_URL, certificate, discovery, metadata

PIECES = (
    b"\x00",
    b"\xff",
    b'"',
    b"\n",
    b",",
    b";",
    b"<",
    b">",
    b"&",
    b"{",
    b"]",
    b"\xe2\x80\xae",
    b"9" * 400,
    b"",
)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return the content with a few bytes replaced, cut out, doubled or moved."""
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice((0, 1, 1, 4, 60)))
        content = content[:start] + chance.choice((*PIECES, content[start:end] * 2)) + content[end:]
    return content


def read_pair(document: bytes) -> None:
    """Read what is saved, and hold it against both kinds of configuration."""
    try:
        saved = read_saved(document, "saved.json")
    except InputError:
        return
    compare_saml(saved, read_metadata(metadata(), "m.xml", NOW), "saved.json")
    compare_oidc(saved, read_discovery(discovery(), "d.json"), "saved.json")


SAVED = json.dumps(
    {
        "authentication_standard": "SAML",
        "saml": {"issuer_url": ISSUER, "single_sign_on_url": SSO_URL, "certificate_x509": certificate()},
        "oidc": {"issuer": ISSUER, "authorization_id": "a", "authorization_secret_set": True},
    }
).encode()


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (metadata(), lambda document: read_metadata(document, "m.xml", NOW)),
        (discovery(), lambda document: read_discovery(document, "d.json")),
        (SAVED, read_pair),
    ],
    ids=["metadata", "discovery", "saved"],
)
def test_a_damaged_configuration_is_told(content: bytes, read: Callable[[bytes], object]) -> None:
    chance = random.Random(5)  # noqa: S311  (a sample, no secret)
    for _ in range(400):
        read(damaged(content, chance))


def test_damaged_tables_are_told(tmp_path: Path) -> None:
    company = with_mistakes(20, 20)
    sound = {
        "users": company.users(tmp_path / "users.csv"),
        "agents": company.agents(tmp_path / "agents.csv"),
        "entra": company.entra(tmp_path / "entra.csv"),
        "okta": company.okta(tmp_path / "okta.csv"),
    }
    contents = {name: path.read_bytes() for name, path in sound.items()}
    chance = random.Random(6)  # noqa: S311  (a sample, no secret)
    told = 0
    for _ in range(120):
        for name, path in sound.items():
            path.write_bytes(damaged(contents[name], chance) if chance.random() < 0.4 else contents[name])
        inputs = Inputs(
            now=NOW,
            rosters=[str(sound["users"]), str(sound["agents"])],
            idp_users=[str(sound["entra"]), str(sound["okta"])],
            assigned=[str(sound["okta"])],
        )
        try:
            json.dumps(as_data(make_forecast(inputs)), ensure_ascii=False).encode()
        except InputError as error:
            told += 1
            assert error.expected
            assert error.found
            assert error.do
    assert 10 < told < 110
