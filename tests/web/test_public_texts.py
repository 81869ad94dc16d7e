"""Privacy and terms: anybody reads them, super admins write them, and nothing typed there becomes markup."""

from django.test import Client

from accounts.models import User
from accounts.platform import PlatformAct
from keyvault.actor import PlatformRole
from keyvault.errors import Invalid, NotAllowed
from keyvault.flows.public_texts.models import LONGEST, Name, PublicText
from keyvault.flows.public_texts.reading import Block, blocks_of
from keyvault.flows.public_texts.services import edit_public_text
from tests.admin.scene import PUBLIC_TEXTS, by, desk, make_operator
from tests.cast import CastTestCase
from tests.web.scene import browser, page

EDIT = f"{PUBLIC_TEXTS}privacy/edit"


class ReadingTests(CastTestCase):
    def test_anybody_reads_the_starting_texts_and_finds_them_from_every_page(self) -> None:
        self.assertContains(browser().get("/privacy"), "Cookies keep you signed in")
        self.assertContains(browser().get("/terms"), "gives no warranty")
        for where in (browser().get("/sign-in"), browser(self.vera).get("/o/acme/")):
            self.assertContains(where, 'href="/privacy"')
            self.assertContains(where, 'href="/terms"')

    def test_it_takes_one_query_and_no_post(self) -> None:
        with self.assertNumQueries(1):
            browser().get("/privacy")
        self.assertEqual(browser().post("/privacy").status_code, 405)

    def test_a_few_marks_are_read_and_the_rest_is_as_typed(self) -> None:
        read = blocks_of("# Who\r\n## we\n\nOne\ntwo\n- a\n-b\n\n\n- c\n\n# \n")
        text = Block("text", ("One", "two"))
        lists = [Block("list", ("a",)), Block("text", ("-b",)), Block("list", ("c",))]
        heading = [Block("heading", ("Who",)), Block("text", ("## we",))]
        self.assertEqual(read, [*heading, text, *lists, Block("text", ("#",))])
        self.assertEqual(blocks_of(" \n\n "), [])


class EditingTests(CastTestCase):
    root: User
    desk: Client

    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN)
        self.desk = desk(self.root)
        self.forget_events()

    def test_an_edit_is_shown_to_everybody_and_told_to_operators(self) -> None:
        answer = self.desk.post(EDIT, {"text": "# Ours\n\nWrite to https://acme.example/privacy"})
        self.assertEqual((answer.status_code, answer["Location"]), (302, PUBLIC_TEXTS))
        (event,) = self.assertEvents("public-text:edit")
        self.assertEqual((event.actor_id, event.document["details"]), (self.root.pk, {"characters": 45}))
        shown = browser().get("/privacy")
        self.assertContains(shown, "<h2>Ours</h2>")
        self.assertContains(shown, 'href="https://acme.example/privacy" rel="nofollow"')
        self.assertContains(shown, "Last changed on")
        self.assertNotContains(shown, self.root.email)
        self.assertContains(self.desk.get(PUBLIC_TEXTS), self.root.email)
        self.assertContains(self.desk.get(EDIT), "# Ours")
        self.assertContains(browser().get("/terms"), "gives no warranty")

    def test_nothing_typed_becomes_markup(self) -> None:
        typed = "# <b>x</b>\n- <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> javascript:alert(1) {{ 7 }}"
        self.desk.post(EDIT, {"text": typed + '\nhttps://x.example/"onmouseover="alert(1)'})
        shown = browser().get("/privacy")
        body = page(shown)
        self.assertEqual((body.all("script"), body.all("b")), ([], []))
        self.assertFalse([each for each in body.all("img") if each.get("src") == "x"])
        self.assertFalse([each for each in body.all("a") if "onmouseover" in each])
        self.assertNotIn('href="javascript:', shown.content.decode())
        self.assertContains(shown, "{{ 7 }}")

    def test_an_empty_text_brings_the_starting_one_back_and_every_edit_is_kept(self) -> None:
        for text in ("Ours", "  \n"):
            self.desk.post(EDIT, {"text": text})
        self.assertContains(browser().get("/privacy"), "Cookies keep you signed in")
        self.assertEqual([each.text for each in PublicText.objects.all()], ["", "Ours"])

    def test_what_is_too_long_or_holds_a_zero_is_refused_and_nothing_is_kept(self) -> None:
        for text in ("x" * (LONGEST + 1), "a\x00b"):
            self.assertEqual(self.desk.post(EDIT, {"text": text}).status_code, 422)
        with self.assertRaises(Invalid):
            edit_public_text(actor=by(self.root), name=Name.TERMS, text="x" * (LONGEST + 1))
        self.assertFalse(PublicText.objects.exists())

    def test_no_other_text_can_be_made(self) -> None:
        self.assertEqual(self.desk.post(f"{PUBLIC_TEXTS}imprint/edit", {"text": "x"}).status_code, 404)

    def test_an_auditor_looks_and_an_owner_is_no_operator(self) -> None:
        auditor = make_operator(PlatformRole.AUDITOR, email="audit@platform.example")
        client = desk(auditor)
        self.assertNotContains(client.get(PUBLIC_TEXTS), EDIT)
        self.forget_events()
        self.assertEqual(client.post(EDIT, {"text": "x"}).status_code, 403)
        self.assertEvents(f"{PlatformAct.EDIT_PUBLIC_TEXT}:denied")
        for actor in (by(auditor), self.actor(self.olivia)):
            with self.assertRaises(NotAllowed):
                edit_public_text(actor=actor, name=Name.PRIVACY, text="x")
        self.assertFalse(PublicText.objects.exists())
