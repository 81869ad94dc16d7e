"""The addresses of single sign-on. Allauth's own, which begin one by GET and take its parameters, are not here."""

from django.urls import URLPattern, path

from keyvault.flows.sso import views

urlpatterns: list[URLPattern] = [
    path("sign-in/sso", views.start, name="sso-start"),
    path("account/step-up/provider", views.step_up, name="step-up-by-provider"),
    path("sso/<slug:key>/callback", views.callback, name="sso-callback"),
    path("sso/<slug:key>/acs", views.acs, name="sso-acs"),
    path("sso/<slug:key>/acs/finish", views.finish_acs, name="sso-finish-acs"),
    path("sso/<slug:key>/metadata", views.metadata, name="sso-metadata"),
]
