"""A person in an organization."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from keyvault.actor import Role
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.organization import Organization
from orgs.models.source import Source
from orgs.querysets import MembershipQuerySet


class Membership(models.Model):
    """A person in an organization. ``ended_at`` set: no longer a member; ``ends_on``: the engagement's last day.

    ``source`` keeps the role as it is; ``ended_by`` says who ended it: single sign-on brings back only what it ended.
    ``succeeds`` marks the one who takes over from leavers where nobody else is named.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.name.title()) for role in Role])
    unit = models.CharField(max_length=120, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.MANUAL)
    ended_by = models.CharField(max_length=8, choices=Source.choices, default=Source.MANUAL)
    succeeds = models.BooleanField(default=False)
    noticed_days = models.PositiveSmallIntegerField(null=True, blank=True)  # before the last day: the latest notice

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="membership_of_one_org"),
            models.UniqueConstraint(
                fields=["org", "user"], condition=models.Q(ended_at=None), name="one_live_membership_per_person"
            ),
            models.CheckConstraint(condition=models.Q(role__in=list(Role)), name="membership_has_a_known_role"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.OWNER) | models.Q(ends_on=None), name="an_owner_has_no_last_day"
            ),
            models.UniqueConstraint(
                fields=["org"], condition=models.Q(succeeds=True, ended_at=None), name="one_default_successor_per_org"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def active(self) -> bool:
        return self.ended_at is None and (self.ends_on is None or self.ends_on >= timezone.now().date())

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.user.email))
