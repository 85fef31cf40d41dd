"""Who a login name names: a persona, one with changes of its own, or one that is made on the spot.

The last two are no vendor's; the settings `claims_at_login` and `unknown_people` of a tenant switch them on.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from mock_idp.control.bodies import PersonaBody
from mock_idp.personas import Persona, find_by_login, fresh_persona
from mock_idp.tenants import Tenant

_NUMBERS = ("group_count",)
_SWITCHES = ("email_verified", "guest", "personal_account", "xms_edov")
_WORDS = {"true": True, "false": False}


def person_of(tenant: Tenant, login: str) -> Persona | None:
    """The persona that signs in with what was typed; None when nobody does.

    `alice@acme.test?email=a@b.test&groups=x,y&claims.department=sales` changes alice in the directory first,
    as a PATCH of the control API would: an empty value takes an e-mail or a claim away. What is no field of a
    persona, or no value for it, names nobody.
    """
    name, _, wishes = login.strip().partition("?") if tenant.settings.claims_at_login else (login, "", "")
    persona = find_by_login(tenant.personas, name)
    if not wishes and (persona is not None or tenant.settings.unknown_people != "create"):
        return persona
    with tenant.changing():
        persona = find_by_login(tenant.personas, name) or _made(tenant, name.strip())
        return persona if persona is None or not wishes else _changed(tenant, persona, wishes)


def _changed(tenant: Tenant, persona: Persona, wishes: str) -> Persona | None:
    """The persona with what came behind its login name, in the directory too."""
    try:
        changes = PersonaBody.model_validate(_typed(persona, wishes)).changes()
    except ValidationError:
        return None
    changed = persona.patched(changes)
    tenant.personas[persona.id] = changed
    tenant.journal.record(
        "login.claims",
        persona=persona.id,
        summary=f"{persona.id} came with {', '.join(changes)}.",
        detail=changes,
    )
    return changed


def _made(tenant: Tenant, login: str) -> Persona | None:
    """A persona for an unknown login name, whose ID and password follow the part before the @."""
    if tenant.settings.unknown_people != "create" or not login:
        return None
    persona_id = login.partition("@")[0]
    if persona_id in tenant.personas:
        persona_id = login
    persona = fresh_persona(persona_id).patched({"login": login, "email": login if "@" in login else None})
    tenant.personas[persona_id] = persona
    tenant.journal.record("login.created", persona=persona_id, summary=f"{persona_id} was made on the spot.")
    return persona


def _typed(persona: Persona, wishes: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    claims = dict(persona.claims)
    for name, text in parse_qsl(wishes, keep_blank_values=True):
        if name.startswith("claims."):
            claims[name.removeprefix("claims.")] = text or None
        elif name == "groups":
            said[name] = [group for group in text.split(",") if group]
        elif name in _NUMBERS:
            said[name] = int(text) if text.isdecimal() else text
        elif name in _SWITCHES:
            said[name] = _WORDS.get(text, text)
        else:
            said[name] = text or None
    return said | ({"claims": claims} if claims != dict(persona.claims) else {})
