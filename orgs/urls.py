"""The addresses of an organization's people: for those who are invited, and for those who look after them."""

from django.urls import URLPattern, path

from orgs.views import invitation, policy, provisioning
from orgs.views.people import factors, invitations, leaving, members

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
    path("settings/provisioning/mappings", provisioning.apply_mappings, name="apply-mappings"),
    path("settings/provisioning/<uuid:token_id>/revocation", provisioning.end_scim_token, name="revoke-scim-token"),
    path("settings/members", members.members, name="members"),
    path("settings/members/invite", invitations.invite, name="invite"),
    path("settings/members/invitations/<uuid:invitation_id>/resending", invitations.resend, name="resend-invitation"),
    path(
        "settings/members/invitations/<uuid:invitation_id>/withdrawal", invitations.withdraw, name="withdraw-invitation"
    ),
    path("settings/members/leave", members.leave, name="leave"),
    path("settings/members/left", leaving.offboardings, name="offboardings"),
    path("settings/members/left/<uuid:offboarding_id>", leaving.report, name="offboarding-report"),
    path("settings/members/left/<uuid:offboarding_id>/report.json", leaving.download_report, name="download-report"),
    path("settings/members/left/<uuid:offboarding_id>/withdrawal", leaving.call_off, name="call-off"),
    path("settings/members/<uuid:member_id>", members.member, name="member"),
    path("settings/members/<uuid:member_id>/role", members.change_member_role, name="change-role"),
    path("settings/members/<uuid:member_id>/unit", members.change_member_unit, name="change-unit"),
    path("settings/members/<uuid:member_id>/last-day", members.change_member_last_day, name="change-last-day"),
    path("settings/members/<uuid:member_id>/succession", members.change_default_successor, name="change-successor"),
    path("settings/members/<uuid:member_id>/factors", factors.reset, name="reset-factors"),
    path("settings/members/<uuid:member_id>/offboarding", leaving.offboard, name="offboard"),
]
