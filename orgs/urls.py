"""The addresses of an organization's people and settings, below its own."""

from django.urls import URLPattern, path

from orgs.views import policy, provisioning
from orgs.views.people import factors, invitations, leaving, members, sessions, teams

urlpatterns: list[URLPattern] = [
    path("settings/policy", policy.policy, name="policy"),
    path("settings/policy/change", policy.edit_policy, name="edit-policy"),
    path("settings/policy/networks", policy.edit_networks, name="edit-networks"),
    path("settings/policy/networks/trial", policy.try_networks, name="try-networks"),
    path("settings/policy/networks/confirmation", policy.keep_networks, name="keep-networks"),
    path("settings/provisioning", provisioning.provisioning, name="provisioning"),
    path("settings/provisioning/new", provisioning.new_scim_token, name="new-scim-token"),
    path("settings/provisioning/mappings", provisioning.apply_mappings, name="apply-mappings"),
    path("settings/provisioning/<uuid:token_id>/revocation", provisioning.end_scim_token, name="revoke-scim-token"),
    path("members", members.members, name="members"),
    path("members/invite", invitations.invite, name="invite"),
    path("members/invitations/<uuid:invitation_id>/resending", invitations.resend, name="resend-invitation"),
    path("members/invitations/<uuid:invitation_id>/withdrawal", invitations.withdraw, name="withdraw-invitation"),
    path("members/leave", members.leave, name="leave"),
    path("members/teams", teams.teams, name="teams"),
    path("members/teams/new", teams.new_team, name="new-team"),
    path("members/teams/<uuid:team_id>", teams.team, name="team"),
    path("members/teams/<uuid:team_id>/name", teams.rename, name="rename-team"),
    path("members/teams/<uuid:team_id>/members", teams.join, name="join-team"),
    path("members/teams/<uuid:team_id>/members/<uuid:member_id>/removal", teams.drop, name="leave-team"),
    path("members/teams/<uuid:team_id>/deletion", teams.delete, name="delete-team"),
    path("members/left", leaving.offboardings, name="offboardings"),
    path("members/left/<uuid:offboarding_id>", leaving.report, name="offboarding-report"),
    path("members/left/<uuid:offboarding_id>/report.json", leaving.download_report, name="download-report"),
    path("members/left/<uuid:offboarding_id>/withdrawal", leaving.call_off, name="call-off"),
    path("members/<uuid:member_id>", members.member, name="member"),
    path("members/<uuid:member_id>/role", members.change_member_role, name="change-role"),
    path("members/<uuid:member_id>/unit", members.change_member_unit, name="change-unit"),
    path("members/<uuid:member_id>/last-day", members.change_member_last_day, name="change-last-day"),
    path("members/<uuid:member_id>/succession", members.change_default_successor, name="change-successor"),
    path("members/<uuid:member_id>/factors", factors.reset, name="reset-factors"),
    path("members/<uuid:member_id>/sessions/end", sessions.end_all, name="end-members-sessions"),
    path("members/<uuid:member_id>/offboarding", leaving.offboard, name="offboard"),
]
