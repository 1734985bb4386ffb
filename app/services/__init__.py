"""The services of this site."""

from app.actions.services import register
from app.services.graduation import GRADUATION

SERVICES = (GRADUATION,)


def install() -> None:
    """Register all services, before any is used. May be repeated."""
    for service in SERVICES:
        register(service)
