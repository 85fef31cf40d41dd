"""The closed set of verbs that journeys are written in, as types. `steps` carries them out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter

from conformance.catalogue.answer_verbs import (
    Deliver,
    DeliverElsewhere,
    EarlierCookies,
    HoldLogin,
    LoginAtIdp,
    Replay,
)
from conformance.catalogue.api_verbs import ApiLogin, ApiSession
from conformance.catalogue.ask import Ask, Verb
from conformance.catalogue.flow_verbs import BACK_CHANNEL_LOGOUT, FLOW_VERBS
from conformance.catalogue.rehearsal import Rehearsal
from conformance.model import Expected, Place

Who = Literal["all", "none", "users", "agents"] | list[str]
"""A part of the roster: everybody, nobody, one kind, or persons by id."""


class Asks(Verb):
    """What the platform's request asks for in place of what it wrote, as another program would ask.

    SAML takes the named parts of an AuthnRequest, OpenID Connect `parameters`; null takes one away.
    """

    authn_contexts: list[str] = Field(default_factory=list)
    name_id_format: str = ""
    parameters: dict[str, str | None] = Field(default_factory=dict)


class Login(Verb):
    """Log in by single sign-on in a fresh browser, and be judged by who is logged in afterwards."""

    who: str = Field(alias="as")
    surface: Literal["user", "agent", ""] = ""
    through: str = ""
    """Another place to begin than the login URL: a name of the target file's `entrances`."""
    expect: Expected
    place: Place | None = None
    says: list[str] = Field(default_factory=list)
    """What the refusal must name: codes, or words of its page."""
    hides: list[str] = Field(default_factory=list)
    """Words that the page of a refusal must not show."""
    asks: Asks | None = None
    consents: bool = True
    """Whether the person accepts at the IdP's page of consent, if it shows one."""
    fault: dict[str, Any] | None = None
    """A lie of the IdP in this login alone; it must have fired."""
    fault_stays: bool = False
    """The IdP lies so each time that the browser comes back to it, and not in the first answer alone."""
    browser: Literal["fresh", "same", "same_other_person"] = "fresh"
    """`same` is the last login's, with its cookies at the platform and at the IdP; `same_other_person` has
    only those of the platform, because somebody else signs in at the IdP."""
    inert: list[str] = Field(default_factory=list)
    """Words that no script, event handler, script address or title of the last page may hold: what a message
    brought must not run."""
    shorter_than: int = 0
    """So many characters the text of the last page must not reach; 0: not counted."""
    round_trips: int = 0
    """How often the browser may come to the IdP by itself at most; 0: not counted."""
    account: str = ""
    """Whose account must open, where it is not the person's own."""
    beside: str = ""
    """Whose session of the other kind must be open in this browser too."""
    title: str = ""


class LogOutAtIdp(Verb):
    """The last login's browser opens the IdP's logout address (OpenID Connect), with no parameter at all."""

    expect: Literal["ended", "refused"]
    says: list[str] = Field(default_factory=list)
    """What the IdP's page must name."""
    title: str = ""


class SingleLogout(Verb):
    """Log in, log out by SAML single logout, and see what the platform makes of the IdP's message.

    From the `platform` the session there is over in any case, and `expect` says whether the IdP's
    LogoutResponse is accepted. From the `idp`, at its own sign-out page `at` (a path below the tenant's
    address), `expect` says whether the IdP's LogoutRequest ends the platform's session. `fault` makes that
    message wrong.
    """

    who: str = Field(alias="as")
    source: Literal["platform", "idp"] = Field(alias="from")
    at: str = ""
    fault: dict[str, Any] | None = None
    expect: Literal["accepted", "refused", "either"]
    """In any case the browser must stay at platform and IdP, and the platform must not crash."""
    says: list[str] = Field(default_factory=list)
    """What the page that refuses the message must name: codes, or words."""
    title: str = ""


class PasswordLogin(Verb):
    """Log in with the platform's own password form in a fresh browser."""

    who: str = Field(alias="as")
    expect: Expected
    title: str = ""


class Meter(Verb):
    """The lock-out meter: try everybody of the roster, by password, by single sign-on and at the API.

    The API's column (login by password) is tried where `api` says who gets in.
    """

    title: str
    password: Who
    sso: Who
    api: Who | None = None
    """Who gets in at the public API: by password, or by ID token where the client uses OpenID Connect."""
    place: Place | None = None
    """Where single sign-on must fail for those who do not get in."""


