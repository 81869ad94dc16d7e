"""Reading alerts, channels and deliveries: always through a scope."""

from typing import TYPE_CHECKING, Self

from django.db import models

from keyvault.actor import Actor

if TYPE_CHECKING:
    from alerts.models import Alert, Channel, Delivery  # noqa: F401 - for the annotations


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, actor: Actor) -> Self:
        """As with events: within the project and environment of a token; one that is limited to paths sees none."""
        if actor.org_id is None or (actor.token and actor.token.prefixes):
            return self.none()
        alerts = self.filter(org_id=actor.org_id)
        if actor.token and actor.token.project_id:
            alerts = alerts.filter(project=actor.token.project_id)
        if actor.token and actor.token.environment_id:
            alerts = alerts.filter(environment=actor.token.environment_id)
        return alerts

    def unresolved(self) -> Self:
        return self.exclude(state="resolved")

    def open(self) -> Self:
        """That nobody has looked at."""
        return self.filter(state="open")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def failing(self) -> Self:
        return self.filter(enabled=True, failing_since__isnull=False)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def dead(self) -> Self:
        return self.filter(state="dead")
