"""Payment gateways of an instance, by its settings."""

from __future__ import annotations

from app.adapters.gateways.base import Forged, Gateway, Notice, OrderFacts
from app.adapters.gateways.training import TrainingGateway
from app.config import Config

__all__ = ["Forged", "Gateway", "Notice", "OrderFacts", "TrainingGateway", "gateways", "training"]


def training(config: Config) -> TrainingGateway | None:
    """Return the training cashier in a demonstration instance, else None."""
    return TrainingGateway(config.secret_key) if config.demo else None


def gateways(config: Config) -> dict[str, Gateway]:
    """Return the instance's gateways by name."""
    cashier = training(config)
    return {cashier.name: cashier} if cashier else {}
