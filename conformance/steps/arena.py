"""An arena: one platform client wired to one tenant of the mock IdP, with the roster on both sides."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from conformance.catalogue.verbs import Idp, IdpApp
from conformance.idp_client import IdpClient, IdpTenant, OidcRegistration, SamlRegistration
from conformance.model import Account
from conformance.steps.canary import Canary
from conformance.steps.crowd import CROWD, at_idp
from conformance.targets.protocol import ServiceProvider, Target, TargetSession
from conformance.template import fill

_APP, _SECOND_APP = "livevox", "livevox-second"
_PEM_BODY = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


class Arena:
    """A place to play in; `set_up` says how far its configuration has gone."""

    def __init__(
        self,
        target: Target,
        idp: IdpClient,
        personality: str,
        protocol: str,
        roster: Sequence[Account],
        *,
        beside: Arena | None = None,
        signs: str = "",
    ) -> None:
        """Open a client and register it, at a tenant of its own or at the one of the arena `beside` it.

        `signs` is what the IdP signs in SAML: "assertion", "response" or "both"; empty: as the vendor does.
        """
        self.protocol = protocol
        self.personality = personality
        self.roster = tuple(roster)
        self._settings = dict(target.registration.get(personality, {}))
        self._signs = {"sign": signs} if signs else {}
        self._owns_tenant = beside is None
        self._app = _SECOND_APP if beside else _APP
        self._other_app = f"{self._app}-other-protocol"
        self.tenant: IdpTenant = beside.tenant if beside else idp.create_tenant(personality)
        self.canary: Canary | None = None
        """What no platform may be made to ask; the stage's."""
        self.second: Arena | None = None
        """Another client, in journeys that need two."""
        self.session: TargetSession = target.open(f"c-{personality}-{protocol}")
        with_agents = "agents" in target.capabilities
        self.session.add_accounts([one for one in self.roster if one.kind == "user" or with_agents])
        for account in self.roster:
            if account.id.startswith(CROWD):
                self.tenant.persona(account.id, at_idp(account))
        self.provider: ServiceProvider = self.session.info()
        self.values: Mapping[str, str] = {}
        self.saved: Mapping[str, str] = {}
        self.idp_logout = ""
        """Where a browser logs out at the IdP; empty for SAML, whose logout is a message."""
        self.saml: SamlRegistration | None = None
        """What the IdP shows of a SAML application beyond the values that are pasted."""
        self._ahead = timedelta(0)
        self.app("registered")

    @property
    def app_name(self) -> str:
        """The name of the platform's application at the IdP."""
        return self._app

    def set_up(self, start: str) -> None:
        """Bring a new arena to the state in which its case starts."""
        if start != "blank":
            self.save()
        if start in ("enabled", "fresh"):
            self.session.set_sso(True)

    def app(self, state: IdpApp) -> None:
        """Register the platform's app at the IdP: wholly, in part, or not at all."""
        if state == "missing":
            self.tenant.remove_app(self._app)
            return
        surfaces = {
            "agent-url-missing": ("user",),
            "user-url-missing": ("agent",),
        }.get(state, ("user", "agent"))
        assigned: object = [] if state == "nobody-assigned" else "everyone"
        if self.protocol == "saml":
            self._note(self._register_saml(surfaces, assigned))
        else:
            self._note(self._register_oidc(surfaces, assigned))

    def change_protocol(self, protocol: str) -> None:
        """Register the platform at the IdP for this protocol too, and save its values: the standard changes.

        The application of the protocol before stays registered.
        """
        if protocol != self.protocol:
            self.protocol = protocol
            self._app, self._other_app = self._other_app, self._app
            self.app("registered")
        self.save()

    def change_idp(self, change: Idp) -> None:
        """Set up the IdP differently. The platform keeps the values that it has until the next save."""
        if change.tenant:
            named = "{" in str(list(change.tenant.values()))
            self.tenant.change_settings(fill(change.tenant, self.names()) if named else change.tenant)
        if change.days is not None:
            self._idp_runs_ahead(change.days)
        for action in change.keys:
            self.tenant.roll_keys(action)
        self._note(
            self.tenant.change_app(self._app, {**fill(change.app, self.names()), **self._secret(change)})
        )

    def _secret(self, change: Idp) -> dict[str, str]:
        """Return the settings of the client secret that this change asks for."""
        settings = {"client_secret": secrets.token_urlsafe(30)} if change.new_secret else {}
        if change.secret_days is not None:
            ends = self._ahead + timedelta(days=change.secret_days)
            settings["secret_expires"] = (datetime.now(UTC) + ends).isoformat(timespec="seconds")
        return settings

    def _idp_runs_ahead(self, days: float) -> None:
        self._ahead = timedelta(days=days)
        self.tenant.run_ahead(round(self._ahead.total_seconds()))

    def go_to_day(self, day: int) -> None:
        """Let both clocks run ahead of the real time by so many days."""
        self._idp_runs_ahead(day)
        self.session.set_clock(round(self._ahead.total_seconds()))

    def go_ahead(self, hours: float) -> None:
        """Let both clocks run ahead of the real time by so many hours."""
        self._idp_runs_ahead(hours / 24)
        self.session.set_clock(round(self._ahead.total_seconds()))

    def admit_api_caller(self, redirect_uri: str) -> None:
        """Let programs get tokens for this application: both documented grants, and an own redirect URI."""
        urls = [self.provider.user_redirect, self.provider.agent_redirect, redirect_uri]
        grants = ["authorization_code", "refresh_token", "password"]
        self._note(self.tenant.change_app(self._app, {"redirect_uris": urls, "grant_types": grants}))

    def _note(self, made: SamlRegistration | OidcRegistration) -> None:
        """Remember what the IdP shows now, for the next save or import."""
        self.values = _pasted(made)
        self.saml = made if isinstance(made, SamlRegistration) else None
        self.idp_logout = made.end_session_endpoint if isinstance(made, OidcRegistration) else ""

    def link_logout(self) -> None:
        """Set up SAML single logout at both sides. Raises LookupError for another protocol."""
        if self.saml is None:
            raise LookupError("single logout is for SAML applications that are registered")
        address, certificate = self.session.single_logout(self.saml.slo_url)
        self._note(
            self.tenant.change_app(self._app, {"logout_url": address, "request_certificate": certificate})
        )

    def idp_address(self, source: str, query: str = "") -> str:
        """Return where a login begins at the IdP: `tile`, `test_button` or `sso_url`, with this query.

        Raises LookupError.
        """
        if self.saml is None:
            raise LookupError("only a SAML application that is registered has an address at the IdP")
        if source == "sso_url":
            return with_query(self.saml.sso_url, query)
        start = self.saml.start_url + ("?test=1" if source == "test_button" else "")
        return with_query(start, query)

    def _register_saml(self, surfaces: Sequence[str], assigned: object) -> SamlRegistration:
        urls = {"user": self.provider.user_acs, "agent": self.provider.agent_acs}
        return self.tenant.register_saml(
            self._app,
            acs_urls=_present(urls, surfaces),
            audience=self.provider.audience,
            assigned=assigned,
            settings={**self._settings.get("saml", {}), **self._signs},
        )

    def _register_oidc(self, surfaces: Sequence[str], assigned: object) -> OidcRegistration:
        urls = {"user": self.provider.user_redirect, "agent": self.provider.agent_redirect}
        return self.tenant.register_oidc(
            self._app,
            redirect_uris=_present(urls, surfaces),
            assigned=assigned,
            settings=self._settings.get("oidc", {}),
        )

    def save(
        self, omit: Sequence[str] = (), changes: Mapping[str, str] | None = None, keep: Sequence[str] = ()
    ) -> None:
        """Save the IdP's values at the platform, without `omit`, with `changes`, and with the former values
        of `keep`. Raises KeyError on a name that this protocol does not have."""
        unknown = {*omit, *keep, *(changes or {})} - set(self.values)
        if unknown:
            raise KeyError(
                f"{self.protocol} has no {', '.join(sorted(unknown))}; it has {', '.join(self.values)}"
            )
        blanks = dict.fromkeys(omit, "")
        former = {name: self.saved.get(name, "") for name in keep}
        self.saved = {**self.values, **former, **blanks, **fill(dict(changes or {}), self.names())}
        link = self.saml.metadata_url if self.saml else ""
        self.session.configure_sso(self.protocol, {**self.saved, "idp_metadata_url": link})

    def import_metadata(self, url: str = "") -> str:
        """Let the platform read and save the IdP's metadata, from `url` or the application's own link.

        Returns "", or the platform's sentence about metadata that it does not take.
        """
        if self.saml is None:
            raise LookupError(f"{self.protocol} has no metadata to import; `import_metadata` is for SAML")
        return self.session.import_metadata(url or self.saml.metadata_url)

    def account(self, person: str) -> Account:
        """Return the account of this person at the platform."""
        return next(account for account in self.roster if account.id == person)

    def endpoint(self, surface: str) -> str:
        """Return the ACS or redirect URI of this surface."""
        told = self.provider
        if self.protocol == "saml":
            return told.agent_acs if surface == "agent" else told.user_acs
        return told.agent_redirect if surface == "agent" else told.user_redirect

    def names(self) -> dict[str, str]:
        """Return what `{names}` in a scenario's fault stand for."""
        emails = {account.id: account.email for account in self.roster}
        people = {f"{person}.email": email for person, email in emails.items()}
        shown = {f"idp.{name}": value for name, value in self.values.items()}
        names = {
            **people,
            **shown,
            **_certificate_forms(self.values.get("certificate_x509", "")),
            **(self.canary.names(emails) if self.canary else {}),
            "idp.base_url": self.tenant.base_url,
            "idp.tenant": self.tenant.name,
            "idp.metadata_url": self.saml.metadata_url if self.saml else "",
            "user_endpoint": self.endpoint("user"),
            "agent_endpoint": self.endpoint("agent"),
            "audience": self.provider.audience,
            "encryption_certificate": self.provider.encryption_certificate,
            "tenantid": "{tenantid}",  # Entra's own placeholder stands for itself
            "client_id": self.values.get("authorization_id", ""),
        }
        second = self.second.names() if self.second else {}
        return {**names, **{f"second.{name}": value for name, value in second.items()}}

    def close(self) -> None:
        """Remove what was made on both sides."""
        if self._owns_tenant:
            self.tenant.delete()
        self.session.close()


