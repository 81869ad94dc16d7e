"""Mail domains of an organization: claimed by saying so, proven by a DNS record or by an operator."""

import re
import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.access import require_operator
from accounts.platform import PlatformAct
from accounts.services.platform_roles import hold_operator
from audit.services import Outcome, record
from keyvault.actor import Actor
from keyvault.egress import EgressRefused, txt_records
from keyvault.errors import Conflict, NotFound
from orgs.access import changing_rights, hold_organization, require
from orgs.models import Domain, Organization, Proof
from orgs.names import invalid
from orgs.permissions import Action
from orgs.services.connections import require_way_in_besides

RECORD = "_keyvault"
"""The label below the domain at which the record is looked for."""

_MOST = 50
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def claim_domain(*, actor: Actor, org: Organization, name: str) -> Domain:
    """Says nothing about whose it is: others may claim it too. Raises Invalid, Conflict."""
    name = clean_domain(name)
    with changing_rights(actor, Action.CLAIM_DOMAIN, org.target) as held:
        if Domain.objects.filter(org=org).count() >= _MOST:
            raise Conflict(f"An organization has at most {_MOST} domains.", rule="too-many-domains")
        domain = _claim(org, name)
        record(Action.CLAIM_DOMAIN, actor=held, on=domain.target)
    return domain


def prove_domain(*, actor: Actor, domain: Domain) -> Domain:
    """Looks the record up. Raises Conflict where it is not there, or where another organization was first."""
    require(actor, Action.PROVE_DOMAIN, domain.target)
    found = _asked(domain)
    with changing_rights(actor, Action.PROVE_DOMAIN, domain.target) as held:
        if expected_record(domain) not in found:
            raise Conflict(
                f"The TXT record of {record_name(domain)} is not there yet.",
                rule="record-not-found",
                remedy="Changes of DNS take minutes, sometimes a day. Try again then.",
            )
        proven = _prove(domain, Proof.DNS)
        record(Action.PROVE_DOMAIN, actor=held, on=proven.target, details={"proof": Proof.DNS.value})
    return proven


def approve_domain(*, actor: Actor, domain: Domain) -> Domain:
    """An operator's word in place of a record: for installations whose domains are in no public DNS.

    Raises NotAllowed for whoever is no operator, an owner of the organization too; and Conflict.
    """
    require_operator(actor, PlatformAct.APPROVE_DOMAIN, domain.target)
    try:
        with transaction.atomic(durable=True):
            held = hold_operator(actor, PlatformAct.APPROVE_DOMAIN)
            hold_organization(domain.target)
            proven = _prove(domain, Proof.OPERATOR)
            record(Action.PROVE_DOMAIN, actor=held, on=proven.target, details={"proof": Proof.OPERATOR.value})
    except Conflict as refused:
        record(Action.PROVE_DOMAIN, actor=actor, on=domain.target, outcome=Outcome.ERROR, reason=refused.rule)
        raise
    return proven


def drop_domain(*, actor: Actor, domain: Domain) -> None:
    """Addresses in it sign in by single sign-on no more. Raises Conflict as :func:`require_way_in_besides` does."""
    target = domain.target
    with changing_rights(actor, Action.DROP_DOMAIN, target) as held:
        gone = _hold(domain)
        if gone.proven_at:
            require_way_in_besides(gone.org, without=gone)
        gone.delete()
        record(Action.DROP_DOMAIN, actor=held, on=target, details={"proven": bool(gone.proven_at)})


def record_name(domain: Domain) -> str:
    return f"{RECORD}.{domain.name}"


def expected_record(domain: Domain) -> str:
    return f"keyvault-domain={domain.challenge}"


def clean_domain(name: str) -> str:
    """In lower case, as DNS has it (IDNA 2008). Raises Invalid."""
    text = name.strip().rstrip(".").lower()
    try:
        ascii_name = text.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    labels = ascii_name.split(".")
    if len(ascii_name) > 240 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise invalid("name", "A domain, such as example.com: what stands behind the @ of mail addresses.")
    return ascii_name


def domain_of(address: str) -> str:
    """What stands behind the @ of a mail address, as :func:`clean_domain` has it; empty for what is none."""
    _, at, name = address.strip().rpartition("@")
    try:
        return name.rstrip(".").lower().encode("idna").decode() if at else ""
    except UnicodeError:
        return ""


def _asked(domain: Domain) -> list[str]:
    """Before the transaction, which would wait for the name server. No answer proves nothing."""
    try:
        return txt_records(record_name(domain))
    except EgressRefused as silent:
        raise Conflict(str(silent), rule="no-answer-from-dns", remedy="Try again in a minute.") from None


def _claim(org: Organization, name: str) -> Domain:
    try:
        with transaction.atomic():
            return Domain.objects.create(org=org, name=name, challenge=secrets.token_urlsafe(24))
    except IntegrityError:
        raise Conflict(f"{name} is on the list already.", rule="domain-claimed", extra={"field": "name"}) from None


def _prove(domain: Domain, proof: Proof) -> Domain:
    proven = _hold(domain)
    if proven.proven_at:
        raise Conflict(f"{proven.name} is proven already.", rule="domain-proven")
    proven.proof, proven.proven_at = proof, timezone.now()
    try:
        with transaction.atomic():
            proven.save(update_fields=["proof", "proven_at"])
    except IntegrityError:
        raise Conflict(
            f"Another organization has proven {proven.name}.", rule="domain-taken", remedy="Ask the operator."
        ) from None
    return proven


def _hold(domain: Domain) -> Domain:
    rows = Domain.objects.select_for_update(of=("self",)).select_related("org")
    locked = rows.filter(org_id=domain.org_id, pk=domain.pk).first()
    if locked is None:
        raise NotFound
    return locked
