"""An organization: the owner of everything, and the policy that bounds its members."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.querysets import OrganizationQuerySet


class Found(models.TextChoices):
    """What becomes of a token that somebody found where it does not belong. Of a team token, only the first two."""

    NOTICE = "notice", "Tell owners and admins"
    PAUSE = "pause", "Pause it"
    REVOKE = "revoke", "Revoke it"


class Organization(models.Model):
    """The owner of everything. The policy fields bound what its members may set elsewhere.

    ``allowed_networks`` are CIDR; none: any address will do. Until a change of them is confirmed, ``networks_before``
    holds what comes back at ``networks_confirm_by``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    token_max_days = models.PositiveIntegerField(default=365)
    refuse_shared_values = models.BooleanField(default=False)  # the same value in two environments (W7)
    require_reason_in_production = models.BooleanField(default=False)
    team_tokens_in_production = models.BooleanField(default=False)
    mfa_required = models.BooleanField(default=False)
    idle_minutes = models.PositiveSmallIntegerField(default=240)
    sso_enforced = models.BooleanField(default=False)
    stale_token_days = models.PositiveSmallIntegerField(default=90)  # unused so long, a token is reviewed; 0: never
    found_tokens = models.CharField(max_length=6, choices=Found.choices, default=Found.REVOKE)
    found_team_tokens = models.CharField(max_length=6, choices=Found.choices, default=Found.NOTICE)
    allowed_networks = ArrayField(models.CharField(max_length=49), default=list, blank=True)
    networks_before = ArrayField(models.CharField(max_length=49), null=True, blank=True)
    networks_confirm_by = models.DateTimeField(null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(token_max_days__gte=1, token_max_days__lte=3650),
                name="token_policy_is_1_to_3650_days",
            ),
            models.CheckConstraint(
                condition=models.Q(idle_minutes__gte=60, idle_minutes__lte=240), name="idle_policy_is_60_to_240_minutes"
            ),
            models.CheckConstraint(
                condition=models.Q(stale_token_days=0) | models.Q(stale_token_days__gte=7, stale_token_days__lte=3650),
                name="stale_policy_is_never_or_7_to_3650_days",
            ),
            models.CheckConstraint(
                condition=models.Q(found_tokens__in=["pause", "revoke"], found_team_tokens__in=["notice", "pause"]),
                name="a_found_token_has_a_policy",
            ),
            models.CheckConstraint(
                condition=models.Q(networks_before=None, networks_confirm_by=None)
                | models.Q(networks_before__isnull=False, networks_confirm_by__isnull=False),
                name="unconfirmed_networks_say_what_was_before",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.slug)

    @property
    def target(self) -> Target:
        return Target(org=self.ref)
