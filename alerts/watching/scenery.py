"""What findings are about, as the rows have it now: how serious its place is, and whose it is."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from alerts.models import Alert
from keyvault.secrets.models import Environment, Secret
from keyvault.target import Tier
from orgs.models import Membership
from tokens.models import AccessToken


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """``tier`` of a token for no one environment is production's: it may reach there."""

    tier: str
    project: UUID | None
    environment: UUID | None
    owner: Membership | None


class Scenery:
    """For one organization and one batch: two queries, however many findings."""

    def __init__(self, org_id: UUID, *, tokens: Collection[UUID], environments: Collection[UUID]) -> None:
        self._org_id = org_id
        rows = AccessToken.objects.filter(org_id=org_id, pk__in=tokens)
        related = ("environment", "membership__user", "keeper__user")
        self._tokens = {row.pk: _facts(row) for row in rows.select_related(*related)}
        places = Environment.objects.filter(org_id=org_id, pk__in=environments)
        self._tiers: dict[UUID, str] = dict(places.values_list("pk", "tier"))

    def token(self, token_id: UUID | None) -> TokenFacts | None:
        return self._tokens.get(token_id) if token_id else None

    def owner(self, alert: Alert) -> Membership | None:
        """Of the token, else of the secret that the alert is about."""
        if alert.token:
            facts = self.token(alert.token)
            return facts.owner if facts else None
        kind, _, subject = alert.subject.partition(":")
        rows = Secret.objects.filter(org_id=self._org_id).select_related("owner__user")
        secret = rows.filter(pk=subject).first() if kind == "secret" else None
        return secret.owner if secret else None

    def tier(self, environment: UUID | None, token: UUID | None = None) -> str:
        """Of the environment, else of the token; empty for what has to do with neither."""
        if environment in self._tiers:
            return self._tiers[environment]
        facts = self.token(token)
        return facts.tier if facts else ""


def _facts(token: AccessToken) -> TokenFacts:
    tier = token.environment.tier if token.environment else Tier.PRODUCTION.value
    return TokenFacts(tier, token.project_id, token.environment_id, token.membership or token.keeper)
