"""What a target can be asked to do, read off its file."""

from __future__ import annotations

from collections.abc import Collection

from conformance.targets.schema import TargetFile

ENCRYPTION = "encryption_certificate"


def capabilities_of(spec: TargetFile) -> frozenset[str]:
    """Derive capabilities from the verbs that the file has: a missing verb is a missing capability."""
    has = {
        "password_login": bool(spec.password_form),
        "agents": "agent" in spec.surfaces,
        "configure_saml": "saml" in _configured(spec),
        "configure_oidc": "oidc" in _configured(spec),
        "import_metadata": bool(spec.import_metadata),
        "import_metadata_text": bool(spec.import_metadata_text),
        "set_clock": bool(spec.set_clock),
        "set_sso": spec.set_sso is not None,
        "recover": bool(spec.recover),
        "single_logout": spec.single_logout is not None,
        "encryption": any(
            ENCRYPTION in known for known in (spec.provider, *(step.save for step in spec.info))
        ),
        "api": spec.api is not None,
        "disposable": spec.allow_destructive,
        "read_config": spec.read_config is not None,
        "restore": bool(spec.restore),
        "fresh_arena": spec.arena != "shared",
        "two_clients": spec.arena == "fresh",
        "provision": bool(spec.provision.user and spec.provision.agent),
        "deep_link": all(
            surface.deep_link_url and surface.protected_url for surface in spec.surfaces.values()
        ),
        "log_out_wish": all(surface.log_out_wish for surface in spec.surfaces.values()),
        "log_out": all(surface.log_out_post or surface.log_out_button for surface in spec.surfaces.values()),
    }
    named = {f"act.{name}" for name in spec.acts} | {f"form.{name}" for name in spec.forms}
    named |= {f"entrance.{name}" for name in spec.entrances}
    named |= {f"ask.{name}" for name in spec.questions}
    named |= {f"metadata.{mode}" for mode in spec.metadata_mode}
    return frozenset(name for name, present in has.items() if present) | named


def _configured(spec: TargetFile) -> Collection[str]:
    return spec.process.arguments if spec.process else spec.configure_sso
