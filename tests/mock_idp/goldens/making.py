"""Makes each golden's message with our own names and keys, and says which capture it follows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mock_idp.apps import SamlApp
from mock_idp.personalities import find_personality
from mock_idp.personalities.oidc_base import Endpoint
from mock_idp.saml_app import Encryption
from mock_idp.shape.decrypting import new_recipient
from mock_idp.shape.oidc_scene import Login, fetched
from mock_idp.shape.reading import read
from mock_idp.shape.saml_scene import ACS, AUDIENCE, start_url
from mock_idp.shape.world import World, posted

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Golden:
    """One file: its name begins with the personality, and `capture` is what its message follows."""

    name: str
    capture: str
    make: Callable[[World], bytes]

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return FOLDER / f"{self.name}.shape"

    def text(self) -> str:
        """The file's whole text, made anew."""
        personality = find_personality(self.name.partition("-")[0])
        assert personality is not None, self.name
        world = World(personality, {}, {})
        data = self.make(world)
        return f"# follows the capture {self.capture}\n{read(data, world.bases).shape.text()}"


def saml_app(world: World) -> SamlApp:
    app = SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone")
    world.register(app)
    return app


def saml_response(world: World) -> bytes:
    page = world.visit(start_url(world, saml_app(world), "id-of-the-request"))
    return base64.b64decode(posted(page)["SAMLResponse"])


def saml_metadata(world: World) -> bytes:
    endpoints = world.tenant.personality.saml.endpoints(world.tenant.place, saml_app(world).name)
    return fetched(world, endpoints.metadata_url).get_data()


def document(server: str, endpoint: Endpoint) -> Callable[[World], bytes]:
    return lambda world: fetched(world, login(world, server).url(endpoint)).get_data()


def login(world: World, server: str) -> Login:
    return Login(world, world.tenant.personality.oidc.server(server))


def token_response(server: str) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        found = login(world, server)
        found.register({})
        answer = found.authorize(scope="openid profile email offline_access", nonce="the-nonce")
        return found.redeem(answer).get_data()

    return make


def id_token(server: str) -> Callable[[World], bytes]:
    return lambda world: str(json.loads(token_response(server)(world))["id_token"]).encode()


def access_token(server: str) -> Callable[[World], bytes]:
    return lambda world: str(json.loads(token_response(server)(world))["access_token"]).encode()


def userinfo(server: str) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        headers = {"Authorization": f"Bearer {access_token(server)(world).decode()}"}
        url = login(world, server).url(Endpoint.USERINFO)
        return world.back_channel.get(url, headers=headers).get_data()

    return make


def token_headers(server: str) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        found = login(world, server)
        found.register({})
        answer = found.redeem(found.authorize(scope="openid"))
        return "\n".join(f"{name}: {value}" for name, value in answer.headers).encode()

    return make


def wrong_secret(server: str) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        found = login(world, server)
        found.register({})
        answer = found.redeem(found.authorize(scope="openid"), client_secret="another")
        return answer.get_data()

    return make


def declined(server: str) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        world.tenant.settings = world.tenant.settings.changed({"consent": "declined"})
        found = login(world, server)
        found.register({})
        return found.authorize(scope="openid").headers["Location"].encode()

    return make


def not_assigned(world: World) -> bytes:
    found = login(world, "org")
    found.register({"assigned": ()})
    return found.authorize(scope="openid").headers["Location"].encode()


def unregistered_uri(server: str) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        found = login(world, server)
        found.register({})
        return found.authorize(scope="openid", redirect_uri="http://localhost:9/other").get_data()

    return make


def encrypted_response(world: World) -> bytes:
    encrypt = Encryption(new_recipient().certificate)
    app = SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone", encrypt=encrypt)
    world.register(app)
    page = world.visit(start_url(world, app, "id-of-the-request"))
    return base64.b64decode(posted(page)["SAMLResponse"])


GOLDENS = (
    Golden("okta-saml-response-encrypted", "okta-saml-response-4", encrypted_response),
    Golden(
        "okta-access-token", "okta-token-response-1, with auth_time as since 2022", access_token("default")
    ),
    Golden("okta-userinfo", "okta-userinfo-1", userinfo("default")),
    Golden("okta-token-headers", "okta-http-1", token_headers("default")),
    Golden("okta-error", "okta-error-10; its text is unconfirmed", wrong_secret("default")),
    Golden("okta-error-redirect", "okta-error-8", not_assigned),
    Golden("okta-error-page", "okta-error-9", unregistered_uri("default")),
    Golden("entra-saml-response-encrypted", "none (unconfirmed)", encrypted_response),
    Golden("entra-access-token", "entra-idtoken-claims-6", access_token("v2.0")),
    Golden("entra-token-headers", "entra-token-response-1.headers and entra-error-1", token_headers("v2.0")),
    Golden("entra-error", "entra-error-1, with blanks as in entra-error-10", wrong_secret("v2.0")),
    Golden("entra-error-redirect", "entra-error-5, with blanks as in entra-error-10", declined("v2.0")),
    Golden("okta-saml-response", "okta-saml-response-4 and its decrypted assertion", saml_response),
    Golden("okta-saml-metadata", "okta-saml-metadata-2", saml_metadata),
    Golden("okta-discovery-org", "okta-oidc-discovery-1", document("org", Endpoint.DISCOVERY)),
    Golden("okta-discovery-custom", "okta-oidc-discovery-2", document("default", Endpoint.DISCOVERY)),
    Golden("okta-jwks", "okta-jwks-1", document("default", Endpoint.KEYS)),
    Golden("okta-id-token", "okta-idtoken-claims-5", id_token("default")),
    Golden("okta-token-response", "okta-token-response-3", token_response("default")),
    Golden("entra-saml-response", "entra-saml-response-3", saml_response),
    Golden("entra-saml-metadata", "entra-saml-metadata-3", saml_metadata),
    Golden("entra-discovery-v1", "entra-oidc-discovery-1", document("v1.0", Endpoint.DISCOVERY)),
    Golden("entra-discovery-v2", "entra-oidc-discovery-2", document("v2.0", Endpoint.DISCOVERY)),
    Golden("entra-jwks", "entra-jwks-2", document("v2.0", Endpoint.KEYS)),
    Golden("entra-id-token-v1", "entra-idtoken-claims-1", id_token("v1.0")),
    Golden("entra-id-token-v2", "entra-idtoken-claims-9", id_token("v2.0")),
    Golden("entra-token-response", "entra-token-response-1", token_response("v2.0")),
)
