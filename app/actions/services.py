"""The services (业务) of this site: the only list of them. create_app registers each; every floor above finds them here."""

from __future__ import annotations

from app.rules.service import ServiceLike

_registered: dict[str, ServiceLike] = {}


def register(service: ServiceLike) -> None:
    """Make a service known; a second one of the same code takes its place."""
    _registered[service.code] = service


def unregister(code: str) -> None:
    """Take a service out again; the site no longer offers it."""
    _registered.pop(code, None)


def service_for(code: str) -> ServiceLike:
    """The service of that code; KeyError when there is none."""
    return _registered[code]


def services() -> list[ServiceLike]:
    """All of them, in the order in which they were registered."""
    return list(_registered.values())


def codes() -> list[str]:
    return list(_registered)


def title_of(code: str) -> str:
    """申请毕业; the code itself for a service that this site no longer has."""
    found = _registered.get(code)
    return found.title if found else code
