"""The pages and addresses of single sign-on: the start, the way to the provider, and the ways back."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyvault.errors import NotFound, TooManyRequests
from keyvault.flows.sso import saml
from keyvault.flows.sso.arriving import arrive, failed
from keyvault.flows.sso.discovery import connections_for
from keyvault.flows.sso.forms import StartForm
from keyvault.flows.sso.starting import begin
from keyvault.flows.sso.stepping import marked_as_step_up, require_provider
from orgs.models import Connection, Kind


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """An address leads to its domain's organization; whether somebody has an account is not told."""
    form = StartForm(request.POST or None, initial=request.GET.dict())
    if not form.is_valid():
        return render(request, "sso/start.html", {"form": form}, status=422 if form.is_bound else 200)
    if not ratelimit.consume(request, action="sso_start"):
        raise TooManyRequests("Too many tries.", retry_after=60, remedy="Wait a minute.")
    found = connections_for(form.cleaned_data["email"])
    chosen = [each for each in found if each.key == form.cleaned_data["connection"]] or found
    if not chosen:
        form.add_error("email", "No organization signs in to KeyVault with addresses of this domain.")
        return render(request, "sso/start.html", {"form": form}, status=422)
    if len(chosen) > 1:
        return render(request, "sso/choose.html", {"form": form, "connections": chosen})
    return to_provider(request, chosen[0], begin(request, chosen[0], next_url=_safe(form.cleaned_data["next"])))


@login_required
@never_cache
@require_POST
def step_up(request: HttpRequest) -> HttpResponse:
    """A fresh sign-in there, in place of a factor that the person does not have here. Raises ProviderFailed."""
    if not ratelimit.consume(request, action="sso_start"):
        raise TooManyRequests("Too many tries.", retry_after=60, remedy="Wait a minute.")
    connection, following = require_provider(request), _safe(request.POST.get("next", ""))
    url = begin(request, connection, next_url=following, data=marked_as_step_up(request), fresh=True)
    return to_provider(request, connection, url, back=following or "/")


def to_provider(request: HttpRequest, connection: Connection, url: str, *, back: str = "") -> HttpResponse:
    """A page, not a redirect: browsers hold the answer to a form to the page's ``form-action`` (CSP Level 3 §6.5.1).

    ``back`` is a page of ours for who does not want to go; without it the sign-in is.
    """
    return render(request, "sso/to_provider.html", {"connection": connection, "url": url, "back": back})


@never_cache
@require_safe
def callback(request: HttpRequest, key: str) -> HttpResponse:
    """Where OpenID Connect and GitHub send the browser back to."""
    _connection(key, Kind.OIDC, Kind.GITHUB)
    adapter = get_social_adapter(request).get_provider(request, key).get_oauth2_adapter(request)
    response: HttpResponse = OAuth2CallbackView.adapter_view(adapter)(request)
    return response


@csrf_exempt
@never_cache
@require_POST
def acs(request: HttpRequest, key: str) -> HttpResponse:
    """A SAML provider's page posts here, across sites, so that no cookie of ours comes along: the response is posted on
    from a page of our own, and rests nowhere meanwhile.
    """
    connection = _connection(key, Kind.SAML)
    context = {"connection": connection, "message": request.POST.get("SAMLResponse", "")}
    return render(request, "sso/post_on.html", context)


@csrf_exempt
@never_cache
@require_POST
def finish_acs(request: HttpRequest, key: str) -> HttpResponse:
    """Its protection from forgery is the request's id, which only this session knows and which counts once.

    RelayState is not read: where to go then is kept in the session.
    """
    connection = _connection(key, Kind.SAML)
    message, state = request.POST.get("SAMLResponse", ""), None
    try:
        request_id = saml.answered_request(connection, message)
        state = statekit.unstash_state(request, provider_id=key, state_id=request_id)
        if state is None:
            raise saml.SamlRefused("This browser has made no such request, or it was answered already.")
        identity = saml.read(connection, message, request_id)
    except saml.SamlRefused as refused:
        return failed(request, connection, str(refused), state)
    return arrive(request, connection, identity, state)


@never_cache
@require_safe
def metadata(request: HttpRequest, key: str) -> HttpResponse:
    found = saml.service_metadata(_connection(key, Kind.SAML))
    return HttpResponse(found, content_type="application/samlmetadata+xml")


def _connection(key: str, *kinds: Kind) -> Connection:
    found = Connection.objects.select_related("org").filter(key=key, kind__in=kinds).first()
    if found is None:
        raise NotFound
    return found


def _safe(next_url: str) -> str | None:
    return next_url if next_url and get_adapter().is_safe_url(next_url) else None
