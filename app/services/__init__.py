"""The services that this site offers."""

from app.actions.services import register
from app.services.graduation import GRADUATION

SERVICES = (GRADUATION,)


def install() -> None:
    """Register all of them; before anything is planted, shown or done. Safe to repeat."""
    for service in SERVICES:
        register(service)
