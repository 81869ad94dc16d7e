"""What an act is on: identifiers for the decision, labels for the log."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Tier(StrEnum):
    """How serious an environment is; the letters stand in the tokens made for it."""

    DEVELOPMENT = "dev"
    STAGING = "stg"
    PRODUCTION = "prd"


@dataclass(frozen=True, slots=True)
class Ref:
    """An object as the log remembers it: the label is copied, so that an event survives what it names."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """Narrower parts are None where the act is on something wider; every model has a ``target`` property.

    ``protected`` is the environment's flag (own grants, step-up); ``secret.name`` is the path.
    ``about`` names what is neither project, environment, secret nor token: a member, a team, a grant.
    """

    org: Ref | None
    project: Ref | None = None
    environment: Ref | None = None
    tier: Tier | None = None
    protected: bool = False
    secret: Ref | None = None
    version: int | None = None
    token: Ref | None = None
    about: Ref | None = None
