"""The addresses for those who are invited: they are in no organization yet."""

from django.urls import URLPattern, path

from orgs.views import invitation

urlpatterns: list[URLPattern] = [
    path("invitations/<path:code>", invitation.invitation_link, name="invitation-link"),
    path("invitation", invitation.invitation, name="invitation"),
    path("invitation/acceptance", invitation.accept_invitation, name="accept-invitation"),
    path("invitation/account", invitation.join_with_new_account, name="join-with-new-account"),
    path("invitation/refusal", invitation.decline_invitation, name="decline-invitation"),
]
