"""Entra's device grant as documented; its page is at microsoft.com/devicelogin, here below the tenant."""

from __future__ import annotations

import secrets

from mock_idp.personalities.device_flow import DeviceAnswer, DeviceFlow

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # which are left out is MEM


def _user_code() -> str:
    """Nine letters and digits."""
    return "".join(secrets.choice(LETTERS) for _ in range(9))


def _body(answer: DeviceAnswer) -> dict[str, object]:
    return {
        "user_code": answer.user_code,
        "device_code": answer.device_code,
        "verification_uri": answer.verification_uri,
        "expires_in": answer.expires_in,
        "interval": 5,
        "message": (
            f"To sign in, use a web browser to open the page {answer.verification_uri} and enter the code "
            f"{answer.user_code} to authenticate."
        ),
    }


DEVICE_FLOW = DeviceFlow(
    rule="/devicelogin",
    field="otc",
    template="entra/device.html",
    lifetime=900,
    new_user_code=_user_code,
    body=_body,
)
