"""What somebody else than the IdP publishes: a forger's keys, for messages that say where to fetch them.

They stand below the tenant's own address, and at `localhost` beside `127.0.0.1`, which is another origin.
Every fetch is in the journal: no platform has a reason to come here.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.faults.oidc.public_key import forgers_jwk
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

routes = Blueprint("forger", __name__, url_prefix="/t/<tenant>/forger")


def url(tenant: Tenant) -> str:
    """Below this address are the forger's documents, at another origin than the tenant where it has one."""
    return f"{tenant.base_url.replace('://127.0.0.1:', '://localhost:', 1)}/forger"


@routes.get("/keys")
def keys(tenant: str) -> ResponseReturnValue:
    """The forger's key, as a JWKS."""
    return jsonify({"keys": [forgers_jwk(_visited(tenant).keys.foreign)]})


@routes.get("/certificate")
def certificate(tenant: str) -> ResponseReturnValue:
    """The forger's certificate, in PEM (RFC 7515 section 4.1.5)."""
    pem = _visited(tenant).keys.foreign.token_certificate.pem
    return Response(pem, mimetype="application/x-pem-file")


@routes.get("/redirect")
def open_redirect(tenant: str) -> ResponseReturnValue:
    """An open redirect: whoever trusts the IdP's host alone ends at `to`."""
    _visited(tenant)
    return redirect(request.args.get("to", ""))


def _visited(name: str) -> Tenant:
    tenant = find_tenant(name)
    tenant.journal.record("forger.fetched", summary=f"Somebody fetched {request.path}, which is a forger's.")
    return tenant
