"""From an application's attribute settings and a person to attributes. What a vendor adds is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mock_idp.personalities.saml_profile import Attribute
from mock_idp.saml_app import GroupsAttribute, SamlApp, StatedAttribute

NAME_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:"
USER_FIELD = "user."


def value_of(expression: str, fields: Mapping[str, str | None]) -> str | None:
    """A field of the user's profile (None when this user does not have it), or the fixed text itself."""
    return fields.get(expression) if expression.startswith(USER_FIELD) else expression


def stated(wanted: Iterable[StatedAttribute], fields: Mapping[str, str | None]) -> tuple[Attribute, ...]:
    """The attributes that the administrator added; those that this user has no value for are left out.

    Okta may send an empty one instead: unconfirmed (personalities section 2.3)."""
    valued = ((attribute, value_of(attribute.value, fields)) for attribute in wanted)
    return tuple(
        Attribute(attribute.name, (value,), NAME_FORMAT + attribute.name_format)
        for attribute, value in valued
        if value
    )


def of_application(
    app: SamlApp, usual: Iterable[StatedAttribute], fields: Mapping[str, str | None], groups: Iterable[str]
) -> tuple[Attribute, ...]:
    """The attributes of the application (`usual` where it sets none), then its groups attribute if any."""
    wanted = usual if app.attributes is None else app.attributes
    listed = groups_listed(app.groups_attribute, groups) if app.groups_attribute else ()
    return stated(wanted, fields) + listed


def groups_listed(attribute: GroupsAttribute, groups: Iterable[str]) -> tuple[Attribute, ...]:
    """The groups attribute, with one value for each group that the filter lets through; none without any."""
    listed = tuple(group for group in groups if attribute.selects(group))
    return (Attribute(attribute.name, listed),) if listed else ()


def with_own_claims(attributes: tuple[Attribute, ...], claims: Mapping[str, object]) -> tuple[Attribute, ...]:
    """The attributes, with the person's own claims in place of those of the same name; null removes one."""
    own = tuple(
        Attribute(name, tuple(str(each) for each in (value if isinstance(value, list) else [value])))
        for name, value in claims.items()
        if value is not None
    )
    return (*(attribute for attribute in attributes if attribute.name not in claims), *own)
