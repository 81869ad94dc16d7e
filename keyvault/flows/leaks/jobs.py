"""Looking for what was reported, away from whoever reported it."""

from uuid import UUID

from keyvault.actor import Actor
from keyvault.flows.leaks.models import Scanner
from keyvault.flows.leaks.reports import LOOK, look_for
from keyvault.jobs.registry import handles


@handles(LOOK)
def look(*, actor: Actor, digests: list[str], block: str, scanner: str = "", where: str = "") -> None:
    """Twice does no harm: what is revoked or paused stays so."""
    sender = Scanner.objects.filter(pk=UUID(scanner)).first() if scanner else None
    look_for(digests=digests, block=block, scanner=sender, where=where)
