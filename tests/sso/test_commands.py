"""The operator's two commands: out of a lock-out, and a domain without DNS."""

import io

from django.core.management import CommandError, call_command

from keyvault.flows.sso.enforcement import must_come_by_sso
from orgs.models import Domain, Organization
from tests.sso.scene import SsoTestCase


class RecoverTests(SsoTestCase):
    def test_it_takes_the_insistence_off_one_organization_and_says_so_in_its_log(self) -> None:
        Organization.objects.update(sso_enforced=True)
        self.assertTrue(must_come_by_sso(self.dev))
        call_command("recover_sso", "acme", stdout=io.StringIO())
        self.assertFalse(must_come_by_sso(self.dev))
        self.assertTrue(Organization.objects.get(slug="evil-corp").sso_enforced)
        (event,) = self.assertEvents("organization:policy")
        self.assertEqual(event.org_id, self.acme.pk)
        self.assertEqual(event.document["actor"], {"type": "system", "id": None, "name": "recover_sso"})

    def test_where_nothing_is_to_be_done_it_says_so(self) -> None:
        for slug in ("acme", "nowhere"):
            with self.assertRaises(CommandError):
                call_command("recover_sso", slug)
        self.assertNoEvent()


class ApproveTests(SsoTestCase):
    def test_an_operators_word_proves_a_domain(self) -> None:
        call_command("approve_domain", "acme", "Corp.Internal", stdout=io.StringIO())
        self.assertEqual(Domain.objects.proven().get(name="corp.internal").org, self.acme)
        self.assertEvents("domain:claim", "domain:prove")

    def test_what_another_organization_has_proven_stays_theirs(self) -> None:
        with self.assertRaises(CommandError):
            call_command("approve_domain", "evil-corp", "acme.example")
        with self.assertRaises(CommandError):
            call_command("approve_domain", "acme", "not a domain")
        self.assertEqual(Domain.objects.proven().get(name="acme.example").org, self.acme)
