"""The end of a membership as it was asked for and as it was done."""

from django.db import models

from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.membership import Membership
from orgs.models.organization import Organization
from orgs.querysets import OffboardingQuerySet


class OffboardingState(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Offboarding(models.Model):
    """``report`` is canonical JSON (RFC 8785), ``mac`` over it as :mod:`orgs.reports` says; both once it is done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="offboardings", db_constraint=False
    )
    successor = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    reason = models.CharField(max_length=200, blank=True)
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=OffboardingState.choices)
    done_at = models.DateTimeField(null=True, blank=True)
    report = models.BinaryField(null=True)
    mac_key_id = models.UUIDField(null=True)
    mac = models.BinaryField(null=True, max_length=32)

    objects = OffboardingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=models.Q(state="scheduled"), name="one_end_is_scheduled_per_membership"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OffboardingState.values), name="offboarding_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="done",
                    done_at__isnull=False,
                    report__isnull=False,
                    mac_key_id__isnull=False,
                    mac__isnull=False,
                )
                | (~models.Q(state="done") & models.Q(done_at=None, report=None, mac_key_id=None, mac=None)),
                name="an_offboarding_that_is_done_has_a_signed_report",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} ({self.state})"

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.membership_id, self.membership.user.email))
