"""Customer Care's plane: its own port, its own sign-in, and the only way to change what clients may not."""

from platform_stub.care.app import create_care_app

__all__ = ["create_care_app"]
