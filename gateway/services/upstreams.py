"""An organization's own upstreams: what is none of the presets. The host is for good: keys are sealed to it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import JSON, record
from gateway.models import HostLabel, Upstream
from gateway.upstream_form import Shape, clean_base, clean_shape, clean_upstream_slug
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotFound
from keyvault.secrets.models import Secret
from orgs.access import changing_rights, require
from orgs.models import Organization
from orgs.permissions import Action
from tokens.services.standing import acting_token

MOST = 100  # in an organization: all of them are in each worker's memory

_NOTHING: Mapping[str, str] = {}


def add_upstream(
    *,
    actor: Actor,
    org: Organization,
    slug: str,
    title: str,
    base: str,
    slots: Collection[str],
    also: Mapping[str, str] = _NOTHING,
    paths: Collection[str] = ("/",),
    denied: Collection[str] = (),
    websocket: bool = False,
    protocol: str = "http",
    tools: Collection[str] = (),
    errors: str = "openai",
    usage: str = "",
) -> Upstream:
    """``base`` is https://host[:port][/prefix]. Raises Invalid, and Conflict for a slug in use."""
    require(actor, Action.ADD_UPSTREAM, org.target)
    shape = clean_shape(
        title=title,
        slots=slots,
        also=also,
        paths=paths,
        denied=denied,
        websocket=websocket,
        protocol=protocol,
        tools=tools,
        errors=errors,
        usage=usage,
    )
    upstream = Upstream(
        org=org,
        slug=clean_upstream_slug(slug),
        base=clean_base(base),
        created_by=actor.name[:254],
        **_columns(shape),
    )
    with changing_rights(actor, Action.ADD_UPSTREAM, upstream.target) as held:
        acting_token(held)
        _require_room(org)
        _require_no_label(upstream)
        _insert(upstream)
        record(Action.ADD_UPSTREAM, actor=held, on=upstream.target, details={"base": upstream.base, **_said(upstream)})
    return upstream


def change_upstream(*, actor: Actor, upstream: Upstream, enabled: bool | None = None, **changes: Any) -> Upstream:
    """``changes`` are keywords of :func:`gateway.upstream_form.clean_shape`; what is left out stays.

    Switched off, it is asked by nobody, and what runs is cut; its keys stay bound. Raises Invalid, NotFound.
    """
    with changing_rights(actor, Action.CHANGE_UPSTREAM, upstream.target) as held:
        acting_token(held)
        locked = _hold(upstream)
        before = _said(locked)
        columns = _columns(clean_shape(**(asdict(_shape(locked)) | changes)))
        for name, value in columns.items():
            setattr(locked, name, value)
        if enabled is not None and enabled != before["enabled"]:
            locked.disabled_at = None if enabled else timezone.now()
        locked.save(update_fields=[*columns, "disabled_at"])
        now = _said(locked)
        details: dict[str, JSON] = {name: now[name] for name in now if now[name] != before[name]}
        record(Action.CHANGE_UPSTREAM, actor=held, on=locked.target, details=details)
    return locked


def delete_upstream(*, actor: Actor, upstream: Upstream) -> None:
    """Raises Conflict while a key is bound to it, NotFound."""
    with changing_rights(actor, Action.DELETE_UPSTREAM, upstream.target) as held:
        acting_token(held)
        locked = _hold(upstream)
        if Secret.objects.filter(org_id=locked.org_id, provider=locked.slug, deleted_at=None).exists():
            raise Conflict(
                "A key is bound to this upstream.",
                rule="upstream-in-use",
                remedy="Delete the key or bind it elsewhere before; or switch the upstream off.",
            )
        record(Action.DELETE_UPSTREAM, actor=held, on=locked.target, details={"base": locked.base})
        locked.delete()


def _hold(upstream: Upstream) -> Upstream:
    """Raises NotFound."""
    locked = Upstream.objects.select_for_update().filter(org_id=upstream.org_id, pk=upstream.pk).first()
    if locked is None:
        raise NotFound
    locked.org = upstream.org
    return locked


def _require_room(org: Organization) -> None:
    if Upstream.objects.filter(org=org).count() >= MOST:
        raise Conflict(f"An organization has {MOST} upstreams at most.", rule="too-many-upstreams")


def _require_no_label(upstream: Upstream) -> None:
    """A host has one meaning for a token. The organization's row is held, under which labels are given too."""
    if HostLabel.objects.filter(org_id=upstream.org_id, label=upstream.slug).exists():
        raise _taken(upstream.slug)


def _insert(upstream: Upstream) -> None:
    try:
        with transaction.atomic():
            upstream.save(force_insert=True)
    except IntegrityError:
        raise _taken(upstream.slug) from None


def _taken(slug: str) -> Conflict:
    return Conflict(
        f"{slug} is an upstream or a host's label here already.",
        rule="slug-taken",
        remedy="Choose another name.",
        extra={"field": "slug"},
    )


def _shape(upstream: Upstream) -> Shape:
    facts: dict[str, Any] = {field.name: getattr(upstream, field.name) for field in fields(Shape)}
    return Shape(**facts | {name: tuple(facts[name]) for name in ("slots", "paths", "denied", "tools")})


def _said(upstream: Upstream) -> dict[str, Any]:
    """As an event has it: its keys are words of ours, so that headers stand in values."""
    also = sorted(f"{header}: {field}" for header, field in upstream.also.items())
    return {**_columns(_shape(upstream)), "also": also, "enabled": upstream.disabled_at is None}


def _columns(shape: Shape) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(shape).items()}
