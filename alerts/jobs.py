"""What this room does of the work that waits."""

from uuid import UUID

from alerts.sending import delivering
from alerts.sending.queue import DELIVER
from keyvault.actor import Actor
from keyvault.jobs.registry import handles


@handles(DELIVER)
def deliver(*, actor: Actor, delivery: str, attempt: int) -> None:
    delivering.attempt(actor, UUID(delivery), attempt)
