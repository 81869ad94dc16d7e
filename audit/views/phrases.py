"""What an act is called in the timeline: the words between who did it and what it was done to, a sign, a tone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_Words = tuple[str, str | Promise]  # the name of an icon, the phrase


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str | Promise
    icon: str
    tone: str
    """``warn`` where a value left, ``danger`` where something ended or was refused, ``ok`` where somebody came."""


def phrase_of(action: str) -> Phrase:
    """An act without words of its own is told by its name."""
    icon, text = _PHRASES.get(action, (_KINDS.get(action.partition(":")[0], "activity"), action))
    return Phrase(text, icon, _TONES.get(action, ""))


_KINDS = {
    "member": "users", "team": "users", "invitation": "mail", "offboarding": "user-x", "sso": "log-in",
    "domain": "log-in",
    "grant": "shield-check", "project": "folder-key", "environment": "folder-key", "secret": "folder-key",
    "token": "key-round", "service": "bot", "scim-token": "key-round", "person": "user-round", "session": "monitor",
    "organization": "settings", "event": "scroll-text", "operator": "user-round", "upstream": "server", "sweep": "bot",
    "gateway": "server", "alert": "bell", "alert-rule": "bell", "alert-channel": "webhook", "alert-calendar": "bell",
    "keys": "lock", "audit": "scroll-text", "engagement": "clock", "directory-group": "users", "host-label": "server",
}  # fmt: skip

_TONES = {
    **dict.fromkeys(("secret:reveal", "secret:export", "secret:copy", "secret:unseal", "token:copy"), "warn"),
    **dict.fromkeys(
        ("token:revoke", "member:remove", "project:delete", "environment:delete", "secret:delete", "secret:purge",
         "secret:erase", "grant:production-read", "environment:unprotect", "gateway:refuse", "gateway:key-rejected"),
        "danger",
    ),
    **dict.fromkeys(("member:add", "invitation:create", "invitation:accept", "person:sign-up"), "ok"),
}  # fmt: skip

_PHRASES: dict[str, _Words] = {
    "access:explain": ("circle-help", _("asked who may do what")),
    "access:explain-others": ("circle-help", _("asked what somebody else may do")),
    "alert-channel:create": ("webhook", _("added a channel for alerts")),
    "alert-channel:test": ("webhook", _("sent a test to a channel for alerts")),
    "alert:deliver": ("bell", _("delivered alerts to")),
    "alert:raise": ("bell", _("raised an alert")),
    "domain:claim": ("log-in", _("claimed the mail domain")),
    "domain:drop": ("log-in", _("gave up the mail domain")),
    "domain:prove": ("log-in", _("proved the mail domain")),
    "engagement:notice": ("clock", _("gave notice of a last day:")),
    "environment:change": ("pencil", _("changed the environment")),
    "environment:create": ("plus", _("made the environment")),
    "environment:delete": ("x", _("deleted the environment")),
    "environment:unprotect": ("shield-alert", _("took the protection from the environment")),
    "event:list": ("scroll-text", _("looked at the audit log")),
    "event:prove": ("shield-check", _("asked for a proof of the log")),
    "gateway:key-rejected": ("circle-alert", _("was told by the provider that it does not take the key")),
    "gateway:refuse": ("ban", _("was refused at the gateway")),
    "gateway:use": ("server", _("used the gateway")),
    "grant:add": ("shield-check", _("gave a grant to")),
    "grant:list": ("list", _("looked at the grants")),
    "grant:production-read": ("shield-alert", _("gave the right to read production to")),
    "grant:revoke": ("shield-check", _("took a grant from")),
    "host-label:give": ("server", _("gave a host of the gateway:")),
    "host-label:take": ("x", _("took away the host")),
    "invitation:accept": ("user-plus", _("accepted an invitation")),
    "invitation:create": ("mail", _("invited")),
    "invitation:decline": ("mail", _("declined an invitation")),
    "invitation:list": ("list", _("looked at the invitations")),
    "invitation:open": ("mail", _("opened an invitation")),
    "invitation:resend": ("mail", _("sent an invitation again to")),
    "invitation:withdraw": ("mail", _("withdrew the invitation of")),
    "leak:search": ("search", _("looked a pasted text up at the leak desk")),
    "member:add": ("user-plus", _("added the member")),
    "member:change": ("pencil", _("changed the membership of")),
    "member:end-sessions": ("log-out", _("ended the sessions of")),
    "member:leave": ("log-out", _("left the organisation")),
    "member:list": ("list", _("looked at the members")),
    "member:remove": ("user-x", _("ended the membership of")),
    "member:reset-factors": ("fingerprint", _("took the second factors away from")),
    "member:role": ("users", _("changed the role of")),
    "offboarding:list": ("list", _("looked at the planned offboardings")),
    "offboarding:preview": ("eye", _("looked at what the end of a membership means:")),
    "offboarding:schedule": ("clock", _("planned the offboarding of")),
    "offboarding:withdraw": ("rotate-ccw", _("called the offboarding off of")),
    "organization:create": ("plus", _("made the organisation")),
    "organization:enter": ("log-in", _("came in by choosing the organisation")),
    "organization:networks-rollback": ("rotate-ccw", _("put the allowed networks back")),
    "organization:policy": ("settings", _("changed the policy")),
    "organization:rename": ("pencil", _("renamed the organisation")),
    "organization:transfer": ("users", _("handed the ownership to")),
    "organization:view": ("eye", _("looked at the organisation")),
    "person:address-confirm": ("mail", _("confirmed an address")),
    "person:factor-add": ("fingerprint", _("added a second factor")),
    "person:factor-remove": ("fingerprint", _("removed a second factor")),
    "person:factor-rename": ("fingerprint", _("renamed a second factor")),
    "person:password-change": ("lock", _("changed the password")),
    "person:password-reset": ("lock", _("set a new password by mail")),
    "person:password-reset-request": ("lock", _("asked for a new password")),
    "person:recovery-codes": ("fingerprint", _("made new recovery codes")),
    "person:sign-in": ("log-in", _("signed in")),
    "person:sign-out": ("log-out", _("signed out")),
    "person:sign-up": ("user-plus", _("signed up")),
    "person:step-up": ("shield-check", _("confirmed with a second factor")),
    "project:change": ("pencil", _("changed the project")),
    "project:create": ("plus", _("made the project")),
    "project:delete": ("x", _("deleted the project")),
    "project:list": ("list", _("looked at the projects")),
    "secret:bind": ("server", _("bound to a provider")),
    "secret:change": ("pencil", _("changed the details of")),
    "secret:copy": ("copy", _("copied")),
    "secret:create": ("plus", _("stored")),
    "secret:delete": ("x", _("deleted")),
    "secret:duplicates": ("equal", _("looked for equal values")),
    "secret:erase": ("x", _("erased a version of")),
    "secret:export": ("download", _("exported")),
    "secret:import": ("upload", _("imported secrets")),
    "secret:list": ("list", _("looked at the names of secrets")),
    "secret:move": ("upload", _("moved")),
    "secret:purge": ("x", _("deleted for ever")),
    "secret:restore": ("rotate-ccw", _("restored an older version of")),
    "secret:reveal": ("eye", _("read")),
    "secret:rotate": ("refresh-cw", _("rotated")),
    "secret:rotation-due": ("clock", _("gave notice of a rotation that is due:")),
    "secret:rotation-overdue": ("clock", _("gave notice of a rotation that is overdue:")),
    "secret:undelete": ("rotate-ccw", _("took back the deletion of")),
    "secret:unseal": ("server", _("opened for the gateway")),
    "secret:version": ("refresh-cw", _("saved a new version of")),
    "service:manage": ("bot", _("changed the service identity")),
    "session:end": ("log-out", _("ended a session")),
    "session:list": ("monitor", _("looked at the sessions")),
    "sso:change": ("log-in", _("changed the single sign-on")),
    "sso:create": ("log-in", _("added the single sign-on")),
    "sso:delete": ("log-in", _("removed the single sign-on")),
    "sso:list": ("list", _("looked at the single sign-on")),
    "sso:map": ("log-in", _("tied a claim to")),
    "sso:test": ("log-in", _("tested the single sign-on")),
    "sso:unmap": ("log-in", _("untied a claim from")),
    "team:add-member": ("users", _("put into the team")),
    "team:create": ("users", _("made the team")),
    "team:delete": ("users", _("deleted the team")),
    "team:list": ("list", _("looked at the teams")),
    "team:remove-member": ("users", _("took out of the team")),
    "team:rename": ("users", _("renamed the team")),
    "token:authenticate": ("ban", _("presented a token")),
    "token:change": ("pencil", _("changed the token")),
    "token:copy": ("copy", _("copied the team token")),
    "token:expiry-due": ("clock", _("gave notice of an expiry:")),
    "token:exposed": ("circle-alert", _("sent in the clear the token")),
    "token:issue-personal": ("key-round", _("issued the personal token")),
    "token:issue-production": ("key-round", _("issued the token for production")),
    "token:issue-service": ("key-round", _("issued the service token")),
    "token:issue-team": ("key-round", _("issued the team token")),
    "token:keep": ("check", _("keeps the token")),
    "token:keys": ("eye", _("looked, masked, at the keys behind")),
    "token:list": ("list", _("looked at the tokens")),
    "token:offer": ("mail", _("offered the token")),
    "token:open": ("key-round", _("opened the offered token")),
    "token:revoke": ("key-round", _("revoked the token")),
    "token:stale-notice": ("clock", _("gave notice of an unused token:")),
    "upstream:add": ("server", _("added the upstream")),
    "upstream:change": ("pencil", _("changed the upstream")),
    "upstream:delete": ("x", _("deleted the upstream")),
}
