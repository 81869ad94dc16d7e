"""The addresses of an organization's people: for those who are invited, and for those who look after them."""

from django.urls import URLPattern, path

from orgs.views import invitation, policy, provisioning

urlpatterns: list[URLPattern] = [
    path("invitations/<path:code>", invitation.invitation_link, name="invitation-link"),
    path("invitation", invitation.invitation, name="invitation"),
    path("invitation/acceptance", invitation.accept_invitation, name="accept-invitation"),
    path("invitation/account", invitation.join_with_new_account, name="join-with-new-account"),
    path("invitation/refusal", invitation.decline_invitation, name="decline-invitation"),
    path("settings/policy", policy.policy, name="policy"),
    path("settings/policy/change", policy.edit_policy, name="edit-policy"),
    path("settings/policy/networks", policy.edit_networks, name="edit-networks"),
    path("settings/policy/networks/trial", policy.try_networks, name="try-networks"),
    path("settings/policy/networks/confirmation", policy.keep_networks, name="keep-networks"),
    path("settings/provisioning", provisioning.provisioning, name="provisioning"),
    path("settings/provisioning/new", provisioning.new_scim_token, name="new-scim-token"),
    path("settings/provisioning/<uuid:token_id>/revocation", provisioning.end_scim_token, name="revoke-scim-token"),
]
