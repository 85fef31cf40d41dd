"""The shape of a target file, checked when it is read: unknown keys are refused, with the nearest name."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestStep(_Strict):
    """One HTTP request: verbs are lists of these. `save` keeps values of the JSON answer as variables."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: Any = Field(default=None, alias="json")
    form: dict[str, str] | None = None
    accept: list[int] = Field(default_factory=lambda: [200, 201, 202, 204])
    """Statuses that mean that the platform did it. Others are an adapter error."""
    save: dict[str, str] = Field(default_factory=dict)


class Process(_Strict):
    """A platform that is one process an arena: a login app, started with the IdP's values."""

    command: str
    """As in a shell, without its operators; `{port}` is free, `{emails_file}` a JSON list of the accounts."""
    arguments: dict[Literal["saml", "oidc"], list[str]]
    """What follows the command, filled with the values of `configure_sso` and `{idp_metadata_url}`."""
    ready: str = "ready"
    """How the line of its standard output begins that says that it listens."""
    limit_seconds: float = 30.0


class Together(_Strict):
    """How everybody is made with few requests: `user` and `agent` are the shape of one account, and `steps`
    have the lists of them as `{users}` and `{agents}`."""

    user: Any
    agent: Any
    steps: list[RequestStep]


class Provision(_Strict):
    """How a platform client and its accounts are made; an empty `client` means that it exists already."""

    client: list[RequestStep] = Field(default_factory=list)
    user: list[RequestStep] = Field(default_factory=list)
    agent: list[RequestStep] = Field(default_factory=list)
    together: Together | None = None
    """Used instead of `user` and `agent` where there are several people."""
    remove: list[RequestStep] = Field(default_factory=list)


class Switch(_Strict):
    """How the Enable Single Sign On switch is turned."""

    on: list[RequestStep]
    off: list[RequestStep]


class ReadConfig(_Strict):
    """How the saved configuration is read, and which of its values identify it."""

    steps: list[RequestStep]
    revision: str
    fields: dict[str, str]


class ImportRefusal(_Strict):
    """How the platform says that it does not take metadata."""

    statuses: list[int]
    sentence: str
    """Where in the JSON answer the reason stands."""


class WhoAmI(_Strict):
    """How the platform says who is logged in: the oracle."""

    url: str
    sessions: list[str] = Field(default_factory=list)
    """Paths in the answer at which an account, or nothing, stands; without any the answer is the account."""
    kind: str = ""
    """Empty: everybody is a user."""
    login: str = ""
    """Empty: the platform tells the e-mail alone, and the account is the one that has it."""
    email: str = ""
    nobody: list[int] = Field(default_factory=lambda: [401])

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.login or self.email):
            raise ValueError("say where the account stands: `login`, or `email`")
        return self


class RefusalPage(_Strict):
    """How a refusal page is recognised: a CSS selector, and the attribute that holds its code."""

    selector: str
    code_attribute: str = ""


class Surface(_Strict):
    """What differs between the users' and the agents' way in."""

    login_url: str
    deep_link_url: str = ""
    """The login address with a wish where to land, `{wish|url}`."""
    protected_url: str = ""
    """A page behind the login, other than the one on which a login lands by itself."""
    log_out_url: str = ""
    log_out_button: str = ""
    log_out_post: str = ""
    """Where there is no page with a button: an address to which the browser posts to log out."""
    log_out_wish: str = ""
    """An address to which the browser posts to log out with a wish where to land, `{wish|url}`."""


class SingleLogout(_Strict):
    """What single logout needs of the platform: its address and certificate (names as in `info`), and how the
    IdP's address, `{idp_logout_url}`, is saved."""

    address: str
    certificate: str
    save: list[RequestStep]


class BrowserForm(_Strict):
    """A form of the platform, as somebody else's page would submit it, or as its own page does."""

    url: str
    fields: dict[str, str] = Field(default_factory=dict)
    token_page: str = ""
    """The page of the platform on which the form's security token stands; empty when there is none."""
    token_field: str = ""


class Entrance(_Strict):
    """Another place where a login begins: requests of an admin that prepare it, and the address to open.

    `{surface}` is `user` or `agent`.
    """

    prepare: list[RequestStep] = Field(default_factory=list)
    url: str


class Told(_Strict):
    """Where a field of an answer stands: at a path of its JSON, at a CSS selector, or in a header.

    Of an element it is the text, or the `attribute`; with `every`, the list of all elements that match.
    """

    json_path: str = Field("", alias="json")
    css: str = ""
    attribute: str = ""
    every: bool = False
    header: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.json_path, self.css, self.header))) != 1:
            raise ValueError("say where the field stands: one of `json`, `css` and `header`")
        return self


