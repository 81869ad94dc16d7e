"""Creating an organization, its name, and handing it over."""

from dataclasses import replace
from uuid import uuid4

from accounts.models import User
from keyvault.actor import Role, TokenKind, TokenScope, Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.flows.offboarding import offboard_member
from keyvault.keyring import ring
from orgs.access import person_outside
from orgs.models import Membership, Organization
from orgs.names import RESERVED
from orgs.services.members import add_member
from orgs.services.organizations import create_organization, rename_organization, transfer_ownership
from tests.cast import ORIGIN, CastTestCase

FULL_TOKEN = TokenScope(uuid4(), "all", TokenKind.PERSON, frozenset(Verb), may_reveal_production=True)


class CreateTests(CastTestCase):
    def test_a_person_creates_an_organization_and_owns_it(self) -> None:
        org = create_organization(actor=person_outside(self.dev, origin=ORIGIN), name="Müller & Söhne")
        self.assertEqual((org.name, org.slug), ("Müller & Söhne", "muller-sohne"))
        self.assertEqual(self.membership(self.dev, org).role, Role.OWNER)
        self.assertIsNotNone(ring.fingerprint(org.pk, b"keys were made with it, so this has a fingerprint"))
        (event,) = self.assertEvents("organization:create")
        self.assertEqual((event.org_id, event.actor_id), (org.pk, self.dev.pk))

    def test_one_person_belongs_to_several(self) -> None:
        create_organization(actor=person_outside(self.dev, origin=ORIGIN), name="Side Project")
        roles = Membership.objects.active().filter(user=self.dev).order_by("joined_at").values_list("role", flat=True)
        self.assertEqual(list(roles), [Role.DEVELOPER, Role.OWNER])

    def test_a_taken_name_gets_a_slug_of_its_own(self) -> None:
        slugs = [self.created("Acme").slug, self.created("ACME!").slug]
        self.assertEqual(slugs, ["acme-2", "acme-3"])

    def test_a_reserved_or_unwritable_name_gets_a_slug_of_its_own(self) -> None:
        self.assertEqual(self.created("Admin").slug, "admin-2")
        self.assertEqual(self.created("株式会社").slug, "team-2")  # no letter is ASCII, and "team" is reserved
        self.assertEqual(self.created("a_b -- c" + "x" * 100).slug[:7], "a-b-cxx")

    def test_a_slug_that_is_asked_for_is_free_or_refused(self) -> None:
        mine = person_outside(self.dev, origin=ORIGIN)
        with self.assertRaises(Conflict) as taken:
            create_organization(actor=mine, name="Other", slug="acme")
        self.assertEqual((taken.exception.rule, taken.exception.extra), ("slug-taken", {"field": "slug"}))
        for slug in ("api", "Acme", "a--b", "-a", "a-", "a.b", "x" * 64, "ünï", "a\n"):
            with self.subTest(slug=slug), self.assertRaises(Invalid) as refused:
                create_organization(actor=mine, name="Other", slug=slug)
            self.assertEqual(refused.exception.extra["field"], "slug")
        self.assertNoEvent()
        self.assertEqual(Organization.objects.count(), 2)

    def test_names_are_one_line_of_printable_text(self) -> None:
        mine = person_outside(self.dev, origin=ORIGIN)
        for name in ("", "  ", "\u200d", "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "\ud800", "x" * 121):
            with self.subTest(name=ascii(name)), self.assertRaises(Invalid) as refused:
                create_organization(actor=mine, name=name)
            self.assertEqual(refused.exception.extra["field"], "name")
        self.assertEqual(self.created("x" * 120).name, "x" * 120)
        self.assertEqual(self.created(" 👩‍💻 Ltd ").name, "👩‍💻 Ltd")

    def test_no_token_creates_an_organization(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            create_organization(actor=self.actor(self.olivia, token=FULL_TOKEN), name="By token")
        self.assertEqual(refused.exception.rule, "never-by-token")
        self.assertEvents("organization:create:denied")
        self.assertFalse(Organization.objects.filter(name="By token").exists())

    def test_paths_of_the_product_are_reserved(self) -> None:
        self.assertLess({"api", "admin", "static", "healthz", "readyz", "accounts", "settings", "v1"}, RESERVED)

    def created(self, name: str) -> Organization:
        return create_organization(actor=person_outside(self.dev, origin=ORIGIN), name=name)


class RenameTests(CastTestCase):
    def test_an_owner_renames_and_the_slug_stays(self) -> None:
        rename_organization(actor=self.actor(self.olivia), org=self.acme, name="Acme Inc.")
        self.acme.refresh_from_db()
        self.assertEqual((self.acme.name, self.acme.slug), ("Acme Inc.", "acme"))
        (event,) = self.assertEvents("organization:rename")
        self.assertEqual(event.document["details"], {"from": "Acme", "to": "Acme Inc."})

    def test_an_admin_does_not(self) -> None:
        with self.assertRaises(NotAllowed):
            rename_organization(actor=self.actor(self.adam), org=self.acme, name="Adam's")
        self.assertEvents("organization:rename:denied")
        self.acme.refresh_from_db()
        self.assertEqual(self.acme.name, "Acme")

    def test_outsiders_learn_nothing(self) -> None:
        with self.assertRaises(NotFound):
            rename_organization(actor=self.actor(self.mallory), org=self.acme, name="Evil")
        self.assertNoEvent()


class TransferTests(CastTestCase):
    def test_ownership_changes_hands_in_one_act(self) -> None:
        transfer_ownership(actor=self.actor(self.olivia, stepped_up=True), to=self.membership(self.dev))
        self.assertEqual(self.actor(self.dev).role, Role.OWNER)
        self.assertEqual(self.actor(self.olivia).role, Role.ADMIN)
        (event,) = self.assertEvents("organization:transfer")
        self.assertEqual(event.document["details"], {"from": "olivia@acme.example", "to": "dev@acme.example"})

    def test_not_to_oneself_nor_to_somebody_who_goes(self) -> None:
        mine, olivia = self.membership(self.olivia), self.actor(self.olivia, stepped_up=True)
        with self.assertRaises(Conflict):
            transfer_ownership(actor=olivia, to=mine)
        User.objects.filter(pk=self.dev.pk).update(is_active=False)
        with self.assertRaises(Conflict):
            transfer_ownership(actor=olivia, to=self.membership(self.dev))
        gone = offboard_member(actor=olivia, membership=self.membership(self.vera))
        with self.assertRaises(Conflict):
            transfer_ownership(actor=olivia, to=gone)
        self.assertEqual(self.actor(self.olivia).role, Role.OWNER)
        self.assertEvents(*["organization:transfer:error"] * 2, "member:remove", "organization:transfer:error")

    def test_not_into_another_organization(self) -> None:
        with self.assertRaises(NotFound):
            transfer_ownership(actor=self.actor(self.olivia), to=self.membership(self.mallory))
        self.assertEqual(self.actor(self.mallory).role, Role.OWNER)

    def test_an_admin_does_not_take_it(self) -> None:
        with self.assertRaises(NotAllowed):
            transfer_ownership(actor=self.actor(self.adam), to=self.membership(self.adam))
        self.assertEvents("organization:transfer:denied")

    def test_no_token_hands_it_over(self) -> None:
        with self.assertRaises(NotAllowed) as refused:
            transfer_ownership(actor=self.actor(self.olivia, token=FULL_TOKEN), to=self.membership(self.dev))
        self.assertEqual(refused.exception.rule, "never-by-token")
        self.assertEvents("organization:transfer:denied")

    def test_a_role_that_was_lost_meanwhile_no_longer_counts(self) -> None:
        """The actor was made before the demotion; the transaction sees the role of now."""
        late = self.actor(self.adam)
        stale = replace(late, role=Role.OWNER)
        with self.assertRaises(NotAllowed):
            rename_organization(actor=stale, org=self.acme, name="Too late")
        self.assertEvents("organization:rename:denied")

    def test_two_owners_are_fine(self) -> None:
        second = User.objects.create_user("otto@acme.example")
        add_member(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, person=second, role=Role.OWNER)
        transfer_ownership(actor=self.actor(second, stepped_up=True), to=self.membership(self.adam))
        owners = Membership.objects.active().filter(org=self.acme, role=Role.OWNER)
        self.assertEqual({m.user.email for m in owners}, {"olivia@acme.example", "adam@acme.example"})
