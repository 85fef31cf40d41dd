"""Creating, changing and removing users and agents, with the rules for their fields."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from platform_stub import audit
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.passwords import hash_password
from platform_stub.roles import ROLES, may_touch
from platform_stub.store import Account, Client, Surface, Transaction

_AGENT_LOGIN = re.compile(r"[A-Za-z0-9_.]{1,20}")
_MIN_PASSWORD = 8
_NAME = {Surface.USER: "user", Surface.AGENT: "agent"}
FIELDS = (
    "login",
    "password",
    "email",
    "role",
    "first_name",
    "last_name",
    "active",
    "locked",
    "password_expired",
)


def create(
    ctx: PlatformContext,
    client: Client,
    kind: Surface,
    values: Mapping[str, Any],
    *,
    actor: str,
    actor_role: str,
) -> Account:
    """Create a user or agent from API fields (``FIELDS``); raises RejectedError."""
    columns = prepare(ctx, kind, values)
    with ctx.store.write() as tx:
        return insert(ctx, tx, client, kind, columns, actor=actor, actor_role=actor_role)


def create_all(
    ctx: PlatformContext,
    client: Client,
    wanted: Sequence[tuple[Surface, Mapping[str, Any]]],
    *,
    actor: str,
    actor_role: str,
) -> int:
    """Create many users and agents, or none of them; raises RejectedError that names the account."""
    prepared = []
    for kind, values in wanted:
        with _named(kind, values):
            prepared.append((kind, prepare(ctx, kind, values)))
    with ctx.store.write() as tx:
        for kind, columns in prepared:
            with _named(kind, columns):
                insert(ctx, tx, client, kind, columns, actor=actor, actor_role=actor_role)
    return len(prepared)


@contextmanager
def _named(kind: Surface, values: Mapping[str, Any]) -> Iterator[None]:
    """Name one account among many in what stands against it."""
    try:
        yield
    except RejectedError as error:
        error.message = f"Nobody was created, because of {_NAME[kind]} “{values['login']}”: {error.message}"
        raise


def prepare(ctx: PlatformContext, kind: Surface, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked columns of a new account; slow, so it happens outside the transaction."""
    needed = {"login": "", "password": ""}
    if kind is Surface.USER:
        needed["role"] = ""
    return _columns(ctx, kind, {**needed, **values})


def insert(
    ctx: PlatformContext,
    tx: Transaction,
    client: Client,
    kind: Surface,
    columns: Mapping[str, Any],
    *,
    actor: str,
    actor_role: str,
) -> Account:
    """Add the prepared account in the caller's transaction; raises RejectedError."""
    _require_free(ctx, tx, client, kind, columns)
    require_rank(actor_role, columns.get("role", ""))
    account = tx.accounts.create(client.id, kind, columns)
    audit.record(
        ctx,
        client=client,
        actor=actor,
        action=f"{_NAME[kind]}.created",
        result="ok",
        detail={"login": account.login, "email": account.email, "role": account.role},
        tx=tx,
    )
    return account


def change(
    ctx: PlatformContext,
    client: Client,
    account: Account,
    values: Mapping[str, Any],
    *,
    actor: str,
    actor_role: str,
    session_key: str = "",
) -> Account:
    """Change some fields of a user or agent; a new password ends the account's other sessions.

    ``session_key`` is the session that acts. Raises RejectedError.
    """
    columns = _columns(ctx, account.kind, values)
    with ctx.store.write() as tx:
        _require_free(ctx, tx, client, account.kind, columns, except_id=account.id)
        require_rank(actor_role, account.role)
        require_rank(actor_role, columns.get("role", ""))
        changed = tx.accounts.change(account.id, columns)
        if "password_hash" in columns:
            tx.sessions.end_all_of_account(account.id, except_key=session_key)
        detail = {"login": account.login, "changes": _differences(account, changed)}
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action=f"{_NAME[account.kind]}.changed",
            result="ok",
            detail=detail,
            tx=tx,
        )
    return changed


def delete(ctx: PlatformContext, client: Client, account: Account, *, actor: str, actor_role: str) -> None:
    """Remove a user or agent and its sessions; raises RejectedError."""
    with ctx.store.write() as tx:
        require_rank(actor_role, account.role)
        tx.accounts.delete(account.id)
        detail = {"login": account.login, "email": account.email}
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action=f"{_NAME[account.kind]}.deleted",
            result="ok",
            detail=detail,
            tx=tx,
        )


