"""Access tokens, who owns them and when they were last used."""

from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.db import models

from keyvault.actor import TokenKind, TokenScope, Verb
from keyvault.ids import uuid7
from keyvault.secrets.models import Environment, Project
from keyvault.target import Ref, Target
from orgs.models import Membership, Organization
from tokens.querysets import ServiceIdentityQuerySet, TokenQuerySet


class ServiceIdentity(models.Model):
    """A named thing that is no person (a CI job, a service) and owns tokens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=120)
    note = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    objects = ServiceIdentityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="service_of_one_org"),
            models.UniqueConstraint(fields=["org", "slug"], name="service_slug_is_unique_in_its_org"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.slug))


class TokenState(models.TextChoices):
    """What the row says. "Expired" is the clock's word: ``expires_at`` has passed."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    REVOKED = "revoked", "Revoked"


class AccessToken(models.Model):
    """Stored as a keyed digest (HMAC-SHA256 under the pepper ``pepper_id``); the value is never kept but for
    team tokens and unopened offers, sealed in :class:`SealedToken`.

    ``mac`` binds what the decision reads (:mod:`tokens.integrity`): a row changed behind the services' back is
    refused. NOTE: a column that the decision reads must be in the MAC.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=1, choices=[(kind.value, kind.name.title()) for kind in TokenKind])
    name = models.CharField(max_length=80)
    note = models.CharField(max_length=500, blank=True)
    display = models.CharField(max_length=24)  # kvs_prd_7Hq2…Xa9f
    digest = models.BinaryField(max_length=32)
    pepper_id = models.UUIDField()
    mac = models.BinaryField(max_length=32)

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens", db_constraint=False
    )
    service = models.ForeignKey(
        ServiceIdentity, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens", db_constraint=False
    )
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens", db_constraint=False
    )
    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens", db_constraint=False
    )
    prefixes = ArrayField(models.CharField(max_length=512), default=list, blank=True)
    verbs = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    networks = ArrayField(models.CharField(max_length=49), default=list, blank=True)  # CIDR
    origins = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    may_reveal_production = models.BooleanField(default=False)
    # For the gateway: whether a request without ``Origin`` passes an origin list, WebSockets, and which endpoints.
    server_calls = models.BooleanField(default=False)
    websocket = models.BooleanField(default=False)
    endpoints = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    expires_at = models.DateTimeField()
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children", db_constraint=False
    )

    state = models.CharField(max_length=7, choices=TokenState.choices, default=TokenState.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.CharField(max_length=254)
    # Who answers for a token that is no person's; without effect on what it may. Handed over when the member leaves.
    keeper = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by_id = models.UUIDField(null=True, blank=True)  # the actor; null for the product itself
    paused_with_environment = models.BooleanField(default=False)  # by an act on all of them, undone with them
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=254, blank=True)
    revoked_cause = models.CharField(max_length=200, blank=True)
    replaced_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces", db_constraint=False
    )
    # The first of the tokens that this one continues, none for itself: a budget is the line's and not each token's.
    line = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="token_of_one_org"),
            models.UniqueConstraint(fields=["digest"], name="digest_is_unique"),
            models.UniqueConstraint(
                fields=["org", "name"],
                condition=~models.Q(state="revoked") & models.Q(replaced_by=None),
                name="live_token_name_is_unique_in_its_org",
            ),
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, service=None)
                | models.Q(membership=None, service__isnull=False)
                | models.Q(membership=None, service=None, kind="t"),
                name="a_token_has_one_owner",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="p") | models.Q(membership__isnull=False),
                name="a_personal_token_is_a_member_s",
            ),
            models.CheckConstraint(
                condition=models.Q(environment=None) | models.Q(project__isnull=False),
                name="a_token_for_an_environment_names_its_project",
            ),
            models.CheckConstraint(
                condition=models.Q(state="revoked", revoked_at__isnull=False)
                | (~models.Q(state="revoked") & models.Q(revoked_at=None)),
                name="a_revoked_token_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=TokenState.values, kind__in=[k.value for k in TokenKind]),
                name="a_token_has_a_known_kind_and_state",
            ),
            models.CheckConstraint(
                condition=models.Q(verbs__contained_by=[v.value for v in Verb]), name="a_token_permits_known_verbs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.display})"

    @property
    def scope(self) -> TokenScope:
        return TokenScope(
            token_id=self.id,
            name=self.name,
            kind=TokenKind(self.kind),
            verbs=frozenset(Verb(verb) for verb in self.verbs),
            project_id=self.project_id,
            environment_id=self.environment_id,
            prefixes=tuple(self.prefixes),
            may_reveal_production=self.may_reveal_production,
            expires_at=self.expires_at,
        )

    @property
    def public(self) -> bool:
        """A team token without an address list: whoever has it can use it, for an origin list fences browsers only."""
        return self.kind == TokenKind.TEAM and not self.networks

    @property
    def target(self) -> Target:
        place = Target(org=self.org.ref)
        if self.environment:
            place = self.environment.target
        elif self.project:
            place = self.project.target
        return replace(place, token=Ref(self.id, self.name))


class SealedToken(models.Model):
    """A token's value that may be read again: a team token by its members, an offer once by its holder."""

    token = models.OneToOneField(AccessToken, on_delete=models.CASCADE, primary_key=True, related_name="sealed")
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    envelope = models.BinaryField()
    datakey_id = models.UUIDField()
    offered_to = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"sealed {self.token_id}"


class TokenReview(models.Model):
    """What the review of unused tokens did with one: told its owner, paused it; or why it leaves it alone.

    ``paused_at`` is the token's own where the review paused it. ``kept_at`` and ``paused_at`` count as a use.
    """

    token = models.OneToOneField(AccessToken, on_delete=models.CASCADE, primary_key=True, related_name="review")
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    noticed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = models.CharField(max_length=254, blank=True)
    exempt_until = models.DateField(null=True, blank=True)
    exempt_reason = models.CharField(max_length=200, blank=True)
    exempt_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(exempt_until=None, exempt_reason="")
                | (models.Q(exempt_until__isnull=False) & ~models.Q(exempt_reason="")),
                name="an_exemption_says_why_and_until_when",
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.token_id}"


class TokenUse(models.Model):
    """When, from where and by what a token was last used; written behind, apart from what the decision reads."""

    token = models.OneToOneField(AccessToken, on_delete=models.CASCADE, primary_key=True, related_name="use")
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    last_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)
    count = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.token_id} last used {self.last_at}"
