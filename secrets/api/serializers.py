"""How projects, environments, secrets and grants look in the API; none of them holds a value."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from keyvault.actor import Verb
from keyvault.api.fields import Body, Flag, Query, Text, Whole
from keyvault.secrets.export_formats import FORMATS
from keyvault.secrets.models import (
    Environment,
    Grant,
    Project,
    Secret,
    SecretExposure,
    SecretKind,
    SecretVersion,
    ValueType,
)
from keyvault.secrets.values import Value
from keyvault.target import Tier


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ("id", "slug", "name", "note", "created_at")


class EnvironmentSerializer(serializers.ModelSerializer[Environment]):
    project = serializers.SlugField(source="project.slug")

    class Meta:
        model = Environment
        fields = ("id", "project", "slug", "name", "tier", "protected", "order", "created_at")


class SecretSerializer(serializers.ModelSerializer[Secret]):
    project = serializers.SlugField(source="environment.project.slug")
    environment = serializers.SlugField(source="environment.slug")
    version = serializers.IntegerField(source="current", help_text="The version that is read.")
    owner = serializers.EmailField(source="owner.user.email", allow_null=True, default=None)

    class Meta:
        model = Secret
        fields: tuple[str, ...] = (
            "id",
            "project",
            "environment",
            "name",
            "kind",
            "note",
            "variable",
            "owner",
            "rotate_by",
            "provider",
            "version",
            "latest",
            "created_at",
            "updated_at",
        )


class DeletedSecretSerializer(serializers.ModelSerializer[Secret]):
    class Meta:
        model = Secret
        fields = ("id", "name", "kind", "deleted_at")


class ExposureSerializer(serializers.ModelSerializer[SecretExposure]):
    class Meta:
        model = SecretExposure
        fields = ("kind", "count", "last_at", "last_by")


class VersionSerializer(serializers.ModelSerializer[SecretVersion]):
    exposures = ExposureSerializer(many=True)

    class Meta:
        model = SecretVersion
        fields = ("id", "version", "type", "size", "created_by", "created_at", "destroyed_at", "exposures")


class GrantSerializer(serializers.ModelSerializer[Grant]):
    project = serializers.SlugField(source="project.slug")
    environment = serializers.SlugField(
        source="environment.slug", allow_null=True, default=None, help_text="Null: every unprotected one."
    )
    member = serializers.EmailField(source="membership.user.email", allow_null=True, default=None)
    team = serializers.SlugField(source="team.slug", allow_null=True, default=None)
    verbs = serializers.ListField(child=serializers.ChoiceField([v.value for v in Verb if v is not Verb.MANAGE]))

    class Meta:
        model = Grant
        fields = ("id", "project", "environment", "member", "team", "verbs", "prefix", "created_at")


class NewProjectSerializer(Body):
    name = Text()
    slug = Text(default="", allow_blank=True, help_text="Made from the name where it is left out.")
    note = Text(default="", allow_blank=True)


class ProjectChangeSerializer(Body):
    name = Text(required=False)
    note = Text(required=False, allow_blank=True)


class NewEnvironmentSerializer(Body):
    slug = Text()
    tier = serializers.ChoiceField(list(Tier))
    name = Text(default="", allow_blank=True)
    protected = Flag(default=False)


class EnvironmentChangeSerializer(Body):
    name = Text(required=False)
    tier = serializers.ChoiceField(list(Tier), required=False)
    protected = Flag(required=False)
    order = Whole(required=False, min_value=0, max_value=32_767)


class LabelledSerializer(serializers.Serializer[SecretVersion]):
    project = serializers.SlugField(source="secret.environment.project.slug")
    environment = serializers.SlugField(source="secret.environment.slug")
    name = serializers.CharField(source="secret.name")
    version = serializers.IntegerField()


class DuplicateSerializer(serializers.Serializer[Any]):
    secrets = LabelledSerializer(many=True)


class DuplicatesSerializer(serializers.Serializer[Any]):
    duplicates = DuplicateSerializer(many=True)


class SecretsQuery(Query):
    prefix = serializers.CharField(default="", allow_blank=True, max_length=512, help_text="How the names begin.")


class AboutSerializer(Body):
    note = Text(required=False, allow_blank=True)
    variable = Text(required=False, allow_blank=True, help_text="Its name in exports, where the path will not do.")
    owner = Text(required=False, help_text="A member's e-mail address.")
    rotate_by = serializers.DateField(required=False)


class SecretChangeSerializer(AboutSerializer):
    """Null takes the owner or the date away."""

    owner = Text(required=False, allow_null=True, help_text="A member's e-mail address.")
    rotate_by = serializers.DateField(required=False, allow_null=True)
    kind = serializers.ChoiceField([SecretKind.SECRET.value, SecretKind.CONFIG.value], required=False)


class NewValueSerializer(Body):
    """One of `value`, `fields` and `value_base64`; at most 64 KiB."""

    value = Text(required=False, allow_blank=True)
    fields = serializers.DictField(child=Text(allow_blank=True), required=False)  # type: ignore[assignment]
    value_base64 = Text(required=False, allow_blank=True, help_text="RFC 4648 §4.")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        given = [(name, said.pop(name)) for name in _VALUES if name in said]
        if len(given) != 1:
            raise serializers.ValidationError({"value": "Give one of value, fields and value_base64."})
        [(name, content)] = given
        return {**said, "stored": _VALUES[name](content)}


class Variables(serializers.DictField):
    """What fills the preset's address in, such as the resource's name at Azure."""

    child = Text()

    def __init__(self) -> None:
        super().__init__(default=dict)


class NewSecretSerializer(NewValueSerializer, AboutSerializer):
    name = Text()
    kind = serializers.ChoiceField(SecretKind.values, default=SecretKind.SECRET)
    provider = Text(default="", allow_blank=True, help_text="What the gateway brokers it to; of a brokered one only.")
    variables = Variables()


class NewVersionSerializer(NewValueSerializer):
    expected_version = Whole(
        required=False, min_value=0, max_value=2**31 - 1, help_text="Refused with 412 if another one is current."
    )


class BindingSerializer(NewValueSerializer):
    """The value only where a secret is bound anew to another provider or host."""

    provider = Text(help_text="One of the gateway's presets.")
    variables = Variables()

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        return super().validate(said) if said.keys() & _VALUES.keys() else said


class VersionNumberSerializer(Body):
    version = Whole(min_value=1, max_value=2**31 - 1)


class SharedSerializer(serializers.Serializer[Any]):
    named = serializers.ListField(child=serializers.CharField(), help_text="`project/environment/name`.")
    others = serializers.IntegerField(help_text="How many more, that the token may not read.")


class StoredSerializer(SecretSerializer):
    shared = SharedSerializer(help_text="Where else the same value is.")

    class Meta(SecretSerializer.Meta):
        fields = (*SecretSerializer.Meta.fields, "shared")


class ValueSerializer(serializers.Serializer[Any]):
    """`value` for a text, `fields` for fields, `value_base64` for bytes."""

    name = serializers.CharField()
    type = serializers.ChoiceField(ValueType.values)
    value = serializers.CharField(required=False)
    fields = serializers.DictField(child=serializers.CharField(), required=False)  # type: ignore[assignment]
    value_base64 = serializers.CharField(required=False)
    version = serializers.IntegerField()
    environment = serializers.CharField()
    project = serializers.CharField()


class ReadValueSerializer(ValueSerializer):
    receipt = serializers.CharField(help_text="`<event id>:<leaf hash>`.")


class ValuesSerializer(serializers.Serializer[Any]):
    results = ReadValueSerializer(many=True)


class ValueQuery(Query):
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class ValuesQuery(Query):
    prefix = serializers.CharField(default="", allow_blank=True, max_length=512, help_text="How the names begin.")


class NamesSerializer(Body):
    names = serializers.ListField(child=Text(), allow_empty=False, max_length=2000)


class DestinationSerializer(Body):
    environment = Text()
    project = Text(required=False, help_text="The same one where it is left out.")
    name = Text(default="", allow_blank=True, help_text="The same one where it is left out.")
    as_version = Flag(default=False, help_text="A new version of the secret that has the name there.")


class ImportSerializer(Body):
    content = Text(allow_blank=True, help_text="A `.env` file, at most 1 MiB and 2,000 names.")
    apply = Flag(default=False, help_text="Without it nothing is changed.")


class UnreadableSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    reason = serializers.CharField()


class ImportedSerializer(serializers.Serializer[Any]):
    applied = serializers.BooleanField()
    new = serializers.ListField(child=serializers.CharField(), source="preview.new")
    changed = serializers.ListField(child=serializers.CharField(), source="preview.changed")
    same = serializers.ListField(child=serializers.CharField(), source="preview.same")
    unreadable = UnreadableSerializer(many=True, source="preview.unreadable")
    shared = SharedSerializer(required=False, help_text="Where else values of an applied import are.")


class ExportSerializer(Body):
    format = serializers.ChoiceField(list(FORMATS))
    dialect = Text(default="", allow_blank=True, help_text="Of `dotenv`, where the reader has one.")
    prefix = Text(default="", allow_blank=True, help_text="How the names begin.")


class ExportedSerializer(serializers.Serializer[Any]):
    content = serializers.CharField()
    count = serializers.IntegerField()
    receipts = serializers.ListField(child=serializers.CharField(), help_text="One for each value.")


_VALUES: dict[str, Callable[[Any], Value]] = {
    "value": Value.text,
    "fields": Value.fields,
    "value_base64": Value.base64,
}
