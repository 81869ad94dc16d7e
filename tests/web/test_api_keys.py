"""Access tokens: a token's value is in one answer and nowhere else; lists, hints and ends of tokens."""

from typing import Any

from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from tests.accounts.factors import STEP_UP, code_of, give_authenticator
from tests.tokens.scene import TokenTestCase
from tests.web.scene import KEYS, NEW, Page, browser, page
from tokens.models import AccessToken, ServiceIdentity
from tokens.services import authenticate


def form(**changes: object) -> dict[str, Any]:
    return {"name": "Olivia's laptop", "verbs": ["list", "read"], "days": "30"} | changes


class Pages(TokenTestCase):
    def signed_in(self, user: User) -> Client:
        client = browser(user)
        self.forget_events()
        return client

    def created(self, client: Client, kind: str = "", **changes: object) -> tuple[Any, str]:
        response = client.post(f"{NEW}{kind}", form(**changes))
        self.assertEqual(response.status_code, 201, response.content.decode())
        return response, page(response).texts["token"]

    def refusal(self, client: Client, kind: str = "", **changes: object) -> tuple[Page, Any]:
        """The page, and the errors by field; no token has been made."""
        response = client.post(f"{NEW}{kind}", form(**changes))
        self.assertEqual(response.status_code, 422)
        self.assertFalse(AccessToken.objects.exists())
        return page(response), response.context["form"].errors


class CreatingTests(Pages):
    def test_the_value_is_in_the_answer_to_the_post_and_works(self) -> None:
        response, value = self.created(self.signed_in(self.olivia))
        self.assertRegex(value, r"^kvp_")
        self.assertNotIn("Location", response)
        self.assertIn("no-store", response["Cache-Control"])
        (event,) = self.assertEvents("token:issue-personal")
        self.assertNotIn(value, bytes(event.entry).decode())
        self.assertEqual(authenticate(value, origin=self.actor(self.olivia).origin).id, self.olivia.pk)

    def test_the_value_is_in_no_session_and_no_later_page(self) -> None:
        client = self.signed_in(self.olivia)
        _, value = self.created(client)
        self.assertTrue(Session.objects.exists())
        for session in Session.objects.all():
            self.assertNotIn(value, str(session.get_decoded()))
        for address in (KEYS, NEW, "/account"):
            response = client.get(address)
            self.assertNotContains(response, value)
            self.assertFalse([cookie for cookie in response.cookies.values() if value in cookie.value])
        self.assertContains(client.get(KEYS), "Olivia&#x27;s laptop")
        self.assertIn("no-store", client.get(KEYS)["Cache-Control"])

    def test_a_name_that_says_nothing_gets_its_hint_once_and_is_then_accepted(self) -> None:
        client = self.signed_in(self.olivia)
        refused, errors = self.refusal(client, name="token1")
        self.assertEqual(list(errors), ["name"])
        self.assertIn("who uses it", refused.texts["id_name_error"])
        self.assertNoEvent("token:issue-personal")
        hinted = next(field["value"] for field in refused.all("input") if field.get("name") == "hinted")
        self.created(client, name="token1", hinted=hinted)
        self.assertEventsInclude("token:issue-personal")

    def test_each_refusal_stands_at_its_field(self) -> None:
        client = self.signed_in(self.olivia)
        mistakes: dict[str, dict[str, Any]] = {
            "name": {"name": "Laptop\u202egnp"},
            "networks": {"networks": "10.4.0.0/33"},
            "prefixes": {"prefixes": "../x"},
            "place": {"place": f"e:{self.production.pk}x"},
            "verbs": {"verbs": []},
            "days": {"days": "0"},
        }
        for field, changes in mistakes.items():
            with self.subTest(field):
                self.assertEqual(list(self.refusal(client, **changes)[1]), [field])
                self.assertNoEvent("token:issue-personal")

    def test_a_form_of_another_site_is_refused(self) -> None:
        client = browser(self.olivia, enforce_csrf_checks=True)
        self.assertEqual(client.post(NEW, form()).status_code, 403)
        self.assertFalse(AccessToken.objects.exists())


