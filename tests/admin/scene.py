"""Operators in their browsers: signed in, with a second factor shown now."""

import time
from typing import Any

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.access import operator
from accounts.models import TotpDevice, User
from accounts.services.platform_roles import set_platform_roles
from keyvault.actor import Actor, PlatformRole, system
from keyvault.flows.step_up import STEPPED_UP_AT
from tests.cast import ORIGIN
from tests.web.scene import browser

ROOT = "root@platform.example"

PEOPLE = "/admin/accounts/user/"
TOKENS = "/admin/tokens/accesstoken/"
ORGANIZATIONS = "/admin/orgs/organization/"
CONNECTIONS = "/admin/orgs/connection/"
DOMAINS = "/admin/orgs/domain/"
EVENTS = "/admin/audit/event/"
JOBS = "/admin/jobs/job/"
DELIVERIES = "/admin/alerts/delivery/"
SWEEPS = "/admin/sweeps/sweeprun/"
PUBLIC_TEXTS = "/admin/public_texts/publictext/"
FEEDBACK = "/admin/feedback/feedback/"
PROVIDERS = "/admin/gateway/upstream/"
MODELS = "/admin/gateway/cataloguemodel/"
MCP = "/admin/gateway/mcpserver/"
USAGE = "/admin/gateway/usage/"
BUDGETS = "/admin/gateway/limit/"


def make_operator(*roles: PlatformRole, email: str = ROOT) -> User:
    user = User.objects.create_user(email=email, name=email.partition("@")[0].title())
    return set_platform_roles(actor=system("test"), user=user, roles=roles)


def by(user: User) -> Actor:
    return operator(User.objects.get(pk=user.pk), origin=ORIGIN)


def desk(user: User, *, seconds_ago: int | None = 0, **options: Any) -> Client:
    """The browser of somebody who has shown a second factor so long ago; None: who has none."""
    client = browser(user, **options)
    if seconds_ago is None:
        return client
    device = TotpDevice(user=user, name="Phone", confirmed=True)
    device.key = "0" * 40
    device.save()
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[STEPPED_UP_AT] = int(time.time()) - seconds_ago
    session.save()
    return client
