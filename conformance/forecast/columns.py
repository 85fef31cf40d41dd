"""What the columns of rosters and exports are called. Names that no document confirms are marked."""

from __future__ import annotations

from typing import Final

from conformance.forecast.tables import Field

# The platform's editors: User Name, Role, Email Address (users page); Logon ID, Email / SIP Address, Active
# Agent (agent profile page). login, email, role, active are the fields of its API. The rest is inferred.
ROSTER: Final = (
    Field(
        "login",
        ("User Name", "Logon ID", "Login", "Login ID", "userName", "loginId", "Agent Login", "User ID"),
        required=True,
    ),
    Field(
        "email",
        ("Email / SIP Address", "Email Address", "E-mail", "Email", "Mail", "Email or SIP Address"),
        required=True,
    ),
    Field("role", ("Role", "User Role", "Roles")),
    Field("active", ("Active Agent", "Active User", "Active", "Is Active", "Enabled", "Status", "State")),
    Field("locked", ("Locked", "Is Locked", "Agent Locked")),
    Field("kind", ("Kind", "Account Type")),
)
AGENT_COLUMNS: Final = (
    "Logon ID",
    "Email / SIP Address",
    "Active Agent",
    "Agent Team",
    "Home Agent",
    "Wrapup Time",
)
USER_COLUMNS: Final = ("User Name", "Role", "Active User", "User Role")

# Entra ID. Confirmed by Microsoft's page "users-bulk-download": userPrincipalName, displayName, mail,
# userType, accountEnabled; by a published download: directorySynced. onPremisesSyncEnabled is the Graph
# property's name, "User principal name" the group members' download's. "Block credential" and its like are
# unconfirmed.
# Okta. Confirmed as fields of reports by its help: Login, Status (Password Health); Login, Application name,
# Application login, Unassigned on (Current Assignments); assigneeOktaUsername (Recent Unassignments). Okta
# username, Primary Email, Okta user status, Application name, Application username are the filters of the
# User Accounts and User App Access reports; that their CSV has the same titles is unconfirmed. Unconfirmed,
# too: user.login, user.email, user.status, Username, Assigned applications. profile.login and profile.email
# are the API's names, which exports made by scripts have.
EXPORT: Final = (
    Field(
        "login",
        (
            "userPrincipalName",
            "user.login",
            "Okta username",
            "profile.login",
            "Username",
            "Login",
            "UPN",
            "assigneeOktaUsername",
        ),
    ),
    Field("mail", ("mail", "user.email", "Primary email", "profile.email", "Email address", "Email")),
    Field("app_login", ("Application username", "Application login", "assigneeAppUsername", "App username")),
    Field("status", ("user.status", "Okta user status", "User status", "Status")),
    Field("enabled", ("accountEnabled",)),
    Field("blocked", ("Block credential", "Block sign in", "blockSignIn")),
    Field("user_type", ("userType",)),
    Field("synced", ("onPremisesSyncEnabled", "directorySynced")),
    Field(
        "app",
        ("Application name", "Application", "Application instance", "Assigned applications", "Applications"),
    ),
    Field("unassigned", ("Unassigned on",)),
)
ENTRA_COLUMNS: Final = ("userPrincipalName", "accountEnabled", "onPremisesSyncEnabled", "directorySynced")
OKTA_COLUMNS: Final = (
    "user.login",
    "user.email",
    "user.status",
    "Okta username",
    "Okta user status",
    "Primary email",
    "profile.login",
    "Username",
    "Login",
)
