"""Service identities: created, renamed and disabled, with all of their tokens."""

from keyvault.actor import Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.tokens.scene import TokenTestCase
from tokens.models import ServiceIdentity
from tokens.services import create_service_identity, disable_service_identity, rename_service_identity


class IdentityTests(TokenTestCase):
    def test_owners_and_admins_create_them(self) -> None:
        for user in (self.olivia, self.adam):
            service = create_service_identity(actor=self.actor(user), org=self.acme, name=f"Deploy by {user.name}")
            self.assertEqual(service.slug, f"deploy-by-{user.name.lower()}")
            (event,) = self.assertEvents("service:manage")
            self.assertEqual(event.document["about"], {"id": str(service.pk), "name": service.slug})
            self.assertEqual(event.document["details"]["change"], "create")

    def test_others_do_not(self) -> None:
        for user in (self.dev, self.vera):
            with self.assertRaises(NotAllowed):
                create_service_identity(actor=self.actor(user), org=self.acme, name="Deploy")
            self.assertEvents("service:manage:denied")
        with self.assertRaises(NotFound):
            create_service_identity(actor=self.actor(self.mallory), org=self.acme, name="Deploy")
        self.assertFalse(ServiceIdentity.objects.exists())

    def test_a_slug_belongs_to_one_in_an_organization(self) -> None:
        create_service_identity(actor=self.actor(self.adam), org=self.acme, name="Deploy")
        self.forget_events()
        with self.assertRaises(Conflict) as refused:
            create_service_identity(actor=self.actor(self.adam), org=self.acme, name="Deploy!")
        self.assertEqual(refused.exception.rule, "slug-taken")
        self.assertEvents("service:manage:error")
        create_service_identity(actor=self.actor(self.mallory), org=self.evil_corp, name="Deploy")

    def test_names_and_slugs_have_a_form(self) -> None:
        wrong = [{"name": ""}, {"name": "x" * 121}, {"name": "Deploy", "slug": "No Slug"}, {"name": "n", "note": "\0"}]
        for facts in wrong:
            with self.assertRaises(Invalid):
                create_service_identity(actor=self.actor(self.adam), org=self.acme, **facts)
        self.assertNoEvent()

    def test_a_new_name_and_the_same_slug(self) -> None:
        service = self.identity()
        rename_service_identity(actor=self.actor(self.adam), service=service, name="Deploy of shop")
        service.refresh_from_db()
        self.assertEqual((service.name, service.slug), ("Deploy of shop", "deploy"))
        (event,) = self.assertEvents("service:manage")
        self.assertEqual(event.document["details"], {"change": "rename", "from": "Deploy", "to": "Deploy of shop"})
        with self.assertRaises(NotAllowed):
            rename_service_identity(actor=self.actor(self.dev), service=service, name="Mine")
        self.assertEvents("service:manage:denied")

    def test_disabled_its_tokens_work_no_more(self) -> None:
        issued, other = self.of_service(), self.of_service("Another", owner=self.identity("other"))
        self.forget_events()
        disable_service_identity(actor=self.actor(self.adam), service=self.identity(), cause="retired")
        self.assertEqual(self.refused(issued).rule, "token-revoked")
        self.assertIsNotNone(self.with_token(other))
        act, revoked = self.events()[:2]
        self.assertEqual((act.action, act.reason), ("service:manage", "retired"))
        self.assertEqual(act.document["details"], {"change": "disable", "tokens": 1})
        self.assertEqual((revoked.action, revoked.target_token_id), ("token:revoke", issued.token.pk))
        disable_service_identity(actor=self.actor(self.adam), service=self.identity(), cause="again")
        self.assertNoEvent()

    def test_others_disable_none(self) -> None:
        with self.assertRaises(NotAllowed):
            disable_service_identity(actor=self.actor(self.dev), service=self.identity(), cause="because")
        self.assertEvents("service:manage:denied")
        self.assertIsNone(self.identity().disabled_at)

    def test_a_managing_token_of_the_whole_organization_may_and_one_of_a_project_not(self) -> None:
        whole = self.with_token(self.of_service("whole", verbs=[Verb.MANAGE]))
        create_service_identity(actor=whole, org=self.acme, name="Nightly")
        part = self.with_token(self.of_service("part", verbs=[Verb.MANAGE], project=self.shop))
        with self.assertRaises(NotAllowed):
            create_service_identity(actor=part, org=self.acme, name="Weekly")
