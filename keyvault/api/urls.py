"""Every address of the API. The token names the organization, so no path does; a secret's name comes last."""

from django.urls import URLPattern, path

from accounts.api import sessions
from alerts.api import alerts, channels, rules
from audit.api import events, proofs, streams
from gateway.api import bindings as gateway_bindings
from gateway.api import labels, limits, upstreams, usage
from keyvault.api import leaks, scanners
from keyvault.api.docs import Docs, openapi
from keyvault.secrets.api import bindings, files, grants, projects, secrets, transfers, values, versions
from orgs.api import organization, people, scim_tokens, sign_on
from tokens.api import changes, environments, identities, reviews, tokens

_PROJECT = "projects/<slug:project>"
_PLACE = f"{_PROJECT}/environments/<slug:environment>"
_NAME = "<path:name>"
_TOKEN = "tokens/<uuid:token>"  # noqa: S105 - an address

urlpatterns: list[URLPattern] = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", Docs.as_view(), name="docs"),
    path("whoami", organization.WhoAmI.as_view()),
    path("organization", organization.OrganizationView.as_view()),
    path("sessions", sessions.Sessions.as_view()),
    path("sessions/<uuid:session>", sessions.SessionView.as_view()),
    path("members", organization.Members.as_view()),
    path("members/<uuid:member>", organization.Member.as_view()),
    path("members/<uuid:member>/offboarding", people.OffboardingPreview.as_view()),
    path("members/<uuid:member>/sessions", people.MembersSessions.as_view()),
    path("invitations", people.Invitations.as_view()),
    path("invitations/<uuid:invitation>", people.InvitationView.as_view()),
    path("offboardings", people.Offboardings.as_view()),
    path("offboardings/<uuid:offboarding>", people.OffboardingView.as_view()),
    path("teams", organization.Teams.as_view()),
    path("teams/<slug:team>", organization.TeamView.as_view()),
    path("scim-tokens", scim_tokens.ScimTokens.as_view()),
    path("sso/connections", sign_on.Connections.as_view()),
    path("sso/connections/<uuid:connection>", sign_on.ConnectionView.as_view()),
    path("sso/domains", sign_on.Domains.as_view()),
    path("grants", grants.Grants.as_view()),
    path("access", organization.Access.as_view()),
    path("projects", projects.Projects.as_view()),
    path(_PROJECT, projects.ProjectView.as_view()),
    path(f"{_PROJECT}/duplicates", projects.Duplicates.as_view()),
    path(f"{_PROJECT}/environments", projects.Environments.as_view()),
    path(_PLACE, projects.EnvironmentView.as_view()),
    path(f"{_PLACE}/token-pause", environments.EnvironmentPause.as_view()),
    path(f"{_PLACE}/token-revocations", environments.EnvironmentRevocations.as_view()),
    path(f"{_PLACE}/secrets", secrets.Secrets.as_view()),
    path(f"{_PLACE}/secrets/{_NAME}", secrets.SecretView.as_view()),
    path(f"{_PLACE}/deleted-secrets", secrets.DeletedSecrets.as_view()),
    path(f"{_PLACE}/values", values.Values.as_view()),
    path(f"{_PLACE}/imports", files.Imports.as_view()),
    path(f"{_PLACE}/exports", files.Exports.as_view()),
    path(f"{_PLACE}/values/{_NAME}", values.Value.as_view()),
    path(f"{_PLACE}/versions/{_NAME}", versions.Versions.as_view()),
    path(f"{_PLACE}/rotations/{_NAME}", versions.Rotations.as_view()),
    path(f"{_PLACE}/restorations/{_NAME}", versions.Restorations.as_view()),
    path(f"{_PLACE}/undeletions/{_NAME}", versions.Undeletions.as_view()),
    path(f"{_PLACE}/bindings/{_NAME}", bindings.Bindings.as_view()),
    path(f"{_PLACE}/purges/{_NAME}", secrets.Purges.as_view()),
    path(f"{_PLACE}/erasures/{_NAME}", versions.Erasures.as_view()),
    path(f"{_PLACE}/copies/{_NAME}", transfers.Copies.as_view()),
    path(f"{_PLACE}/moves/{_NAME}", transfers.Moves.as_view()),
    path("service-identities", identities.ServiceIdentities.as_view()),
    path("service-identities/<slug:service>", identities.ServiceIdentityView.as_view()),
    path("service-identities/<slug:service>/disablement", identities.Disablement.as_view()),
    path("tokens", tokens.Tokens.as_view()),
    path("tokens/self/revocation", changes.OwnRevocation.as_view()),
    path(_TOKEN, tokens.Token.as_view()),
    path(f"{_TOKEN}/pause", changes.Pause.as_view()),
    path(f"{_TOKEN}/revocation", changes.Revocation.as_view()),
    path(f"{_TOKEN}/replacements", changes.Replacements.as_view()),
    path(f"{_TOKEN}/value", changes.TokenValue.as_view()),
    path(f"{_TOKEN}/snippet", gateway_bindings.TokenSnippet.as_view()),
    path(f"{_TOKEN}/keys", gateway_bindings.TokenKeys.as_view()),
    path("alerts", alerts.Alerts.as_view()),
    path("alerts/<uuid:alert>", alerts.AlertView.as_view()),
    path("alerts/<uuid:alert>/acknowledgement", alerts.Acknowledgement.as_view()),
    path("alerts/<uuid:alert>/resolution", alerts.Resolution.as_view()),
    path("alert-rules", rules.Rules.as_view()),
    path("alert-rules/<slug:kind>", rules.RuleView.as_view()),
    path("alert-calendar", rules.CalendarView.as_view()),
    path("alert-channels", channels.Channels.as_view()),
    path("alert-channels/<uuid:channel>", channels.ChannelView.as_view()),
    path("alert-channels/<uuid:channel>/secret", channels.ChannelSecret.as_view()),
    path("alert-channels/<uuid:channel>/test", channels.ChannelTest.as_view()),
    path("alert-deliveries", channels.Deliveries.as_view()),
    path("alert-deliveries/<uuid:delivery>/redelivery", channels.Redelivery.as_view()),
    path("token-reviews", reviews.TokenReviews.as_view()),
    path(f"{_TOKEN}/keep", reviews.Keep.as_view()),
    path(f"{_TOKEN}/exemption", reviews.Exemption.as_view()),
    path("leaks", leaks.Leaks.as_view()),
    path("scanners", scanners.Scanners.as_view()),
    path("scanners/<uuid:scanner>", scanners.ScannerView.as_view()),
    path("providers", upstreams.Providers.as_view()),
    path("upstreams", upstreams.Upstreams.as_view()),
    path("upstreams/<slug:upstream>", upstreams.UpstreamView.as_view()),
    path("host-labels", labels.HostLabels.as_view()),
    path("host-labels/<slug:label>", labels.HostLabelView.as_view()),
    path("usage", usage.UsageView.as_view()),
    path("usage-export", usage.UsageTable.as_view()),
    path("chargeback", usage.Chargeback.as_view()),
    path("limits", limits.Limits.as_view()),
    path("limits/<uuid:limit>", limits.LimitView.as_view()),
    path("events", events.Events.as_view()),
    path("events/<uuid:event>", events.EventView.as_view()),
    path("events/<uuid:event>/proof", proofs.EventProof.as_view()),
    path("checkpoint", proofs.Standing.as_view()),
    path("streams", streams.Streams.as_view()),
    path("streams/<uuid:stream>", streams.StreamView.as_view()),
]
