"""Ways to pay. Which of them an instance has follows from its settings."""

from __future__ import annotations

from app.adapters.gateways.base import Forged, Gateway, Notice, OrderFacts
from app.adapters.gateways.training import TrainingGateway
from app.config import Config

__all__ = ["Forged", "Gateway", "Notice", "OrderFacts", "TrainingGateway", "gateways", "training"]


def training(config: Config) -> TrainingGateway | None:
    """The training cashier, in a demonstration instance only."""
    return TrainingGateway(config.secret_key) if config.demo else None


def gateways(config: Config) -> dict[str, Gateway]:
    """Every gateway of this instance by its name."""
    cashier = training(config)
    return {cashier.name: cashier} if cashier else {}