class WhoMayTests(Pages):
    def test_a_viewer_makes_a_token_of_their_own(self) -> None:
        self.created(self.signed_in(self.vera), name="Vera's laptop")
        self.assertEqual(AccessToken.objects.get().membership, self.membership(self.vera))
        self.assertEvents("token:issue-personal")

    def test_a_viewer_makes_none_for_a_service(self) -> None:
        self.identity()
        client = self.signed_in(self.vera)
        self.assertNotContains(client.get(NEW), f"{NEW}/service")
        self.assertContains(client.get(f"{NEW}/service"), "role-forbids", status_code=403)
        posted = client.post(f"{NEW}/service", form(service="deploy"))
        self.assertContains(posted, "role-forbids", status_code=403)
        self.assertEvents("token:issue-service:denied", "token:issue-service:denied")
        self.assertFalse(AccessToken.objects.exists())

    def test_a_viewer_names_no_service(self) -> None:
        client = self.signed_in(self.vera)
        response = client.post(f"{KEYS}/services", {"service_name": "Deploy"})
        self.assertContains(response, "role-forbids", status_code=403)
        self.assertFalse(ServiceIdentity.objects.exists())
        self.assertEqual([event.outcome for event in self.events()], ["denied"])

    def test_members_see_their_own_and_owners_all(self) -> None:
        self.personal(self.vera, "Vera's laptop")
        self.personal(self.dev, "Dev's laptop")
        self.assertNotContains(browser(self.vera).get(KEYS), "Dev&#x27;s laptop")
        self.assertContains(browser(self.olivia).get(KEYS), "Dev&#x27;s laptop")
        self.assertNotContains(browser(self.mallory).get(KEYS), "laptop", status_code=404)

    def test_production_is_revealed_by_a_service_of_one_environment_and_by_name(self) -> None:
        self.identity()
        service = {"service": "deploy", "name": "Deploy of shop", "may_reveal_production": "on"}
        key = give_authenticator(self.olivia)
        client = self.signed_in(self.olivia)
        client.post(STEP_UP, {"code": code_of(key)})
        _, errors = self.refusal(client, "/service", **service, place=f"e:{self.staging.pk}")
        self.assertEqual(list(errors), ["may_reveal_production"])
        self.created(client, "/service", **service, place=f"e:{self.production.pk}")
        token = AccessToken.objects.get()
        self.assertEqual((token.may_reveal_production, token.environment), (True, self.production))
        (event,) = [event for event in self.events() if event.outcome == "success" and event.target_token_id]
        self.assertIs(event.document["details"]["may_reveal_production"], True)

    def test_an_environment_of_another_organization_is_no_choice(self) -> None:
        client = self.signed_in(self.mallory)
        response = client.post("/o/evil-corp/tokens/new", form(place=f"e:{self.staging.pk}"))
        self.assertEqual((response.status_code, list(response.context["form"].errors)), (422, ["place"]))
        self.assertFalse(AccessToken.objects.exists())

    def test_without_a_session_there_is_only_the_way_to_sign_in(self) -> None:
        for address in (KEYS, NEW, "/account"):
            response = browser().get(address)
            self.assertRedirects(response, f"/sign-in?next={address}", fetch_redirect_response=False)


class RevokingTests(Pages):
    def test_a_post_with_a_cause_ends_it_at_the_next_request(self) -> None:
        issued = self.personal(self.vera)
        client, address = self.signed_in(self.olivia), f"{KEYS}/{issued.token.pk}/revocation"
        self.assertContains(client.get(address), "Revoke Vera")
        self.assertEqual(self.now(issued.token).state, "active")
        self.assertRedirects(client.post(address, {"cause": "laptop lost"}), KEYS, fetch_redirect_response=False)
        (event,) = self.assertEvents("token:revoke")
        self.assertEqual((event.target_token_id, event.reason), (issued.token.pk, "laptop lost"))
        self.assertEqual(self.refused(issued).status, 401)
        self.assertNotContains(client.get(KEYS), address)

    def test_without_a_cause_it_goes_on(self) -> None:
        issued = self.personal(self.vera)
        response = self.signed_in(self.olivia).post(f"{KEYS}/{issued.token.pk}/revocation", {"cause": " "})
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self.now(issued.token).state, "active")
        self.assertNoEvent("token:revoke")

    def test_for_an_outsider_and_a_member_without_the_right_it_does_not_exist(self) -> None:
        issued = self.personal(self.olivia)
        for user in (self.mallory, self.vera):
            with self.subTest(user.name):
                client, address = self.signed_in(user), f"{KEYS}/{issued.token.pk}/revocation"
                answers = [client.get(address), client.post(address, {"cause": "mine now"})]
                self.assertEqual([answer.status_code for answer in answers], [404, 404])
                self.assertNotContains(answers[0], issued.token.name, status_code=404)
                self.assertNoEvent()
        self.assertEqual(self.now(issued.token).state, "active")
