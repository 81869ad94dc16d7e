"""The link of an invitation, once opened: the session remembers that it has seen the code, never the code.

What it keeps is the code's digest, so that an invitation that is sent again, with another code, is not held by whoever
opened the link before.
"""

from django.http import HttpRequest

from audit.services import record_folded
from keyvault.errors import NotAllowed, NotFound
from keyvault.flows.browser_sessions import sso_org_of
from keyvault.middleware import origin_of
from orgs.invitation_codes import code_digest
from orgs.models import Invitation
from orgs.services.invitations import find_by_digest

OPEN_LINK = "invitation:open"
_KEY = "kv_invitation"


def hold_link(request: HttpRequest, code: str) -> None:
    """Whether there is such an invitation is told on the next page, whose address has no code in it."""
    digest = code_digest(code)
    if find_by_digest(digest) is None:
        record_folded(OPEN_LINK, origin=origin_of(request), reason="unknown-link")
    request.session[_KEY] = digest.hex()


def held_invitation(request: HttpRequest) -> Invitation:
    """Raises NotFound for a browser that has opened no link, or a link that is none."""
    kept = request.session.get(_KEY)
    found = find_by_digest(bytes.fromhex(kept)) if isinstance(kept, str) else None
    if found is None:
        raise NotFound("This link is not, or no longer, that of an invitation.", remedy="Use the newest mail.")
    return found


def let_go(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)


def require_reach(request: HttpRequest, invitation: Invitation) -> None:
    """Raises NotAllowed for a session of another organization's single sign-on: it reaches that one only."""
    bound = sso_org_of(request)
    if bound and bound != invitation.org_id:
        raise NotAllowed(
            "This session was opened for another organization.",
            rule="single-sign-on-elsewhere",
            remedy="Sign out, and sign in with your password.",
        )
