"""What every page of the console has around it, and how it answers htmx."""

from keyvault.secrets.services.projects import create_project
from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, browser, page, queries

HTMX = {"hx-request": "true", "hx-current-url": "http://testserver/o/acme/"}


class FrameTests(TokenTestCase):
    def test_the_sidebar_names_the_organization_its_projects_and_who_one_is(self) -> None:
        shown = browser(self.dev).get("/o/acme/")
        for text in ("Acme", "Shop", "Access tokens", "Members", "Developer", "Sign out"):
            self.assertContains(shown, text)

    def test_a_viewer_is_told_of_no_numbers_of_secrets_and_tokens(self) -> None:
        counts = [each for each in page(browser(self.vera).get("/o/acme/")).all("span") if each.get("class") == "count"]
        self.assertEqual(len(counts), 2)  # members, and the viewer's own role

    def test_an_organization_of_others_is_not_found_on_any_of_its_pages(self) -> None:
        for address in ("/o/acme/", KEYS, "/o/acme/members", "/o/acme/p/shop/", "/o/acme/search?q=shop"):
            with self.subTest(address):
                answer = browser(self.mallory).get(address)
                self.assertEqual(answer.status_code, 404)
                self.assertNotContains(answer, "Acme", status_code=404)

    def test_a_refusal_within_an_organization_keeps_the_sidebar(self) -> None:
        refused = browser(self.vera).get("/o/acme/p/new")
        self.assertContains(refused, "role-forbids", status_code=403)
        self.assertContains(refused, 'id="side"', status_code=403)

    def test_the_address_of_an_act_opened_by_hand_is_a_page_and_no_blank_one(self) -> None:
        answer = browser(self.olivia).get("/account/organization")
        self.assertContains(answer, "method-not-allowed", status_code=405)
        self.assertEqual(answer["Allow"], "POST")

    def test_as_many_queries_for_many_projects_as_for_few(self) -> None:
        client = browser(self.olivia)
        client.get("/o/acme/")
        few = queries(client, "/o/acme/")
        for number in range(12):
            create_project(actor=self.actor(self.olivia), name=f"Project {number}")
        self.assertEqual(queries(client, "/o/acme/"), few)


class ThemeTests(TokenTestCase):
    def test_the_server_draws_the_theme_that_the_browser_has_chosen(self) -> None:
        client = browser(self.dev)
        self.assertNotIn("data-theme", page(client.get("/o/acme/")).all("html")[0])
        chosen = client.post("/account/appearance", {"theme": "dark", "keys": "off", "next": "/o/acme/"})
        self.assertEqual(chosen["Location"], "/o/acme/")
        html = page(client.get("/o/acme/")).all("html")[0]
        self.assertEqual((html["data-theme"], html["data-keys"]), ("dark", "off"))

    def test_it_leads_to_no_other_site_and_takes_no_other_theme(self) -> None:
        client = browser(self.dev)
        led = client.post("/account/appearance", {"theme": "dark", "next": "https://evil.example/"})
        self.assertEqual(led["Location"], "/account/appearance")
        self.assertEqual(client.post("/account/appearance", {"theme": "<b>"}).status_code, 422)
        client.cookies["theme"] = '"><script>'
        self.assertNotIn("data-theme", page(client.get("/o/acme/")).all("html")[0])


class HtmxTests(TokenTestCase):
    def test_without_a_session_the_whole_page_goes_to_the_sign_in_and_comes_back(self) -> None:
        answer = browser().get("/o/acme/search?q=shop", headers=HTMX)
        self.assertEqual((answer.status_code, answer.content), (401, b""))
        self.assertEqual(answer["HX-Redirect"], "/sign-in?next=/o/acme/")

    def test_a_refusal_is_a_sentence_for_the_head_of_the_page(self) -> None:
        answer = browser(self.vera).get("/o/acme/p/new", headers=HTMX)
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(page(answer).all("html"), [])
        self.assertContains(answer, "The role does not permit this act.", status_code=403)

    def test_it_gets_the_part_that_changes_and_the_whole_when_it_goes_back(self) -> None:
        client = browser(self.dev)
        self.assertEqual(page(client.get("/o/acme/search?q=sh", headers=HTMX)).all("html"), [])
        back = client.get("/o/acme/search?q=sh", headers=HTMX | {"hx-history-restore-request": "true"})
        self.assertEqual(len(page(back).all("html")), 1)
        self.assertIn("HX-Request", back["Vary"])