def _columns(ctx: PlatformContext, kind: Surface, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the database columns for the given API fields."""
    problems: dict[str, str] = {}
    for field, value in values.items():
        problem = _CHECKS[field](kind, value)
        if problem:
            problems[field] = problem
    if problems:
        raise RejectedError(
            "invalid-account", "Nothing was saved: " + " ".join(problems.values()), fields=problems
        )
    columns = {field: value for field, value in values.items() if field != "password"}
    if "password" in values:
        columns["password_hash"] = hash_password(values["password"], ctx.settings.password_cost)
        columns.setdefault("password_expired", False)  # a new password counts from now on
    return columns


def _login_problem(kind: Surface, login: str) -> str:
    if kind is Surface.AGENT:
        if _AGENT_LOGIN.fullmatch(login):
            return ""
        return "A Logon ID has 1 to 20 letters, digits, “_” or “.”."
    if 0 < len(login) <= 100 and login.isprintable() and " " not in login:
        return ""
    return "A User Name has 1 to 100 characters without spaces."


def _password_problem(_: Surface, password: str) -> str:
    return "" if len(password) >= _MIN_PASSWORD else f"A password has at least {_MIN_PASSWORD} characters."


def _email_problem(kind: Surface, email: str) -> str:
    if not email or (kind is Surface.AGENT and email.startswith(("sip:", "sips:")) and email.isprintable()):
        return ""
    local, at, domain = email.rpartition("@")
    if local and at and domain and len(email) <= 254 and not any(letter.isspace() for letter in email):
        return "" if email.isprintable() else "The e-mail address has an invisible character in it."
    return f"“{email}” is not an e-mail address; expected name@domain without spaces."


def _role_problem(kind: Surface, role: str) -> str:
    if kind is Surface.AGENT:
        return "" if not role else "Agents have no role."
    return "" if role in ROLES else f"“{role}” is not a role; choose one of {', '.join(ROLES)}."


def _name_problem(_: Surface, name: str) -> str:
    fits = len(name) <= 100 and (not name or name.isprintable())
    return "" if fits else "A name has at most 100 characters, without line breaks."


def _anything(_: Surface, _value: object) -> str:
    return ""


_CHECKS: dict[str, Callable[[Surface, Any], str]] = {
    "login": _login_problem,
    "password": _password_problem,
    "email": _email_problem,
    "role": _role_problem,
    "first_name": _name_problem,
    "last_name": _name_problem,
    "active": _anything,
    "locked": _anything,
    "password_expired": _anything,
}


def _require_free(
    ctx: PlatformContext,
    tx: Transaction,
    client: Client,
    kind: Surface,
    columns: Mapping[str, Any],
    *,
    except_id: int = 0,
) -> None:
    """Refuse a login that exists, and an e-mail that another account of the same kind holds."""
    if "login" in columns:
        other = tx.accounts.by_login(client.id, kind, columns["login"])
        if other and other.id != except_id:
            raise RejectedError(
                "login-taken", f"There is already one {_NAME[kind]} “{other.login}”.", status=409
            )
    email = columns.get("email")
    if email and ctx.policy.duplicate_email == "refuse":
        for other in tx.accounts.with_email(client.id, email):
            if other.kind is kind and other.id != except_id:
                raise RejectedError(
                    "email-taken",
                    f"“{other.login}” has the e-mail address {email} already; single sign-on could not "
                    "tell the two apart.",
                    status=409,
                )


def require_rank(actor_role: str, role: str) -> None:
    """Refuse to touch a Sysadmin for whoever is none; raises RejectedError (403)."""
    if not may_touch(actor_role, role):
        raise RejectedError(
            "not-permitted", "Only a Sysadmin may create, change or remove a Sysadmin.", status=403
        )


def _differences(old: Account, new: Account) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {}
    for field in FIELDS:
        if field == "password":
            if old.password_hash != new.password_hash:
                changes[field] = {"old": "(hidden)", "new": "(hidden)"}
        elif getattr(old, field) != getattr(new, field):
            changes[field] = {"old": getattr(old, field), "new": getattr(new, field)}
    return changes
