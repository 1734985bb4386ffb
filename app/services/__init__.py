"""The services that this site offers."""

from app.services.graduation import GRADUATION

SERVICES = (GRADUATION,)
