"""The app of what anybody may tell the operators."""

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "keyvault.flows.feedback"
    label = "feedback"
