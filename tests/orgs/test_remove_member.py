"""The end of a membership takes its tokens and grants with it, in one act."""

import datetime as dt

from accounts.models import User
from keyvault.actor import TokenKind, Verb
from keyvault.errors import Conflict, NotAllowed, Unauthorized
from keyvault.flows.remove_member import leave, remove_member
from keyvault.secrets.models import Grant
from keyvault.secrets.services.grants import grant
from orgs.models import Membership
from tests.cast import ORIGIN, CastTestCase
from tokens.models import AccessToken
from tokens.services import authenticate, issue_token


class RemoveMemberTests(CastTestCase):
    def token_of(self, user: User) -> str:
        issued = issue_token(
            actor=self.actor(user),
            kind=TokenKind.PERSON,
            name=f"laptop of {user.name}",
            verbs=[Verb.LIST],
            lifetime=dt.timedelta(days=1),
        )
        return issued.value or ""

    def test_tokens_first_then_grants_then_the_membership(self) -> None:
        value = self.token_of(self.dev)
        grant(actor=self.actor(self.adam), to=self.membership(self.dev), project=self.shop)
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "dev@acme.example")
        self.forget_events()
        remove_member(actor=self.actor(self.adam), membership=self.membership(self.dev))
        self.assertEvents("token:revoke", "grant:revoke", "member:remove")
        self.assertEqual(AccessToken.objects.get().state, "revoked")
        self.assertFalse(Grant.objects.exists())
        with self.assertRaises(Unauthorized):
            authenticate(value, origin=ORIGIN)

    def test_one_leaves_in_the_same_way(self) -> None:
        self.token_of(self.vera)
        self.forget_events()
        leave(actor=self.actor(self.vera))
        self.assertEvents("token:revoke", "member:leave")
        self.assertFalse(Membership.objects.active().filter(user=self.vera).exists())

    def test_the_last_owner_keeps_everything(self) -> None:
        value = self.token_of(self.olivia)
        self.forget_events()
        with self.assertRaises(Conflict):
            leave(actor=self.actor(self.olivia))
        self.assertEvents("member:leave:error")
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "olivia@acme.example")

    def test_who_may_not_remove_cuts_nothing_off(self) -> None:
        value = self.token_of(self.olivia)
        for user in (self.adam, self.dev):
            with self.assertRaises(NotAllowed):
                remove_member(actor=self.actor(user), membership=self.membership(self.olivia))
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "olivia@acme.example")

    def test_tokens_of_others_live_on(self) -> None:
        value = self.token_of(self.adam)
        remove_member(actor=self.actor(self.adam), membership=self.membership(self.dev))
        self.assertEqual(authenticate(value, origin=ORIGIN).name, "adam@acme.example")
