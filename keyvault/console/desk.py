"""Where a page of the console is, for whom, and how it is rendered. The rooms' screens use it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from keyvault.actor import Actor
from keyvault.flows.session_actor import actor_for, membership_in
from keyvault.target import Target
from orgs.decide import GrantFacts, decide
from orgs.models import Membership, Organization
from orgs.permissions import Action


@dataclass(frozen=True, slots=True)
class Desk:
    """A member at work in an organization."""

    actor: Actor
    membership: Membership

    @property
    def org(self) -> Organization:
        return self.membership.org

    @property
    def changes_projects(self) -> bool:
        return self.may(Action.CHANGE_PROJECT)

    @property
    def fresh(self) -> Actor:
        """As if a second factor was shown just now: for what is offered, because it is asked for on the way.

        Never for what is done.
        """
        return replace(self.actor, stepped_up=True)

    def may(self, action: Action, on: Target | None = None) -> bool:
        """By the role alone: what is offered, see :attr:`fresh`."""
        return self.may_on(action, on or self.org.target)

    def may_on(self, action: Action, target: Target, grants: Sequence[GrantFacts] = ()) -> bool:
        return decide(action, actor=self.fresh, target=target, grants=grants).allowed


def desk_in(request: HttpRequest, org: str) -> Desk:
    """Of the organization that the address names. Raises NotFound and NotAllowed as :func:`membership_in` does."""
    membership = membership_in(request, org)
    return Desk(actor_for(request, membership), membership)


def page(
    request: HttpRequest,
    desk: Desk,
    template: str,
    facts: Mapping[str, object],
    *,
    at: str,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """``at`` is the place in the sidebar. htmx is answered with ``fragment`` alone, where there is one."""
    context = {"desk": desk, "org": desk.org, "membership": desk.membership, "page_name": at, **facts}
    response = render(request, fragment if fragment and is_part(request) else template, context, status=status)
    patch_vary_headers(response, ("HX-Request",))
    return response


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; when it goes back in the browser's history it wants the whole."""
    details: HtmxDetails = request.htmx  # type: ignore[attr-defined] # its middleware attaches it
    return bool(details) and not details.history_restore_request
