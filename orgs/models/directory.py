"""People and groups as the organization's directory knows them, told through SCIM; apart from what they are here."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from keyvault.ids import uuid7
from keyvault.target import Ref, Target
from orgs.models.organization import Organization
from orgs.models.team import Team
from orgs.querysets import DirectoryGroupQuerySet, DirectoryPersonQuerySet


class DirectoryPerson(models.Model):
    """Stays when the membership ends: the directory is who brings the person back, and single sign-on is not.

    ``deleted_at`` set: the directory has forgotten the person. Members whom no directory has written about have none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="directory_people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="directory_entries")
    user_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True)
    given_name = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = DirectoryPersonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="directory_person_of_one_org"),
            models.UniqueConstraint(fields=["org", "user"], name="a_directory_knows_a_person_once"),
            models.UniqueConstraint(
                "org",
                Lower("user_name"),
                condition=models.Q(deleted_at=None),
                name="user_name_is_unique_in_its_directory",
            ),
        ]
        indexes = [models.Index(fields=["org", "external_id"], name="directory_by_external_id")]

    def __str__(self) -> str:
        return self.user_name


class DirectoryGroup(models.Model):
    """A group of the directory. ``team`` is the one that it fills by its name; mappings may name others and a role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="directory_groups")
    display_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True)
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="directory_groups", db_constraint=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = DirectoryGroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "id"], name="directory_group_of_one_org"),
            models.UniqueConstraint("org", Lower("display_name"), name="group_name_is_unique_in_its_directory"),
            models.UniqueConstraint(fields=["team"], name="a_team_is_filled_by_one_group"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def target(self) -> Target:
        return Target(org=self.org.ref, about=Ref(self.id, self.display_name))


class DirectoryGroupMember(models.Model):
    """Kept while the person is deactivated: a directory that brings them back does not tell their groups again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(DirectoryGroup, on_delete=models.CASCADE, related_name="members", db_constraint=False)
    person = models.ForeignKey(DirectoryPerson, on_delete=models.CASCADE, related_name="groups", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="a_person_is_once_in_a_group")]

    def __str__(self) -> str:
        return f"{self.person} in {self.group}"
