"""Two first sign-ins of one person at once, and one while the connection is deleted."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from allauth.socialaccount.models import SocialAccount
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from keyvault.errors import KeyVaultError, NotAllowed
from keyvault.flows.sso.identity import Address, Identity
from keyvault.flows.sso.landing import land
from orgs.models import Connection, Domain, Membership
from orgs.services.connections import create_connection, delete_connection, set_rules
from orgs.sign_on.configurations import OidcConfiguration
from tests.cast import ORIGIN, CastTransactionTestCase

NINA = Identity("nina-1", (Address("nina@acme.example", True),), "Nina", {})


class RaceTests(CastTransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        owner = self.actor(self.olivia, stepped_up=True)
        Domain.objects.create(
            org=self.acme, name="acme.example", challenge="x", proof="operator", proven_at=timezone.now()
        )
        configuration = OidcConfiguration("https://id.acme.example", "keyvault", "hush")
        made = create_connection(actor=owner, org=self.acme, name="Acme ID", configuration=configuration)
        self.connection = set_rules(
            actor=owner, connection=made, default_role="viewer", trust_unmarked_email=False, enabled=True
        )

    def at_once(self, *acts: Callable[[], object]) -> list[object]:
        gate = threading.Barrier(len(acts))

        def run(act: Callable[[], object]) -> object:
            gate.wait()
            try:
                return act()
            except KeyVaultError as refused:
                return refused
            finally:
                database.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def land(self) -> object:
        return land(origin=ORIGIN, connection=self.connection, identity=NINA)

    def test_two_first_sign_ins_make_one_account_and_one_membership(self) -> None:
        landed = self.at_once(self.land, self.land, self.land)
        self.assertEqual({type(each).__name__ for each in landed}, {"Landed"})
        nina = User.objects.get(email="nina@acme.example")
        self.assertEqual((SocialAccount.objects.count(), Membership.objects.filter(user=nina).count()), (1, 1))

    def test_a_deletion_leaves_no_tie_behind(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        connection = Connection.objects.select_related("org").get()
        came, _ = self.at_once(self.land, lambda: delete_connection(actor=owner, connection=connection))
        self.assertFalse(SocialAccount.objects.exists())
        self.assertTrue(isinstance(came, NotAllowed) or User.objects.filter(email="nina@acme.example").exists())
