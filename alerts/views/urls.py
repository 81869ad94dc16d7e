"""The addresses of alerts, below that of their organization."""

from django.urls import URLPattern, path

from alerts.views import answer, channels, log, rules

urlpatterns: list[URLPattern] = [
    path("", log.alerts, name="alerts"),
    path("/rules", rules.rules, name="alert-rules"),
    path("/rules/<slug:kind>", rules.edit_rule, name="edit-alert-rule"),
    path("/calendar", rules.calendar, name="alert-calendar"),
    path("/channels", channels.channels, name="alert-channels"),
    path("/channels/new/email", channels.new_mail_channel, name="new-mail-channel"),
    path("/channels/new/webhook", channels.new_webhook_channel, name="new-webhook-channel"),
    path("/channels/<uuid:channel_id>", channels.edit_channel, name="edit-alert-channel"),
    path("/channels/<uuid:channel_id>/test", channels.send_test, name="try-alert-channel"),
    path("/channels/<uuid:channel_id>/secret", channels.new_secret, name="replace-alert-secret"),
    path("/channels/<uuid:channel_id>/deletion", channels.remove_channel, name="delete-alert-channel"),
    path("/deliveries/<uuid:delivery_id>/redelivery", channels.send_again, name="redeliver-alerts"),
    path("/answer/<str:ticket>", answer.answer, name="answer-alert"),
    path("/<uuid:alert_id>", log.alert, name="alert"),
    path("/<uuid:alert_id>/acknowledgement", log.acknowledge, name="acknowledge-alert"),
    path("/<uuid:alert_id>/resolution", log.resolve, name="resolve-alert"),
]