class Directory(Verb):
    """Change a person in the IdP's directory: only what is given; `email: null` takes the address away."""

    model_config = ConfigDict(extra="allow", frozen=True)

    who: str

    @property
    def changes(self) -> dict[str, Any]:
        """What the directory is told: settings of a persona by name."""
        return dict(self.model_extra or {})


class Idp(Verb):
    """Set up the IdP differently, as its administrators may: nothing here makes it wrong.

    `tenant` and `app` (the platform's own application) are settings by name, `keys` are steps of a rollover,
    and `days` is how far the IdP's clock then runs ahead of the real time. `new_secret` makes a new client
    secret, and `secret_days` says after how many days by the IdP's clock the client secret ends.
    """

    tenant: dict[str, Any] = Field(default_factory=dict)
    app: dict[str, Any] = Field(default_factory=dict)
    keys: list[Literal["publish_next", "activate_next", "retire_previous"]] = Field(default_factory=list)
    days: float | None = None
    new_secret: bool = False
    secret_days: int | None = None


class Save(Verb):
    """Press Save on the Security tab with the right values, except these."""

    omit: list[str] = Field(default_factory=list)
    keep: list[str] = Field(default_factory=list)
    """Fields that stay as they were saved before."""
    values: dict[str, str] = Field(default_factory=dict, alias="set")


class ImportMetadata(Verb):
    """Let the platform read the IdP's SAML metadata by its link (the green arrow), and save what it found.

    `url` is another address than the application's own metadata link, and `document` a spoilt copy of that
    metadata by name (`conformance.steps.metadata_site`). Metadata that is refused is not saved.
    """

    url: str = ""
    document: str = ""
    by: Literal["link", "text"] = "link"
    """`text`: an admin pastes the document, or chooses a file that holds it."""
    expect: Literal["read", "refused"] = "read"
    says: list[str] = Field(default_factory=list)
    """What the platform's sentence about metadata that it cannot read must name."""
    title: str = ""


class Logout(Verb):
    """Log in by single sign-on, log out: the session is gone, and the old cookies do not bring it back.

    With a `wish` where to land afterwards the browser must stay on the platform.
    """

    who: str = Field(alias="as")
    wish: str = ""
    ends_at: Literal["", "platform", "idp"] = ""
    """Whose page the browser must end on; at the IdP it is one that refuses. Empty: not asked."""
    says: list[str] = Field(default_factory=list)
    """What that page must name."""


class StillIn(Verb):
    """See whether the last login's session is open now; nothing is sent but the question who is logged in.

    `reopened` closes the browser and opens it again before: cookies without an end of their own are gone.
    """

    expect: Expected
    browser: Literal["open", "reopened"] = "open"
    title: str = ""


class Clock(Verb):
    """Let the clocks of IdP and platform run ahead of the real time by so many hours in all."""

    hours: float = Field(ge=0)


class OpenForm(Verb):
    """Open the password form in a browser and leave it open."""

    who: str = Field(alias="as")


class SubmitForm(Verb):
    """Fill in and submit the form that was opened before, and be judged."""

    who: str = Field(alias="as")
    expect: Expected
    title: str = ""


class Act(Verb):
    """Carry out a named act of the target file; what it led to is judged by the steps behind it."""

    name: str
    who: str = Field("", alias="as")
    given: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Values for the act's requests, by the names that the target file gives them."""


class FormPost(Verb):
    """A signed-in person's browser submits a form: from the platform's own page, or from somebody else's."""

    who: str = Field(alias="as")
    form: str
    source: Literal["own", "elsewhere"] = Field(alias="from")


class DeepLink(Verb):
    """Log in with a wish where to land, and see whether the browser stays on the platform.

    Without a wish the person opens the target's `protected_url` and must land on it after the login. With a
    `fault`, a lie of the IdP in this login, it is enough that nobody crashes and the browser stays.
    """

    who: str = Field(alias="as")
    wish: str = ""
    fragment: str = ""
    """What stands behind the `#` of the page that is opened."""
    fault: dict[str, Any] | None = None
    inert: list[str] = Field(default_factory=list)
    """As in `login`."""