class Question(_Strict):
    """Something that can be asked of the platform: facts of its screens and of its API.

    `requests` are sent outside a browser, with the variables of the file, and the last one's answer counts,
    whatever its status. `open` is a page and `send` a name of `forms`, both in a person's browser.
    """

    requests: list[RequestStep] = Field(default_factory=list)
    open: str = ""
    send: str = ""
    yields: dict[str, Told] = Field(default_factory=dict)
    """Fields of the answer by name; `status` is always there."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.requests, self.open, self.send))) != 1:
            raise ValueError("say how it is asked: one of `requests`, `open` and `send`")
        return self


class Api(_Strict):
    """The platform's public API: how programs log in, and whose session they have then."""

    key: str
    """The variable that holds the client's API token."""
    password: RequestStep
    """Filled with `{login}`, `{password}`, `{api_key}` and `{is_agent}`."""
    token: RequestStep
    """Filled with `{id_token}`, `{api_key}` and `{is_agent}`."""
    session: str
    """Where in the answer the session's id stands."""
    code: str
    """Where in a refusal its code stands, and below where its sentence does."""
    sentence: str
    whoami: RequestStep
    """Filled with `{api_session}`."""
    kind: str
    login: str
    email: str = ""
    nobody: list[int] = Field(default_factory=lambda: [401])


class IdpAddress(_Strict):
    """How the mock IdP listens for this platform, which may be set up before the run.

    With a fixed `port` its addresses are known beforehand, and with `ca_dir` (or `tls`) they are https; the
    platform then trusts `ca.pem` of that folder.
    """

    tls: bool = False
    port: int = Field(default=0, ge=0, le=65535)
    ca_dir: str = ""


class TargetFile(_Strict):
    """A platform under test, as data."""

    name: str
    title: str
    launch: str = ""
    """Name of a program that the suite starts itself; empty for a platform that runs already."""
    base_url: str
    arena: Literal["fresh", "shared", "process"] = "shared"
    process: Process | None = None
    """With `arena: process`: how the login app is started."""
    idp: IdpAddress = Field(default_factory=IdpAddress)
    allow_destructive: bool = False
    capabilities: list[str] = Field(default_factory=list)
    variables: dict[str, str] = Field(default_factory=dict)
    ping: RequestStep | None = None
    """A request that shows that the platform is there; needed unless `arena` is `process`."""
    surfaces: dict[Literal["user", "agent"], Surface]
    password_form: dict[str, str] = Field(default_factory=dict)
    whoami: WhoAmI
    refusal: RefusalPage | None = None
    registration: dict[str, dict[Literal["saml", "oidc"], dict[str, Any]]] = Field(default_factory=dict)
    """What the IdP's administrator must set for this platform beyond its addresses.

    Settings of the application, by personality and protocol.
    """
    provider: dict[str, str] = Field(default_factory=dict)
    """What See Instructions shows, where it is known beforehand: `user_acs`, `audience`, ..."""
    info: list[RequestStep] = Field(default_factory=list)
    provision: Provision = Field(default_factory=Provision)
    configure_sso: dict[Literal["saml", "oidc"], list[RequestStep]] = Field(default_factory=dict)
    import_metadata: list[RequestStep] = Field(default_factory=list)
    """Reads SAML metadata at `{metadata_url}` and saves what it found."""
    import_metadata_text: list[RequestStep] = Field(default_factory=list)
    """Reads SAML metadata out of `{metadata}`, which somebody pasted, and saves what it found."""
    import_refusal: ImportRefusal | None = None
    set_clock: list[RequestStep] = Field(default_factory=list)
    """Lets the platform's clock run ahead of the real time by `{ahead_seconds}`, where that is possible."""
    metadata_mode: dict[Literal["import_once", "refresh"], list[RequestStep]] = Field(default_factory=dict)
    """How the platform may keep SAML metadata, and how each is chosen; an empty list where it just is so."""
    read_config: ReadConfig | None = None
    restore: list[RequestStep] = Field(default_factory=list)
    set_sso: Switch | None = None
    single_logout: SingleLogout | None = None
    api: Api | None = None
    recover: list[RequestStep] = Field(default_factory=list)
    reset: list[RequestStep] = Field(default_factory=list)
    acts: dict[str, list[RequestStep]] = Field(default_factory=dict)
    """Further things that admins and others try, by the names that scenarios use.

    An empty list stands for what is so already.
    """
    forms: dict[str, BrowserForm] = Field(default_factory=dict)
    entrances: dict[str, Entrance] = Field(default_factory=dict)
    """Where logins begin besides the login URLs (`login: {through: NAME}`), by the names of scenarios."""
    questions: dict[str, Question] = Field(default_factory=dict)
    """What scenarios may ask (`ask`), by the names that they use."""

    @model_validator(mode="after")
    def _arena_is_reachable(self) -> Self:
        if (self.process is not None) != (self.arena == "process"):
            raise ValueError("`arena: process` and `process` belong together")
        if self.ping is None and self.process is None:
            raise ValueError("`ping` is missing: a request that shows that the platform is there")
        return self

    @model_validator(mode="after")
    def _forms_exist(self) -> Self:
        for name, question in self.questions.items():
            if question.send and question.send not in self.forms:
                raise ValueError(
                    f"question `{name}` sends the form `{question.send}`, which is not in `forms`"
                )
        return self
