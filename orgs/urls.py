"""The addresses of an organization's people: for those who are invited, and for those who look after them."""

from django.urls import URLPattern, path

from orgs.views import invitation

urlpatterns: list[URLPattern] = [
    path("invitations/<path:code>", invitation.invitation_link, name="invitation-link"),
    path("invitation", invitation.invitation, name="invitation"),
    path("invitation/acceptance", invitation.accept_invitation, name="accept-invitation"),
    path("invitation/account", invitation.join_with_new_account, name="join-with-new-account"),
    path("invitation/refusal", invitation.decline_invitation, name="decline-invitation"),
]
