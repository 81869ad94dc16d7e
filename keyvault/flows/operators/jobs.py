"""The work of a factor reset that waits: the mails at once, the reset a day later."""

from uuid import UUID

from keyvault.actor import Actor
from keyvault.flows.operators import factor_resets
from keyvault.jobs.registry import handles


@handles(factor_resets.TELL)
def tell(*, actor: Actor, reset: str) -> None:
    factor_resets.tell(reset_id=UUID(reset))


@handles(factor_resets.JOB)
def carry_out(*, actor: Actor, reset: str) -> None:
    factor_resets.carry_out(actor=actor, reset_id=UUID(reset))
