"""An invitation: a role in the organization for whoever has a certain mail address."""

from django.db import models
from django.utils import timezone

from keyvault.actor import Role
from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.membership import Membership
from orgs.models.organization import Organization
from orgs.querysets import InvitationQuerySet


class InvitationState(models.TextChoices):
    """What the row says. "Expired" is the clock's word: ``expires_at`` has passed."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Invitation(models.Model):
    """The link's code is kept as ``digest`` only (:mod:`orgs.invitation_codes`); ``email`` is in lower case.

    ``inviter`` is asked again at the acceptance: whoever may not give the role any more has not given it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=[(role.value, role.name.title()) for role in Role])
    unit = models.CharField(max_length=120, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    inviter = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=InvitationState.choices, default=InvitationState.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    membership = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="invitation_digest_is_unique"),
            models.UniqueConstraint(
                fields=["org", "email"], condition=models.Q(state="open"), name="one_open_invitation_per_address"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=InvitationState.values), name="invitation_state_is_known"
            ),
            models.CheckConstraint(condition=models.Q(role__in=list(Role)), name="invitation_has_a_known_role"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.OWNER) | models.Q(ends_on=None), name="an_invited_owner_has_no_last_day"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at=None)
                | (~models.Q(state="open") & models.Q(closed_at__isnull=False)),
                name="a_closed_invitation_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} ({self.state})"

    @property
    def open(self) -> bool:
        return self.state == InvitationState.OPEN and self.expires_at > timezone.now()

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.email))