class Neighbour(Verb):
    """Log in at another client of the platform, which is completely set up with an IdP tenant of its own."""

    who: str = Field(alias="as")
    expect: Expected = Expected.ADMITTED
    title: str = ""


IdpApp = Literal["registered", "missing", "agent-url-missing", "user-url-missing", "nobody-assigned"]
Switch = Literal["on", "off"]


def _complete(value: object) -> object:
    return {} if value == "complete" else value


def _link(value: object) -> object:
    return {} if value == "link" else value


VERBS: dict[str, TypeAdapter[object]] = {
    **FLOW_VERBS,
    "login": TypeAdapter(Login),
    "login_at_idp": TypeAdapter(LoginAtIdp),
    "log_out_at_idp": TypeAdapter(LogOutAtIdp),
    "link_logout": TypeAdapter(Literal["both_sides"]),
    "single_logout": TypeAdapter(SingleLogout),
    "password_login": TypeAdapter(PasswordLogin),
    "meter": TypeAdapter(Meter),
    "directory": TypeAdapter(Directory),
    "idp": TypeAdapter(Idp),
    "save": TypeAdapter(Annotated[Save, BeforeValidator(_complete)]),
    "import_metadata": TypeAdapter(Annotated[ImportMetadata, BeforeValidator(_link)]),
    "switch": TypeAdapter(Switch),
    "customer_care": TypeAdapter(Literal["disable-sso"]),
    "idp_app": TypeAdapter(IdpApp),
    "protocol": TypeAdapter(Literal["saml", "oidc"]),
    "neighbour": TypeAdapter(Neighbour),
    "remember_config": TypeAdapter(str),
    "config_is": TypeAdapter(str),
    "restore": TypeAdapter(str),
    "hold_login": TypeAdapter(HoldLogin),
    "deliver": TypeAdapter(Deliver),
    "deliver_elsewhere": TypeAdapter(DeliverElsewhere),
    "replay": TypeAdapter(Replay),
    "earlier_cookies": TypeAdapter(EarlierCookies),
    "logout": TypeAdapter(Logout),
    "still_in": TypeAdapter(StillIn),
    "api_login": TypeAdapter(ApiLogin),
    "api_session": TypeAdapter(ApiSession),
    "clock": TypeAdapter(Clock),
    "second": TypeAdapter(list[dict[str, Any]]),
    "open_form": TypeAdapter(OpenForm),
    "submit_form": TypeAdapter(SubmitForm),
    "act": TypeAdapter(Act),
    "form_post": TypeAdapter(FormPost),
    "deep_link": TypeAdapter(DeepLink),
    "rehearsal": TypeAdapter(Rehearsal),
    "ask": TypeAdapter(Ask),
}
"""Every verb and the shape of its argument."""

STATE_VERBS = frozenset(
    {
        "link_logout",
        "act",
        "clock",
        "directory",
        "idp",
        "save",
        "import_metadata",
        "switch",
        "idp_app",
        "protocol",
        "customer_care",
    }
)
"""Verbs that only change state: these may stand under `given`."""

SAML_VERBS = frozenset({"login_at_idp", "import_metadata", "link_logout", "single_logout"})
"""Verbs of SAML cases."""

DESTRUCTIVE_VERBS = frozenset({"link_logout", *STATE_VERBS, "form_post", "restore", "rehearsal"}) - {
    "directory",
    "idp",
    "idp_app",
}
"""Verbs that can lock people out of the platform."""

NEEDS: dict[str, str] = {
    "back_channel_logout": f"ask.{BACK_CHANNEL_LOGOUT}",
    "link_logout": "single_logout",
    "single_logout": "log_out",
    "password_login": "password_login",
    "meter": "password_login",
    "form_post": "password_login",
    "deep_link": "deep_link",
    "neighbour": "fresh_arena",
    "open_form": "password_login",
    "switch": "set_sso",
    "import_metadata": "import_metadata",
    "customer_care": "recover",
    "remember_config": "read_config",
    "config_is": "read_config",
    "restore": "restore",
    "replay": "log_out",
    "logout": "log_out",
    "rehearsal": "set_clock",
    "api_login": "api",
    "api_session": "api",
    "clock": "set_clock",
    "second": "two_clients",
}
"""The capability of the target that a verb needs."""
