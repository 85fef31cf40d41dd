"""Which role may do what. Agents have no role and may do nothing here."""

from enum import Enum, auto

SYSADMIN = "Sysadmin"
SUPERUSER = "Superuser"
MANAGER = "Manager"
AUDITOR = "Auditor"
ROLES = (SYSADMIN, SUPERUSER, MANAGER, AUDITOR)


class Permission(Enum):
    """The things that are guarded."""

    READ_CLIENT = auto()
    """See the Billing tab."""
    READ_SSO = auto()
    """See the Security tab and the configuration's history (never the secret)."""
    CHANGE_SSO = auto()
    """Save, import, restore, and turn single sign-on on or off."""
    EDIT_USERS = auto()
    """See and change users; documented for Sysadmin and Superuser only."""
    EDIT_AGENTS = auto()
    """See and change agents."""
    READ_AUDIT = auto()
    """See the audit trail with its reasons."""
    MAKE_RECOVERY_CODES = auto()
    """Make the codes that lead back to the Security tab (safe mode)."""


_ALL = frozenset(Permission)
SECURITY_TAB = frozenset({Permission.READ_SSO, Permission.CHANGE_SSO})
"""All that a session opened by a recovery code may do, whatever its role."""
_GRANTS: dict[str, frozenset[Permission]] = {
    SYSADMIN: _ALL,
    SUPERUSER: _ALL - {Permission.MAKE_RECOVERY_CODES},
    MANAGER: frozenset({Permission.READ_CLIENT, Permission.EDIT_AGENTS}),
    AUDITOR: frozenset({Permission.READ_CLIENT, Permission.READ_SSO, Permission.READ_AUDIT}),
}


def allows(role: str, permission: Permission) -> bool:
    """Return whether the role holds the permission; unknown roles hold none."""
    return permission in _GRANTS.get(role, frozenset())


def may_touch(role: str, other_role: str) -> bool:
    """Return whether somebody with ``role`` may change a user with ``other_role``.

    A Superuser cannot touch a Sysadmin (documented with the roles).
    """
    return role == SYSADMIN or other_role != SYSADMIN
