"""The target adapter that is driven by a YAML file: the stub and a real platform go through the same one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from conformance.agents.protocol import Page, UserAgent
from conformance.agents.sites import origin
from conformance.model import Account, Identity
from conformance.targets.capabilities import ENCRYPTION, capabilities_of
from conformance.targets.http import TargetHttp
from conformance.targets.protocol import (
    Answer,
    ApiAnswer,
    MissingCapabilityError,
    Refusal,
    ServiceProvider,
    TargetError,
)
from conformance.targets.questions import read_answer, read_page
from conformance.targets.requests import asked, perform
from conformance.targets.schema import Api, BrowserForm, Question, RequestStep, TargetFile
from conformance.template import fill, pick
from conformance.wire import Answer as HttpAnswer


class DeclarativeTarget:
    """A platform described by a target file."""

    def __init__(self, spec: TargetFile, variables: Mapping[str, str]) -> None:
        self.spec = spec
        self.allow_destructive = spec.allow_destructive
        self.variables = {**variables, **{k: fill(v, variables) for k, v in spec.variables.items()}}
        self.name = str(fill(spec.name, self.variables))
        self.title = str(fill(spec.title, self.variables))
        self.base_url = "" if spec.arena == "process" else str(fill(spec.base_url, self.variables))
        self.variables["base_url"] = self.base_url
        self.capabilities = frozenset(spec.capabilities) | capabilities_of(spec)
        self.registration: Mapping[str, Mapping[Any, Mapping[str, Any]]] = spec.registration
        self.http = TargetHttp()

    def ping(self) -> str:
        """Reach the platform; raises TargetError."""
        assert self.spec.ping is not None  # the schema has looked
        perform(self.http, [self.spec.ping], dict(self.variables), f"target {self.name}, ping")
        return f"{self.title} at {self.base_url}"

    def open(self, label: str) -> DeclarativeSession:
        """Make a platform client of its own, or reset the shared one."""
        return DeclarativeSession(self, label)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


class DeclarativeSession:
    """One platform client under test; its variables hold the admin's open session."""

    def __init__(self, target: DeclarativeTarget, label: str) -> None:
        self._target = target
        self._spec = target.spec
        self.variables: dict[str, Any] = dict(target.variables)
        self.accounts: list[Account] = []
        """Everybody whom this platform client knows."""
        if self._spec.arena == "fresh":
            self.variables["client"] = f"{label}-{uuid.uuid4().hex[:6]}"
        self.name = str(self.variables.get("client", target.name))
        self._run("provision.client", self._spec.provision.client, needed=False)
        self._run("reset", self._spec.reset, needed=False)

    def _run(
        self,
        verb: str,
        steps: Sequence[RequestStep],
        arguments: Mapping[str, Any] | None = None,
        *,
        needed: bool = True,
        refused: Sequence[int] = (),
    ) -> HttpAnswer | None:
        if needed and not steps:
            raise MissingCapabilityError(f"target {self._target.name} has no verb `{verb}`")
        given = arguments or {}
        names = {**self.variables, **given}
        where = f"target {self._target.name}, {verb}"
        answer = perform(self._target.http, steps, names, where, refused=refused)
        self.variables.update({k: v for k, v in names.items() if k not in given})
        return answer

    def add_accounts(self, accounts: Sequence[Account]) -> None:
        """Create users and agents, together where the file says how."""
        self.accounts += accounts
        if self._spec.arena == "process":
            return
        provision = self._spec.provision
        if provision.together is not None and len(accounts) > 1:
            shapes = {"user": provision.together.user, "agent": provision.together.agent}
            shaped = {
                f"{kind}s": [
                    fill(shape, {**self.variables, **_account_names(one)})
                    for one in accounts
                    if one.kind == kind
                ]
                for kind, shape in shapes.items()
            }
            self._run("provision.together", provision.together.steps, shaped)
            return
        for account in accounts:
            steps = provision.user if account.kind == "user" else provision.agent
            self._run(f"provision.{account.kind}", steps, _account_names(account))

    def info(self) -> ServiceProvider:
        """Read what See Instructions shows; the verb saves the values that are not known beforehand."""
        self._run("info", self._spec.info, needed=not self._spec.provider)
        known = {**self.variables, **fill(self._spec.provider, self.variables)}
        names = [
            name
            for name in ServiceProvider.__dataclass_fields__
            if not name.startswith("agent_") or "agent" in self._spec.surfaces
        ]
        missing = [name for name in names if not known.get(name) and name != ENCRYPTION]
        if missing:
            raise TargetError(f"target {self._target.name}, info: no value saved for {', '.join(missing)}")
        return ServiceProvider(**{name: str(known.get(name, "")) for name in names})

    def configure_sso(self, protocol: str, values: Mapping[str, str]) -> None:
        """Save the IdP's parameters."""
        steps = self._spec.configure_sso.get(protocol, [])  # type: ignore[call-overload]  # checked by the schema
        self._run(f"configure_sso.{protocol}", steps, values)

    def import_metadata(self, url: str) -> str:
        """Read and save SAML metadata by its link; the platform's sentence where it does not take it."""
        return self._imported("import_metadata", self._spec.import_metadata, {"metadata_url": url})

    def import_metadata_text(self, document: str) -> str:
        """Hand over SAML metadata as a text; answers as `import_metadata` does."""
        steps = self._spec.import_metadata_text
        return self._imported("import_metadata_text", steps, {"metadata": document})

    def _imported(self, verb: str, steps: Sequence[RequestStep], given: Mapping[str, str]) -> str:
        refusal = self._spec.import_refusal
        answer = self._run(verb, steps, given, refused=refusal.statuses if refusal else ())
        told = _json_object(answer) if answer is not None else {}
        return str(pick(told, refusal.sentence) or "refused") if answer is not None and refusal else ""

    def set_clock(self, ahead_seconds: int) -> None:
        """Move the platform's clock."""
        self._run("set_clock", self._spec.set_clock, {"ahead_seconds": ahead_seconds})

    def metadata_mode(self, mode: str) -> None:
        """Choose how SAML metadata is kept."""
        chosen = self._spec.metadata_mode.get(mode, [])  # type: ignore[call-overload]  # checked by the schema
        self._run(f"metadata_mode.{mode}", chosen, needed=mode not in self._spec.metadata_mode)

    def read_config(self) -> Mapping[str, Any]:
        """Read the saved configuration: the fields that the file names, by its names."""
        reader = self._spec.read_config
        if reader is None:
            raise MissingCapabilityError(f"target {self._target.name} has no verb `read_config`")
        self._run("read_config", reader.steps)
        return {name: self.variables.get(variable) for name, variable in reader.fields.items()}

    def current_revision(self) -> str:
        """Read the name of the revision in force."""
        self.read_config()
        assert self._spec.read_config is not None
        return str(self.variables[self._spec.read_config.revision])

    def restore(self, revision: str) -> None:
        """Restore an earlier revision."""
        self._run("restore", self._spec.restore, {"wanted_revision": int(revision)})

    def set_sso(self, on: bool) -> None:
        """Turn the switch."""
        if self._spec.set_sso is None:
            raise MissingCapabilityError(f"target {self._target.name} has no verb `set_sso`")
        self._run(f"set_sso.{'on' if on else 'off'}", self._spec.set_sso.on if on else self._spec.set_sso.off)

    def single_logout(self, idp_logout_url: str) -> tuple[str, str]:
        """Save the IdP's logout address, and read what the IdP needs to know."""
        way = self._spec.single_logout
        if way is None:
            raise MissingCapabilityError(f"target {self._target.name} has no verb `single_logout`")
        self._run("single_logout", way.save, {"idp_logout_url": idp_logout_url})
        return str(fill(way.address, self.variables)), str(fill(way.certificate, self.variables))

    def recover(self) -> None:
        """Disable single sign-on from outside the client."""
        self._run("recover", self._spec.recover)

    def login_url(self, surface: str) -> str:
        """Return the login address of the surface."""
        return str(fill(self._surface(surface).login_url, self.variables))

    def _surface(self, surface: str) -> Any:  # noqa: ANN401  (a Surface of the file)
        kind: Literal["user", "agent"] = "agent" if surface == "agent" else "user"
        if kind not in self._spec.surfaces:
            raise MissingCapabilityError(f"target {self._target.name} has no surface `{kind}`")
        return self._spec.surfaces[kind]

    def password_fields(self, account: Account) -> Mapping[str, str]:
        """Fill in the password form."""
        if not self._spec.password_form:
            raise MissingCapabilityError(f"target {self._target.name} has no `password_form`")
        filled: Mapping[str, str] = fill(
            self._spec.password_form, {**self.variables, **_account_names(account)}
        )
        return filled

    def act(self, name: str, account: Account | None, given: Mapping[str, Any]) -> None:
        """Carry out a named act; values that its steps save stay for later acts."""
        steps = self._spec.acts.get(name, [])
        arguments = {**(_account_names(account) if account else {}), **given}
        self._run(f"acts.{name}", steps, arguments, needed=name not in self._spec.acts)

    def form(self, name: str, given: Mapping[str, Any] | None = None) -> BrowserForm:
        """Return a named form with its values filled in."""
        if name not in self._spec.forms:
            raise MissingCapabilityError(f"target {self._target.name} has no form `{name}`")
        filled: BrowserForm = BrowserForm.model_validate(
            fill(self._spec.forms[name].model_dump(), {**self.variables, **(given or {})})
        )
        return filled

    def entrance(self, name: str, surface: str) -> str:
        """Prepare another beginning of a login and return its address."""
        if name not in self._spec.entrances:
            raise MissingCapabilityError(f"target {self._target.name} has no entrance `{name}`")
        entrance = self._spec.entrances[name]
        self._run(f"entrances.{name}", entrance.prepare, {"surface": surface}, needed=False)
        return str(fill(entrance.url, {**self.variables, "surface": surface}))

    def question(self, what: str, given: Mapping[str, Any]) -> Question:
        """Return a question of the file, with the address of its page filled in."""
        if what not in self._spec.questions:
            raise MissingCapabilityError(f"target {self._target.name} has no question `{what}`")
        question = self._spec.questions[what]
        return question.model_copy(update={"open": fill(question.open, {**self.variables, **given})})

    def ask(self, question: Question, account: Account | None, given: Mapping[str, Any]) -> Answer:
        """Send the requests of a question; what they save stays for later ones."""
        arguments = {**(_account_names(account) if account else {}), **given}
        names = {**self.variables, **arguments}
        where = f"target {self._target.name}, question"
        perform(self._target.http, question.requests[:-1], names, where)
        answer = asked(self._target.http, question.requests[-1], names, where)
        self.variables.update({k: v for k, v in names.items() if k not in arguments})
        return read_answer(question, answer.status, dict(answer.headers.items()), answer.text)

    def _api(self) -> Api:
        if self._spec.api is None:
            raise MissingCapabilityError(f"target {self._target.name} has no `api`")
        return self._spec.api

    def api_key(self) -> str:
        """Return the client's API token."""
        return str(self.variables[self._api().key])

    def api_login(self, way: str, account: Account, surface: str, token: str, key: str | None) -> ApiAnswer:
        """Log in at the public API. Raises CrashedError, NoAnswerError."""
        api = self._api()
        names = {
            **self.variables,
            **_account_names(account),
            "id_token": token,
            "api_key": self.api_key() if key is None else key,
            "is_agent": surface == "agent",
        }
        step = api.password if way == "password" else api.token
        answer = asked(self._target.http, step, names, f"target {self._target.name}, api.{way}")
        told = _json_object(answer)
        session = str(pick(told, api.session) or "") if answer.is_success else ""
        text = str(pick(told, api.sentence) or answer.text[:300])
        return ApiAnswer(answer.status, session, str(pick(told, api.code) or ""), text)

    def api_identity(self, session: str) -> Identity | None:
        """Ask whose session this is. Raises TargetError when the platform does not say."""
        api = self._api()
        names = {**self.variables, "api_session": session}
        answer = asked(self._target.http, api.whoami, names, f"target {self._target.name}, api.whoami")
        if answer.status in api.nobody:
            return None
        if answer.status != 200:
            raise TargetError(f"target {self._target.name}, api.whoami: expected 200, got {answer.status}")
        return _identity(_json_object(answer), api)

    def protected_url(self, surface: str) -> str:
        """Return a page of this surface behind the login."""
        return str(fill(self._surface(surface).protected_url, self.variables))

    def deep_link_url(self, surface: str, wish: str) -> str:
        """Return the login address that asks to land on `wish`."""
        return str(fill(self._surface(surface).deep_link_url, {**self.variables, "wish": wish}))

    def whoami(self, agent: UserAgent) -> tuple[Identity, ...]:
        """Ask who is logged in. Raises TargetError when the platform does not say."""
        oracle = self._spec.whoami
        status, told = agent.get_json(str(fill(oracle.url, self.variables)))
        if status in oracle.nobody:
            return ()
        if status != 200 or not isinstance(told, Mapping):
            raise TargetError(
                f"target {self._target.name}, whoami: expected JSON with status 200, got {status}"
            )
        found = [pick(told, path) for path in oracle.sessions] if oracle.sessions else [told]
        return tuple(self._named(_identity(account, oracle)) for account in found if account)

    def _named(self, identity: Identity) -> Identity:
        """Give an identity that is known by its e-mail alone the login of the account that has it."""
        if identity.login:
            return identity
        logins = [account.login for account in self.accounts if account.email == identity.email]
        return replace(identity, login=logins[0] if logins else identity.email)

    def log_out(self, agent: UserAgent, surface: str, wish: str = "") -> None:
        """Log out as a person would: go to the page of the session, press the button."""
        way = self._surface(surface)
        if wish:
            url = str(fill(way.log_out_wish, {**self.variables, "wish": wish}))
            agent.post(url, {}, from_site=origin(url))
            return
        if way.log_out_post:
            url = str(fill(way.log_out_post, self.variables))
            agent.post(url, {}, from_site=origin(url))
            return
        if not way.log_out_button:
            raise MissingCapabilityError(f"target {self._target.name} has no `log_out_button` for {surface}s")
        if way.log_out_url:
            agent.open(str(fill(way.log_out_url, self.variables)))
        agent.press(way.log_out_button)

    def refusal(self, page: Page) -> Refusal | None:
        """Read a refusal page."""
        if not page.html.strip() or self._spec.refusal is None:
            return None
        document = read_page(page.html)
        found = [] if document is None else document.cssselect(self._spec.refusal.selector)
        if not found:
            return None
        code = (
            found[0].get(self._spec.refusal.code_attribute, "") if self._spec.refusal.code_attribute else ""
        )
        return Refusal(code or "", " ".join(found[0].text_content().split()))

    def close(self) -> None:
        """Remove the platform client, where the file says how."""
        self._run("provision.remove", self._spec.provision.remove, needed=False)


def _json_object(answer: HttpAnswer) -> Mapping[str, Any]:
    told = answer.json()
    return told if isinstance(told, dict) else {}


def _account_names(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "login": account.login,
        "password": account.password,
        "email": account.email,
        "role": account.role,
        "is_agent": account.kind == "agent",
    }


def _identity(told: Any, oracle: Any) -> Identity:  # noqa: ANN401  (decoded JSON, and the file's oracle)
    email = pick(told, oracle.email) if oracle.email else ""
    kind = str(pick(told, oracle.kind)) if oracle.kind else "user"
    login = str(pick(told, oracle.login)) if oracle.login else ""
    return Identity(kind, login, str(email or ""))
