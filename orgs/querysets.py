"""Reading organizations: always through a scope."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from keyvault.actor import Actor

if TYPE_CHECKING:
    from orgs.models import (  # noqa: F401 - names for the annotations below
        Connection,
        DirectoryGroup,
        DirectoryPerson,
        Domain,
        Invitation,
        Membership,
        Offboarding,
        Organization,
        ScimToken,
        Team,
    )


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(pk=actor.org_id) if actor.org_id else self.none()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def active(self, today: dt.date | None = None) -> Self:
        """Not ended, and the engagement's last day is not over (UTC)."""
        day = today or timezone.now().date()
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), ended_at=None)

    def acting(self) -> Self:
        """Active, and the person's account is too."""
        return self.active().filter(user__is_active=True)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def open(self) -> Self:
        """Expired ones are not."""
        return self.filter(state="open", expires_at__gt=timezone.now())


class OffboardingQuerySet(models.QuerySet["Offboarding"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def enabled(self) -> Self:
        return self.filter(enabled=True)


class DomainQuerySet(models.QuerySet["Domain"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def proven(self) -> Self:
        return self.filter(proven_at__isnull=False)


class ScimTokenQuerySet(models.QuerySet["ScimToken"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()

    def live(self) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def ended(self) -> Self:
        return self.exclude(revoked_at=None, expires_at__gt=timezone.now())


class DirectoryPersonQuerySet(models.QuerySet["DirectoryPerson"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()


class DirectoryGroupQuerySet(models.QuerySet["DirectoryGroup"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(org_id=actor.org_id) if actor.org_id else self.none()
