"""How an event looks in the API: its entry, word for word, and its receipt."""

from typing import Any

from rest_framework import serializers

from audit.entry import Outcome
from audit.models import Event
from keyvault.api.fields import Query


class NamedSerializer(serializers.Serializer[Any]):
    """An object as it was called when the event happened."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()


class ActingSerializer(NamedSerializer):
    type = serializers.CharField(help_text="`person`, `service`, `system` or `anonymous`.")


class EventSerializer(serializers.Serializer[Event]):
    """`audit/entry.py` has the table of the fields."""

    v = serializers.IntegerField()
    id = serializers.UUIDField()
    ts = serializers.DateTimeField()
    org = NamedSerializer(allow_null=True)
    actor = ActingSerializer()
    action = serializers.CharField()
    outcome = serializers.ChoiceField([word.value for word in Outcome])
    project = NamedSerializer(allow_null=True)
    env = NamedSerializer(allow_null=True)
    secret = NamedSerializer(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    token = NamedSerializer(allow_null=True, help_text="The token acted with.")
    on_token = NamedSerializer(allow_null=True, help_text="The token acted on.")
    about = NamedSerializer(allow_null=True)
    ip = serializers.CharField(allow_null=True)
    ua = serializers.CharField()
    req = serializers.UUIDField(help_text="The events of one request share it.")
    reason = serializers.CharField()
    details = serializers.DictField()
    receipt = serializers.CharField(help_text="`<event id>:<leaf hash>`, as in the header `KeyVault-Audit`.")

    def to_representation(self, event: Event) -> dict[str, Any]:
        return {**event.document, "receipt": str(event.receipt)}


class EventsQuery(Query):
    actor = serializers.UUIDField(required=False, help_text="A person's or a service identity's id.")
    secret = serializers.UUIDField(required=False)
    token = serializers.UUIDField(required=False, help_text="What was done with it and to it.")
    action = serializers.CharField(required=False, max_length=64, help_text="For example `secret:reveal`.")
    outcome = serializers.ChoiceField([word.value for word in Outcome], required=False)
    since = serializers.DateTimeField(required=False, help_text="From this moment on, to the millisecond.")
    until = serializers.DateTimeField(required=False, help_text="Up to, and without, this moment.")
