"""The addresses of usage and billing, below that of the organization."""

from django.urls import URLPattern, path

from gateway.views import billing, usage

urlpatterns: list[URLPattern] = [
    path("usage", usage.usage, name="usage"),
    path("usage/export", usage.export, name="usage-export"),
    path("billing", billing.billing, name="billing"),
    path("billing/limit", billing.limit, name="set-limit"),
    path("billing/limits/<uuid:limit_id>/removal", billing.remove, name="remove-limit"),
    path("billing/chargeback", billing.chargeback, name="chargeback"),
]
