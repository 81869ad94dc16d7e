"""Every address of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from keyvault.api.found import found, github_alert
from keyvault.console.appearance import appearance
from keyvault.flows.feedback.views import feedback
from keyvault.flows.public_texts.models import Name
from keyvault.flows.public_texts.views import public_text
from keyvault.health import healthz, readyz
from keyvault.pages import account, choose_organization, home
from keyvault.status import status

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("status", status, name="status"),
    path("privacy", public_text, {"name": Name.PRIVACY}, name="privacy"),
    path("terms", public_text, {"name": Name.TERMS}, name="terms"),
    path("feedback", feedback, name="feedback"),
    path("found", found, name="found"),
    path("scanners/github/<slug:key>", github_alert, name="github-alert"),
    path("api/v1/", include("keyvault.api.urls")),
    path("scim/v2/", include("keyvault.scim.urls")),
    path("", home, name="home"),
    path("admin", RedirectView.as_view(pattern_name="admin:index"), name="admin"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("orgs.views.invitation_urls")),
    path("", include("keyvault.flows.sso.urls")),
    path("account", account, name="account"),
    path("account/organization", choose_organization, name="choose-organization"),
    path("account/appearance", appearance, name="appearance"),
    # The console: everything of one organization stands below its name.
    path("o/<slug:org>/", include("keyvault.console.urls")),
    path("o/<slug:org>/p/", include("keyvault.secrets.views.urls")),
    path("o/<slug:org>/tokens", include("tokens.views.urls")),
    path("o/<slug:org>/alerts", include("alerts.views.urls")),
    path("o/<slug:org>/audit", include("audit.views.urls")),
    path("o/<slug:org>/", include("gateway.views.urls")),
    path("o/<slug:org>/settings/sso", include("orgs.views.sign_on.urls")),
    path("o/<slug:org>/", include("orgs.urls")),
]

handler400 = "keyvault.api.pages.bad_request"
handler403 = "keyvault.api.pages.permission_denied"
handler404 = "keyvault.api.pages.not_found"
handler500 = "keyvault.api.pages.failed"
