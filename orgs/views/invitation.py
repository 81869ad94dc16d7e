"""The invited person's pages. The link's address holds the code, so that it shows nothing and refuses nothing."""

from allauth.account.utils import complete_signup
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from keyvault.errors import Conflict, NotAllowed, NotFound
from keyvault.flows.invitations import held, joining
from keyvault.flows.session_actor import CHOSEN
from orgs.models import Invitation
from orgs.services.invitations import require_open
from orgs.views.forms import NewAccountForm


@csrf_exempt
@never_cache
def invitation_link(request: HttpRequest, code: str) -> HttpResponse:
    """Any method, any code: an answer other than the way on would be logged with its address."""
    held.hold_link(request, code)
    return redirect("invitation")


@never_cache
@require_safe
def invitation(request: HttpRequest) -> HttpResponse:
    try:
        found = _open(request)
    except (NotFound, Conflict) as gone:
        return render(request, "orgs/invitation_gone.html", {"gone": gone}, status=404)
    form = None if request.user.is_authenticated or joining.has_account(found) else NewAccountForm(invited=found)
    return _page(request, found, form)


@never_cache
@require_POST
def accept_invitation(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("invitation")
    found = held.held_invitation(request)
    membership = joining.accept(request, found)
    held.let_go(request)
    request.session[CHOSEN] = str(membership.org_id)
    messages.success(request, f"You are in {membership.org.name}.")
    return redirect("home")


@never_cache
@require_POST
def join_with_new_account(request: HttpRequest) -> HttpResponse:
    """The form has no address: the invitation has."""
    found = _open(request)
    if request.user.is_authenticated:
        raise NotAllowed("Somebody is signed in here.", rule="signed-in", remedy="Sign out, and open the link again.")
    joining.require_no_account(found)
    form = NewAccountForm(request.POST, invited=found)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    user = joining.accept_with_new_account(request, found, **form.facts())
    held.let_go(request)
    request.session[CHOSEN] = str(found.org_id)
    answer: HttpResponse = complete_signup(request, user, settings.ACCOUNT_EMAIL_VERIFICATION, reverse("home"))
    return answer


@never_cache
@require_POST
def decline_invitation(request: HttpRequest) -> HttpResponse:
    joining.decline(request, held.held_invitation(request))
    held.let_go(request)
    messages.info(request, "The invitation is declined.")
    return redirect("home")


def _open(request: HttpRequest) -> Invitation:
    """Raises NotFound, Conflict, and NotAllowed for a session that is somebody else's."""
    found = held.held_invitation(request)
    require_open(found)
    if request.user.is_authenticated:
        joining.require_addressee(request, found)
    return found


def _page(request: HttpRequest, found: Invitation, form: NewAccountForm | None, status: int = 200) -> HttpResponse:
    return render(request, "orgs/invitation.html", {"invitation": found, "form": form}, status=status)
