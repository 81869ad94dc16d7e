"""How alerts, rules, channels and deliveries look in the API."""

from typing import Any

from rest_framework import serializers

from alerts.catalogue import QUIET, STANDARD, THRESHOLDS, WINDOWS, Kind, Severity
from alerts.models import Alert, AlertState, Calendar, Channel, ChannelKind, Delivery, DeliveryState, Mode
from alerts.rules import Standing
from keyvault.api.fields import Body, Flag, Query, Text, Whole
from keyvault.target import Tier


class AlertSerializer(serializers.ModelSerializer[Alert]):
    kind = serializers.ChoiceField(list(Kind), help_text="The rule that raised it.")
    severity = serializers.ChoiceField(list(Severity))
    tier = serializers.CharField(help_text="Of the environment or token that it is about; else empty.")
    count = serializers.IntegerField(help_text="How much was found so far.")
    token_id = serializers.UUIDField(source="token", allow_null=True)
    project_id = serializers.UUIDField(source="project", allow_null=True)
    environment_id = serializers.UUIDField(source="environment", allow_null=True)
    person_id = serializers.UUIDField(source="person", allow_null=True)

    class Meta:
        model = Alert
        fields = (
            "id",
            "kind",
            "severity",
            "tier",
            "title",
            "sentence",
            "count",
            "first_at",
            "last_at",
            "token_id",
            "project_id",
            "environment_id",
            "person_id",
            "state",
            "acknowledged_at",
            "acknowledged_by",
            "resolved_at",
            "resolved_by",
            "note",
        )


class OneAlertSerializer(AlertSerializer):
    events = serializers.SerializerMethodField()

    class Meta(AlertSerializer.Meta):
        fields = (*AlertSerializer.Meta.fields, "events")  # type: ignore[assignment] # a longer tuple

    def get_events(self, alert: Alert) -> list[str]:
        """The newest hundred of the events that it was found in, by id, the newest first."""
        found = alert.sightings.order_by("-at", "-id").values_list("event", flat=True)[:100]
        return [str(event) for event in found]


class AlertQuery(Query):
    state = serializers.ChoiceField(AlertState.values, required=False)
    kind = serializers.ChoiceField(list(Kind), required=False)
    severity = serializers.ChoiceField(list(Severity), required=False)
    token = serializers.UUIDField(required=False)


class AlertNoteSerializer(Body):
    note = Text(default="", allow_blank=True, max_length=500)


class RuleSerializer(serializers.Serializer[Standing]):
    kind = serializers.ChoiceField(list(Kind))
    title = serializers.CharField(source="standard.title")
    about = serializers.CharField(source="standard.about")
    enabled = serializers.BooleanField()
    always = serializers.BooleanField(source="standard.always", help_text="It cannot be turned off.")
    counts = serializers.BooleanField(source="standard.counts", help_text="`threshold` and `window` can be set.")
    severity = serializers.ChoiceField(list(Severity), allow_null=True, help_text="Null: the standard's, by tier.")
    standard_severity = serializers.SerializerMethodField()
    production_severity = serializers.SerializerMethodField()
    threshold = serializers.IntegerField()
    window = serializers.IntegerField(help_text="Minutes.")
    quiet = serializers.IntegerField(help_text="Minutes without another message about the same.")

    def get_standard_severity(self, rule: Standing) -> str:
        return STANDARD[rule.kind].severity.value

    def get_production_severity(self, rule: Standing) -> str:
        standard = STANDARD[rule.kind]
        return (standard.in_production or standard.severity).value


class RulesSerializer(serializers.Serializer[Any]):
    results = RuleSerializer(many=True)


class RuleChangeSerializer(Body):
    enabled = Flag(required=False)
    severity = serializers.ChoiceField([*Severity, ""], required=False, help_text="Empty: the standard's again.")
    threshold = Whole(required=False, min_value=THRESHOLDS[0], max_value=THRESHOLDS[1])
    window = Whole(required=False, min_value=WINDOWS[0], max_value=WINDOWS[1], help_text="Minutes.")
    quiet = Whole(required=False, min_value=QUIET[0], max_value=QUIET[1], help_text="Minutes.")


class CalendarSerializer(serializers.ModelSerializer[Calendar]):
    class Meta:
        model = Calendar
        fields = ("time_zone", "days", "begins", "ends", "days_off")


class CalendarChangeSerializer(Body):
    time_zone = Text(required=False, max_length=64)
    days = serializers.ListField(child=Whole(min_value=1, max_value=7), required=False, min_length=1, max_length=7)
    begins = serializers.TimeField(required=False)
    ends = serializers.TimeField(required=False)
    days_off = serializers.ListField(child=serializers.DateField(), required=False, max_length=366)


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    kinds = serializers.ListField(child=serializers.ChoiceField(list(Kind)), help_text="Empty: every rule.")
    tiers = serializers.ListField(child=serializers.ChoiceField(list(Tier)), help_text="Empty: every tier.")
    host = serializers.CharField(help_text="Of a webhook; its address may hold a key and is not shown.")
    recipients = serializers.ListField(child=serializers.EmailField(), help_text="Empty: owners and admins.")

    class Meta:
        model = Channel
        fields = (
            "id",
            "kind",
            "name",
            "is_default",
            "enabled",
            "mode",
            "least",
            "kinds",
            "tiers",
            "recipients",
            "host",
            "created_at",
            "created_by",
            "last_sent_at",
            "failing_since",
            "last_error",
        )


class MadeChannelSerializer(serializers.Serializer[Any]):
    channel = ChannelSerializer()
    secret = serializers.CharField(help_text="Of a webhook, shown this once: `whsec_…`. Empty for mail.")


class _ChannelFacts(Body):
    name = Text(required=False, max_length=120)
    url = Text(required=False, max_length=2000, help_text="Of a webhook.")
    recipients = serializers.ListField(child=Text(max_length=254), required=False, max_length=20)
    mode = serializers.ChoiceField(Mode.values, required=False)
    least = serializers.ChoiceField(list(Severity), required=False, help_text="Only what is at least as severe.")
    kinds = serializers.ListField(child=serializers.ChoiceField(list(Kind)), required=False)
    tiers = serializers.ListField(child=serializers.ChoiceField(list(Tier)), required=False)


class NewChannelSerializer(_ChannelFacts):
    kind = serializers.ChoiceField(ChannelKind.values)
    name = Text(max_length=120)


class ChannelChangeSerializer(_ChannelFacts):
    enabled = Flag(required=False)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    channel_id = serializers.UUIDField(allow_null=True)
    to = serializers.SerializerMethodField()
    alerts = serializers.SerializerMethodField()

    class Meta:
        model = Delivery
        fields = (
            "id",
            "channel_id",
            "to",
            "test",
            "state",
            "attempts",
            "created_at",
            "due_at",
            "sent_at",
            "last_error",
            "alerts",
        )

    def get_to(self, delivery: Delivery) -> str:
        """The channel's name, or the address of the member whom the alert concerns."""
        about = delivery.target.about
        return about.name if about else ""

    def get_alerts(self, delivery: Delivery) -> list[str]:
        """The alerts that it tells of, by id."""
        return [str(item.alert_id) for item in delivery.items.all()]


class DeliveryQuery(Query):
    state = serializers.ChoiceField(DeliveryState.values, required=False)
    channel = serializers.UUIDField(required=False)
