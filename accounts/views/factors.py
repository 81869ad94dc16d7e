"""Account → Second factors: which there are, a new one, its name, its end, and recovery codes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp.models import Device

from accounts import totp
from accounts.models import TotpDevice, User
from accounts.services import factors as having
from accounts.views.forms import NameForm, SetUpForm
from keyvault.errors import NotFound
from keyvault.flows.factors import acts
from keyvault.flows.factors.proofs import prove_by_enrolment
from keyvault.flows.mfa_policy import organization_that_requires_mfa
from keyvault.flows.own_account import membership_or_none, self_of, user_of
from keyvault.flows.step_up import require_proof
from keyvault.forms import tried

_ISSUER = "KeyVault"


@login_required
@never_cache
@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    devices = [(having.key_of(device), having.kind_of(device), device) for device in having.factors_of(user)]
    context = {
        "devices": devices,
        "codes": having.unused_codes_of(user),
        "required": organization_that_requires_mfa(user),
    }
    return page(request, "account/factors.html", context)


@login_required
@never_cache
@require_POST
@require_proof
def add_authenticator(request: HttpRequest) -> HttpResponse:
    device = acts.begin_authenticator(actor=self_of(request), user=user_of(request))
    return redirect("set-up-authenticator", device.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_proof
def set_up_authenticator(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """The key is shown until a code of it was; recovery codes are in the answer to that, and nowhere else."""
    user, form = user_of(request), SetUpForm(request.POST or None)
    device = TotpDevice.objects.filter(pk=device_id, user=user, confirmed=False).first()
    if device is None:
        return redirect("factors")
    added = tried(
        form,
        lambda: acts.confirm_authenticator(actor=self_of(request), user=user, device_id=device_id, **form.cleaned_data),
    )
    if added is None:
        return _set_up_page(request, user, device, form)
    prove_by_enrolment(request, added.device)
    return after_adding(request, added)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_proof
def rename_factor(request: HttpRequest, key: str) -> HttpResponse:
    device, form = _find(request, key), NameForm(request.POST or None)
    form.fields["name"].initial = device.name
    actor, user = self_of(request), user_of(request)
    if tried(form, lambda: acts.rename_factor(actor=actor, user=user, device=device, **form.cleaned_data)):
        return redirect("factors")
    return page(request, "account/factor_rename.html", {"form": form, "device": device})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_proof
def remove_factor(request: HttpRequest, key: str) -> HttpResponse:
    device = _find(request, key)
    if request.method == "POST":
        acts.remove_factor(actor=self_of(request), user=user_of(request), device=device)
        messages.success(request, f"{device.name or 'The passkey'} is removed.")
        return redirect("factors")
    last = len(having.factors_of(user_of(request))) == 1
    return page(request, "account/factor_remove.html", {"device": device, "last": last})


@login_required
@never_cache
@require_POST
@require_proof
def make_recovery_codes(request: HttpRequest) -> HttpResponse:
    codes = acts.make_recovery_codes(actor=self_of(request), user=user_of(request))
    return page(request, "account/recovery_codes.html", {"codes": codes}, status=201)


def after_adding(request: HttpRequest, added: acts.Added) -> HttpResponse:
    if added.codes:
        return page(request, "account/recovery_codes.html", {"codes": added.codes, "added": added.device}, status=201)
    messages.success(request, f"{added.device.name} is added.")
    return redirect("factors")


def _set_up_page(request: HttpRequest, user: User, device: TotpDevice, form: Form) -> HttpResponse:
    key = device.key.reveal()
    code = totp.qr_svg(totp.setup_address(key, account=user.email, issuer=_ISSUER))
    groups = " ".join(key[start : start + 4] for start in range(0, len(key), 4))
    context = {"form": form, "key": groups, "qr": mark_safe(code)}  # noqa: S308 - drawn by us, no text in it
    return page(request, "account/authenticator.html", context, status=422 if form.is_bound else 200)


def _find(request: HttpRequest, key: str) -> Device:
    """Raises NotFound."""
    device = having.find_factor(user_of(request), key)
    if device is None:
        raise NotFound
    return device


def page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    """In the console, or for somebody who is in no organization in front of it."""
    membership = membership_or_none(request)
    layout = "console.html" if membership else "entrance.html"
    frame = {"layout": layout, "membership": membership, "person": user_of(request), "page_name": "account"}
    return render(request, template, frame | context, status=status)
