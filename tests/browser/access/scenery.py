"""One of everything that a page can show, made on an installation by ``manage.py shell``; the test gets the names."""

import datetime as dt
import json
from typing import Any

from tests.browser.test_first_afternoon import PASSWORD
from tests.ops.installation import Installation

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The key of everybody's authenticator app."""

OWNER, MEMBER, VIEWER, OPERATOR = (
    "olivia@acme.example",
    "dev@acme.example",
    "vera@acme.example",
    "root@platform.example",
)
DAY = dt.timedelta(days=1)

_OTHERS = {"app_label": ["accounts"], "github-alert:key": ["0123456789abcdef01234567"]}

Fill = dict[str, list[str]]
"""What the holes of an address are filled with, by ``name of the address:name of the hole`` or by the hole's alone.

``name of the address?`` is a query that it needs.
"""


def build(installation: Installation) -> Fill:
    done = installation.manage("shell", "-c", "from tests.browser.access.scenery import make; make()")
    assert "MADE " in done.stdout, done.stderr[-3000:]
    fill: Fill = json.loads(done.stdout.partition("MADE ")[2].splitlines()[0])
    return fill


def make() -> None:
    """On the installation, where Django is set up; here it may not be."""
    from keyvault.actor import Origin
    from keyvault.flows.sign_up import sign_up
    from orgs.models import Membership

    made = sign_up(origin=Origin(), organization="Acme", person=lambda: _person(OWNER, "Olivia Marsh"))
    membership = Membership.objects.select_related("org", "user").get(org=made.organization)
    fill = {"org": [made.organization.slug], **_people(membership), **_sign_on(membership), **_things(membership)}
    fill |= {
        **_alerts(membership),
        **_streams(membership),
        **_operators(),
        **_sweeps(),
        **_feedback(),
        **_links(),
        **_OTHERS,
    }
    print("MADE " + json.dumps({name: [str(each) for each in values] for name, values in fill.items()}))


def _person(email: str, name: str) -> Any:
    from allauth.account.models import EmailAddress

    from accounts.models import TotpDevice, User

    user = User.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if email != MEMBER:
        device = TotpDevice(user=user, name="Phone", confirmed=True)
        device.key = KEY
        device.save()
    return user


def _acting(membership: Any) -> Any:
    from keyvault.actor import Origin
    from orgs.access import person_in

    membership.refresh_from_db()
    return person_in(membership, origin=Origin(address="203.0.113.7", agent="curl/8.9"), stepped_up=True)


