"""Which service providers share a session of the IdP, and whom their assertions named: what logout needs."""

from __future__ import annotations

from dataclasses import dataclass

from mock_idp.saml.response import Asserted
from mock_idp.tenants import Tenant

MOST_ASSERTIONS = 50  # that one session remembers


@dataclass(frozen=True)
class Participant:
    """A service provider of a session, by one assertion that it got. It may have got several."""

    app_name: str
    asserted: Asserted


def note(tenant: Tenant, session_id: str, app_name: str, asserted: Asserted) -> None:
    """The service provider takes part in the session by one more assertion."""
    with tenant.atomic():
        known = _assertions(tenant, session_id)
        tenant.saml_participants.put(session_id, (*known, Participant(app_name, asserted))[-MOST_ASSERTIONS:])


def of_session(tenant: Tenant, session_id: str) -> tuple[Participant, ...]:
    """The service providers of the session, each by its newest assertion, in the order of their first."""
    newest = {known.app_name: known for known in _assertions(tenant, session_id)}
    return tuple(newest.values())


def indexes_of(tenant: Tenant, session_id: str, app_name: str) -> frozenset[str]:
    """The SessionIndexes that the service provider has got in the session."""
    got = [known.asserted for known in _assertions(tenant, session_id) if known.app_name == app_name]
    return frozenset(each.session_index for each in got)


def session_of(tenant: Tenant, app_name: str, name_id: str, session_indexes: tuple[str, ...]) -> str | None:
    """The session in which the service provider got an assertion for that NameID and one of these indexes.

    A browser that comes by POST from another site shows no cookie, so the message has to say it."""
    for session_id, known in tenant.saml_participants.items():
        for participant in known:
            named = participant.asserted
            indexed = not session_indexes or named.session_index in session_indexes
            if participant.app_name == app_name and named.name_id == name_id and indexed:
                return session_id
    return None


def _assertions(tenant: Tenant, session_id: str) -> tuple[Participant, ...]:
    return tenant.saml_participants.get(session_id) or ()
