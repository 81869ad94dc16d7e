"""A secret, its sealed versions, and how far each version has been exposed."""

from dataclasses import replace
from typing import ClassVar

from django.db import models

from keyvault.ids import uuid7
from keyvault.secrets.models.project import Environment
from keyvault.secrets.querysets import SecretQuerySet
from keyvault.target import Ref, Target
from orgs.models import Membership, Organization


class SecretKind(models.TextChoices):
    SECRET = "secret", "Secret"
    CONFIG = "config", "Configuration, shown in clear"
    BROKERED = "brokered", "Gateway only, revealed to nobody"


class ValueType(models.TextChoices):
    TEXT = "text", "Text"
    FIELDS = "fields", "Fields"
    BINARY = "binary", "Binary"


class Secret(models.Model):
    """``name`` is a path (``api-keys/stripe``); the value lies in the versions. Deleted ones wait 7 days."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="secrets", db_constraint=False)
    name = models.CharField(max_length=512)
    kind = models.CharField(max_length=8, choices=SecretKind.choices, default=SecretKind.SECRET)
    note = models.TextField(blank=True, max_length=2000)
    variable = models.CharField(max_length=128, blank=True)  # its name in exports, where the last segment will not do
    owner = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    rotate_by = models.DateField(null=True, blank=True)
    provider = models.SlugField(max_length=63, blank=True)  # what the gateway brokers it to
    # Where that is, https://host[:port][/prefix]; the envelope is bound to the host. Empty: bound to none, of no use.
    upstream = models.CharField(max_length=300, blank=True)
    current = models.PositiveIntegerField(default=0)  # the version that is read
    latest = models.PositiveIntegerField(default=0)  # the highest number ever given
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = SecretQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="secret_of_one_org"),
            models.UniqueConstraint(
                fields=["environment", "name"],
                condition=models.Q(deleted_at=None),
                name="live_name_is_unique_in_its_environment",
            ),
            models.UniqueConstraint(
                fields=["environment", "provider"],
                condition=models.Q(deleted_at=None, kind="brokered") & ~models.Q(upstream=""),
                name="one_bound_secret_per_provider_and_environment",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=SecretKind.values), name="secret_has_a_known_kind"),
            models.CheckConstraint(
                condition=models.Q(current__lte=models.F("latest")), name="current_version_was_given"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> Ref:
        return Ref(self.id, self.name)

    @property
    def target(self) -> Target:
        return replace(self.environment.target, secret=self.ref)


class SecretVersion(models.Model):
    """One sealed value. ``envelope`` is None once erased; who made it is copied, so that it survives the person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    secret = models.ForeignKey(Secret, on_delete=models.CASCADE, related_name="versions", db_constraint=False)
    version = models.PositiveIntegerField()
    type = models.CharField(max_length=6, choices=ValueType.choices, default=ValueType.TEXT)
    datakey_id = models.UUIDField()
    envelope = models.BinaryField(null=True)
    fingerprint = models.BinaryField(null=True, max_length=16)
    size = models.PositiveIntegerField(default=0)  # bytes of the value
    created_by_id = models.UUIDField(null=True)
    created_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="version_of_one_org"),
            models.UniqueConstraint(fields=["secret", "version"], name="version_is_unique_in_its_secret"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="versions_count_from_one"),
            models.CheckConstraint(
                condition=models.Q(envelope=None, destroyed_at__isnull=False)
                | models.Q(envelope__isnull=False, destroyed_at=None),
                name="an_erased_version_has_no_envelope",
            ),
        ]
        indexes = [
            models.Index(fields=["datakey_id"], name="version_by_datakey"),
            models.Index(
                fields=["org", "fingerprint"],
                condition=models.Q(fingerprint__isnull=False),
                name="version_by_fingerprint",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.secret} v{self.version}"

    @property
    def target(self) -> Target:
        return replace(self.secret.target, version=self.version)


class SecretExposure(models.Model):
    """How often one version was revealed, exported or brokered. Written behind, a batch at a time: no hot row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(SecretVersion, on_delete=models.CASCADE, related_name="exposures", db_constraint=False)
    kind = models.CharField(max_length=8, choices=[(k, k) for k in ("revealed", "exported", "brokered")])
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()
    last_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="one_exposure_row_per_version_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.kind} {self.count}"
