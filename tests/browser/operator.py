"""An operator at the admin of a server of its own: seeded people and tokens, and the whole road in."""

import time

from playwright.sync_api import Page

from accounts.totp import STEP, code_at
from tests.browser.test_first_afternoon import PASSWORD
from tests.ops.installation import Installation

ROOT = "root@platform.example"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

_SEED = """
import datetime as dt
from accounts.models import TotpDevice, User
from keyvault.actor import Origin, PlatformRole, Role, TokenKind, Verb
from keyvault.flows.operators import create_operator
from keyvault.flows.sign_up import sign_up
from orgs.access import person_in
from orgs.models import Membership
from orgs.services.members import add_member
from tokens.models import TokenUse
from tokens.services import issue_token, pause_token, revoke_token
from django.utils import timezone

def acting(membership):
    found = Membership.objects.select_related("org", "user").get(pk=membership.pk)
    return person_in(found, origin=Origin(address="203.0.113.7", agent="curl/8.9"))

made = sign_up(
    origin=Origin(), organization="Harbour Labs",
    person=lambda: User.objects.create_user("olivia@harbour.example", name="Olivia Marsh"),
)
owner = acting(made.organization.memberships.get())
people = [("Aiko Tanaka", "developer", "Payments"), ("Jonas Weber", "admin", "Platform"), ("Priya Nair", "viewer", "")]
for name, role, unit in people:
    user = User.objects.create_user(name.split()[0].lower() + "@harbour.example", name=name)
    member = add_member(actor=owner, org=made.organization, person=user, role=Role(role), unit=unit)
    for number, days in enumerate((20, 300)):
        token = issue_token(
            actor=acting(member), kind=TokenKind.PERSON, name=f"{name.split()[0]}'s laptop {number}",
            verbs=[Verb.LIST, Verb.READ], lifetime=dt.timedelta(days=days),
        ).token
        if number:
            moment = timezone.now() - dt.timedelta(days=days // 3)
            TokenUse.objects.create(token=token, org=token.org, last_at=moment, count=812, address="203.0.113.7")
    if role == "viewer":
        revoke_token(actor=owner, token=token, cause="laptop lost")
    if role == "admin":
        pause_token(actor=owner, token=token)
root = create_operator(email="%(root)s", name="Root", password="%(password)s", roles=[PlatformRole.SUPER_ADMIN])
device = TotpDevice(user=root, name="Phone", confirmed=True)
device.key = "%(key)s"
device.save()
print("SEEDED")
"""


def seed(installation: Installation) -> None:
    script = _SEED % {"root": ROOT, "password": PASSWORD, "key": KEY}
    done = installation.manage("shell", "-c", script)
    assert "SEEDED" in done.stdout, done.stderr[-2000:]


def enter(tab: Page) -> None:
    """From the admin's address through the one sign-in and the second step, and back."""
    tab.goto("/admin/")
    tab.locator("[name=login]").fill(ROOT)
    tab.locator("[name=password]").fill(PASSWORD)
    tab.locator("[name=password]").press("Enter")
    tab.locator("[name=code]").fill(code_at(KEY, int(time.time()) // STEP))
    tab.locator("[name=code]").press("Enter")
    tab.locator("#site-name").wait_for()
