"""Okta's device grant as documented; the page's words and the field's name are MEM."""

from __future__ import annotations

import secrets
import string

from mock_idp.personalities.device_flow import DeviceAnswer, DeviceFlow


def _user_code() -> str:
    """Eight capitals."""
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(8))


def _body(answer: DeviceAnswer) -> dict[str, object]:
    return {
        "device_code": answer.device_code,
        "user_code": answer.user_code,
        "verification_uri": answer.verification_uri,
        "verification_uri_complete": f"{answer.verification_uri}?user_code={answer.user_code}",
        "expires_in": answer.expires_in,
        "interval": 5,
    }


DEVICE_FLOW = DeviceFlow(
    rule="/activate",
    field="user_code",
    template="okta/device.html",
    lifetime=600,
    new_user_code=_user_code,
    body=_body,
)