def _people(owner: Any) -> dict[str, Any]:
    from django.utils import timezone

    from accounts.services.sessions import begin_session
    from keyvault.actor import Origin, Role
    from keyvault.flows.offboarding import offboard_member
    from orgs.models import Offboarding, Team
    from orgs.services.invitations import invite_person
    from orgs.services.members import add_member
    from orgs.services.offboardings import schedule_offboarding
    from orgs.services.teams import add_to_team, create_team

    def joins(email: str, name: str, role: Role, **more: Any) -> Any:
        return add_member(actor=_acting(owner), org=owner.org, person=_person(email, name), role=role, **more)

    dev = joins(MEMBER, "Dev Rao", Role.DEVELOPER, unit="Payments")
    vera = joins(VIEWER, "Vera Lindqvist", Role.VIEWER, ends_on=(timezone.now() + 30 * DAY).date())
    joins("adam@acme.example", "Adam Okafor", Role.ADMIN)
    kim = joins("kim@acme.example", "Kim Berg", Role.DEVELOPER)
    team = create_team(actor=_acting(owner), org=owner.org, name="Builders")
    add_to_team(actor=_acting(owner), team=team, membership=dev)
    offboard_member(actor=_acting(owner), membership=kim, reason="moved on")
    schedule_offboarding(actor=_acting(owner), membership=vera, due_at=timezone.now() + 3 * DAY, reason="contract ends")
    invited = invite_person(actor=_acting(owner), org=owner.org, email="ina@guest.example", role=Role.VIEWER)
    for user in (owner.user, dev.user):
        origin = Origin(address="198.51.100.9", agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
        begin_session(session_key=f"elsewhere-of-{user.pk}", user=user, origin=origin, method="password")
    assert Team.objects.exists()
    return {
        "member_id": [dev.pk, vera.pk, owner.pk],
        "team_id": [team.pk],
        "reset-factors:member_id": [vera.pk],
        "offboard:member_id": [dev.pk, vera.pk],
        "invitation_id": [invited.invitation.pk],
        "invitation-link:code": [invited.code],
        "offboarding_id": list(Offboarding.objects.values_list("pk", flat=True)),
        "download-report:offboarding_id": [Offboarding.objects.get(state="done").pk],
        "team": [team.slug],
        "session_id": [owner.user.browser_sessions.get().pk],
        "admin:accounts_user:object_id": [dev.user_id, owner.user_id],
    }


def _sign_on(owner: Any) -> dict[str, Any]:
    from django.utils import timezone

    from orgs.models import Domain, Team
    from orgs.services.connections import create_connection, set_rules
    from orgs.services.domains import claim_domain
    from orgs.services.mappings import map_role, map_team
    from orgs.services.scim_tokens import issue_scim_token, revoke_scim_token
    from orgs.sign_on.configurations import GitHubConfiguration, OidcConfiguration, SamlConfiguration
    from orgs.sign_on.metadata import read_metadata
    from tests.sso.saml_far_side import Signer, metadata

    actor = _acting(owner)
    read = read_metadata(metadata(Signer()))
    made = [
        create_connection(actor=actor, org=owner.org, name=name, configuration=configuration)
        for name, configuration in (
            (
                "Acme ID",
                OidcConfiguration("https://id.a-rather-long-name.acme.example/realms/staff", "keyvault", "hush"),
            ),
            ("Acme SAML", SamlConfiguration(read.entity_id, read.sso_url, read.certificates)),
            ("GitHub", GitHubConfiguration("acme", "client", "hush")),
        )
    ]
    for each in made:
        set_rules(actor=actor, connection=each, default_role="viewer", trust_unmarked_email=False, enabled=True)
    mapping = map_role(actor=actor, connection=made[0], claim="groups", value="platform-leads", role="admin")
    map_team(actor=actor, connection=made[0], claim="groups", value="builders", team=Team.objects.get())
    Domain.objects.create(org=owner.org, name="acme.example", challenge="x", proof="operator", proven_at=timezone.now())
    claimed = claim_domain(actor=actor, org=owner.org, name="acme-payments.example")
    token = issue_scim_token(actor=actor, org=owner.org, name="Entra").token
    revoke_scim_token(actor=actor, token=issue_scim_token(actor=actor, org=owner.org, name="Old").token)
    return {
        "connection_id": [each.pk for each in made],
        "mapping_id": [mapping.pk],
        "domain_id": [claimed.pk],
        "revoke-scim-token:token_id": [token.pk],
        "sso-callback:key": [made[0].key],
        "sso-acs:key": [made[1].key],
        "sso-finish-acs:key": [made[1].key],
        "sso-metadata:key": [made[1].key],
        "admin:orgs_organization:object_id": [owner.org_id],
        "admin:orgs_connection:object_id": [made[0].pk],
        "admin:orgs_domain:object_id": [claimed.pk],
    }


def _things(owner: Any) -> dict[str, Any]:
    from audit.models import Event
    from gateway.services.limits import Bounds, set_limit
    from keyvault.actor import TokenKind, Verb
    from keyvault.jobs.models import Job
    from keyvault.secrets.services.grants import grant
    from keyvault.secrets.services.projects import create_project
    from keyvault.secrets.services.removing import delete_secret
    from keyvault.secrets.services.storing import create_secret, rotate_secret
    from keyvault.secrets.values import Value
    from orgs.models import Membership
    from tokens.models import ServiceIdentity
    from tokens.services import issue_token, pause_token, revoke_token

    actor = _acting(owner)
    shop = create_project(actor=actor, name="Shop", slug="shop")
    development = shop.environments.get(slug="development")
    stored = {
        name: create_secret(actor=actor, environment=development, name=name, value=Value.text(f"made-up-{name}")).secret
        for name in ("api-keys/stripe", "DATABASE_URL", "old-key")
    }
    rotate_secret(actor=actor, secret=stored["api-keys/stripe"], value=Value.text("made-up-again"))
    delete_secret(actor=actor, secret=stored["old-key"])
    dev = Membership.objects.select_related("org", "user").get(user__email=MEMBER)
    granted = grant(actor=actor, to=dev, project=shop, environment=development)
    builder = ServiceIdentity.objects.create(org=owner.org, slug="builder", name="Builder")
    own = [
        issue_token(
            actor=actor, kind=TokenKind.PERSON, name=f"Olivia's {name}", verbs=list(Verb), lifetime=20 * DAY
        ).token
        for name in ("laptop", "old laptop", "phone")
    ]
    scope: dict[str, Any] = {"verbs": [Verb.LIST, Verb.READ], "lifetime": 60 * DAY}
    service = issue_token(actor=actor, kind=TokenKind.SERVICE, name="Nightly builds", owner=builder, **scope).token
    offered = issue_token(actor=_acting(owner), kind=TokenKind.PERSON, name="Dev's laptop", owner=dev, **scope).token
    revoke_token(actor=actor, token=own[1], cause="laptop lost")
    pause_token(actor=actor, token=own[2])
    limit = set_limit(actor=actor, on=owner.org, bounds=Bounds(requests_per_minute=600, monthly_cents=2_000))
    return {
        "chargeback?": ["month=2026-11"],
        "limit_id": [limit.pk],
        "project": [shop.slug],
        "environment": [development.slug],
        "env": [development.slug],
        "erase-version?": ["version=1"],
        "grant_id": [granted.pk],
        "name": ["api-keys/stripe"],
        "path": ["api-keys/stripe"],
        "version": ["1"],
        "service": [builder.slug],
        "token_id": [own[0].pk, service.pk],
        "open-api-key:token_id": [offered.pk],
        "admin:tokens_accesstoken:object_id": [own[0].pk, own[1].pk],
        "admin:tokens_accesstoken_revocation:object_id": [own[0].pk],
        "admin:jobs_job:object_id": [Job.objects.order_by("pk").values_list("pk", flat=True)[0]],
        "admin:audit_event:object_id": [Event.objects.order_by("-id").values_list("id", flat=True)[0]],
        "event_id": [Event.objects.filter(org_id=owner.org_id).order_by("-id").values_list("id", flat=True)[0]],
    }


def _alerts(owner: Any) -> dict[str, Any]:
    from django.utils import timezone

    from alerts.answers import ticket_for
    from alerts.catalogue import Kind
    from alerts.models import Alert, Delivery
    from alerts.services.channels import create_channel
    from tokens.models import AccessToken

    actor, now = _acting(owner), timezone.now()
    url = "https://hooks.a-rather-long-name.acme.example/kv"
    hook = create_channel(actor=actor, org=owner.org, kind="webhook", name="Pager", url=url).channel
    mail = create_channel(actor=actor, org=owner.org, kind="email", name="Owners").channel
    token = AccessToken.objects.get(name="Olivia's laptop")
    alert = Alert.objects.create(
        org=owner.org,
        kind=Kind.EXPOSED_TOKEN,
        subject=str(token.pk),
        severity="critical",
        title="A token was sent in the clear",
        sentence="Olivia's laptop came over plain HTTP.",
        count=3,
        first_at=now - DAY,
        last_at=now,
        token=token.pk,
        person=owner.user_id,
    )
    dead = Delivery.objects.create(org=owner.org, channel=hook, state="dead", attempts=9, due_at=now)
    asked = Delivery.objects.create(org=owner.org, membership=owner, state="sent", sent_at=now, due_at=now)
    asked.items.create(org=owner.org, alert=alert)
    return {
        "kind": [Kind.EXPOSED_TOKEN],
        "channel_id": [hook.pk, mail.pk],
        "delivery_id": [dead.pk],
        "alert_id": [alert.pk],
        "ticket": [ticket_for(alert, owner)],
        "admin:alerts_delivery:object_id": [dead.pk],
    }


def _streams(owner: Any) -> dict[str, Any]:
    from keyvault.flows.streams.models import StreamKind
    from keyvault.flows.streams.services import create_stream

    place = "siem.acme.example:6514"
    made = create_stream(actor=_acting(owner), org=owner.org, kind=StreamKind.SYSLOG, name="Archive", place=place)
    return {"stream_id": [made.stream.pk]}


def _operators() -> dict[str, Any]:
    from accounts.models import TotpDevice, User
    from accounts.services.factors import factors_of, key_of
    from keyvault.actor import PlatformRole
    from keyvault.flows.operators import create_operator

    root = create_operator(email=OPERATOR, name="Root", password=PASSWORD, roles=[PlatformRole.SUPER_ADMIN])
    for user, confirmed in ((root, True), (User.objects.get(email=OWNER), False)):
        device = TotpDevice(user=user, name="Phone" if confirmed else "Tablet", confirmed=confirmed)
        device.key = KEY
        device.save()
    [factor] = factors_of(User.objects.get(email=OWNER))
    return {"device_id": [device.pk], "rename-factor:key": [key_of(factor)], "remove-factor:key": [key_of(factor)]}


def _sweeps() -> dict[str, Any]:
    from keyvault.actor import system
    from keyvault.flows.sweeps.catalogue import SWEEPS
    from keyvault.flows.sweeps.runner import run_sweep

    name = next(iter(SWEEPS))
    run = run_sweep(name, actor=system("the scenery"), dry=True)
    return {"text": ["privacy"], "sweep": [name], "admin:sweeps_sweeprun:object_id": [run.pk]}


def _feedback() -> dict[str, Any]:
    from keyvault.actor import Origin, anonymous
    from keyvault.flows.feedback.services import send_feedback

    told = send_feedback(actor=anonymous(Origin()), text="The page of tokens is slow.")
    return {"admin:feedback_feedback:object_id": [told.pk]}


def _links() -> dict[str, Any]:
    """Of the mails that confirm an address and that set a new password."""
    from allauth.account.forms import default_token_generator
    from allauth.account.models import EmailAddress, EmailConfirmationHMAC
    from allauth.account.utils import user_pk_to_url_str

    from accounts.models import User

    user, owner = User.objects.get(email=MEMBER), User.objects.get(email=OWNER)
    unproven = EmailAddress.objects.create(user=owner, email="olivia.marsh@acme.example", verified=False)
    return {
        "account_confirm_email:key": [EmailConfirmationHMAC(unproven).key],
        "account_reset_password_from_key:uidb36": [user_pk_to_url_str(user)],
        "account_reset_password_from_key:key": [default_token_generator.make_token(user)],
    }