def _present(urls: Mapping[str, str], surfaces: Sequence[str]) -> list[str]:
    """The addresses of these surfaces that the platform has."""
    return [urls[surface] for surface in surfaces if urls[surface]]


def with_query(url: str, query: str) -> str:
    """Return the address with one more part of its query; "" adds none."""
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _certificate_forms(pem: str) -> dict[str, str]:
    """The IdP's certificate as people paste it: without its lines, with line ends of Windows, with spaces."""
    found = _PEM_BODY.search(pem)
    return {
        "idp.certificate_line": found[1].split()[0] if found else "",
        "idp.certificate_base64": "".join(found[1].split()) if found else "",
        "idp.certificate_crlf": pem.replace("\n", "\r\n"),
        "idp.certificate_spaced": f"  \n{pem.replace(chr(10), ' ' + chr(10) + '  ')}\n ",
    }


def _pasted(made: SamlRegistration | OidcRegistration) -> Mapping[str, str]:
    """What an admin copies from the IdP to the Security tab, by the names that the platform's fields have."""
    if isinstance(made, SamlRegistration):
        return {
            "single_sign_on_url": made.sso_url,
            "issuer_url": made.issuer,
            "certificate_x509": made.certificate,
        }
    return {
        "authorization_id": made.client_id,
        "authorization_secret": made.client_secret,
        "issuer": made.issuer,
        "authorization_endpoint": made.authorization_endpoint,
        "token_endpoint": made.token_endpoint,
        "jwks_uri": made.jwks_uri,
        "discovery_url": made.discovery_url,
    }
