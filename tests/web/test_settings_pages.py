"""Settings of the console: the name, the list of all settings, streams of the log, the danger zone."""

from typing import Any

from django.utils import timezone

from keyvault.actor import Role
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.services import create_stream
from orgs.models import Organization
from tests.web.scene import page
from tests.web.test_members_pages import PeopleCase

SETTINGS = "/o/acme/settings"
STREAMS = f"{SETTINGS}/streams"
OWNERSHIP = f"{SETTINGS}/danger/ownership"
KEY = "key-of-the-collector"


class GeneralTests(PeopleCase):
    def test_every_member_sees_the_settings_that_the_role_opens_and_no_other(self) -> None:
        for user, all_of_them in ((self.olivia, True), (self.adam, True), (self.dev, False), (self.vera, False)):
            shown = self.signed_in(user).get(SETTINGS)
            self.assertContains(shown, f"{SETTINGS}/policy")
            self.assertContains(shown, f"{SETTINGS}/danger")
            for place in (f"{SETTINGS}/sso", f"{SETTINGS}/provisioning", STREAMS, "/alerts/channels"):
                self.assertEqual(place in shown.content.decode(), all_of_them, (user.name, place))
            self.assertEvents("organization:view")

    def test_every_place_in_the_list_opens(self) -> None:
        client = self.signed_in(self.vera)
        for link in page(client.get(SETTINGS)).all("a"):
            if link["href"].startswith(SETTINGS):
                self.assertEqual(client.get(link["href"]).status_code, 200, link["href"])

    def test_an_owner_renames_it_and_the_address_stays(self) -> None:
        client = self.signed_in(self.olivia)
        self.assertRedirects(client.post(f"{SETTINGS}/name", {"name": "Acme Rockets"}), SETTINGS)
        self.assertContains(client.get(SETTINGS), "Acme Rockets")
        self.assertEqual(Organization.objects.get(pk=self.acme.pk).slug, "acme")
        self.assertEventsInclude("organization:rename")

    def test_what_is_wrong_with_the_name_is_said_at_its_field(self) -> None:
        client = self.signed_in(self.olivia)
        for name in ("", "   ", "x" * 121, "two\nlines"):
            shown = client.post(f"{SETTINGS}/name", {"name": name})
            self.assertContains(shown, 'aria-invalid="true"', status_code=422)
        self.assertNoEvent("organization:rename")

    def test_nobody_else_renames_it(self) -> None:
        for user, status in ((self.adam, 403), (self.dev, 403), (self.vera, 403), (self.mallory, 404)):
            client = self.signed_in(user)
            self.assertEqual(client.post(f"{SETTINGS}/name", {"name": "Mine"}).status_code, status)
        self.assertNotContains(self.signed_in(self.adam).get(SETTINGS), f"{SETTINGS}/name")
        self.assertEqual(Organization.objects.get(pk=self.acme.pk).name, self.acme.name)

    def test_strangers_find_nothing(self) -> None:
        client = self.stepped_up(self.mallory)
        for address in (SETTINGS, STREAMS, f"{STREAMS}/new", f"{SETTINGS}/danger", OWNERSHIP):
            self.assertEqual(client.get(address).status_code, 404, address)


class StreamPagesTests(PeopleCase):
    def stream(self, name: str = "Archive", **options: Any) -> Stream:
        owner = self.actor(options.pop("user", self.olivia), org=options.get("org"), stepped_up=True)
        place = "siem.example.com:6514"
        org = options.get("org", self.acme)
        made = create_stream(actor=owner, org=org, kind=StreamKind.SYSLOG, name=name, place=place)
        self.forget_events()
        return made.stream

    def test_owners_and_admins_see_how_each_stands(self) -> None:
        stream = self.stream()
        for user in (self.olivia, self.adam):
            shown = self.signed_in(user).get(STREAMS)
            self.assertContains(shown, "siem.example.com")
            self.assertContains(shown, "Nothing yet")
            self.assertNotContains(shown, "6514")
            self.assertEvents("stream:list")
        Stream.objects.filter(pk=stream.pk).update(
            failures=3, last_error="It was not taken (RequestFailed).", retry_at=timezone.now(), sent_at=timezone.now()
        )
        shown = self.signed_in(self.adam).get(STREAMS)
        self.assertContains(shown, "Failing")
        self.assertContains(shown, "It was not taken (RequestFailed). 3 times in a row")
        self.assertNotContains(shown, "Nothing yet")

    def test_only_owners_are_offered_to_change_them(self) -> None:
        stream = self.stream()
        for user, offered in ((self.olivia, True), (self.adam, False)):
            shown = self.signed_in(user).get(STREAMS).content.decode()
            for address in (f"{STREAMS}/new", f"{STREAMS}/{stream.pk}/deletion"):
                self.assertEqual(address in shown, offered, (user.name, address))

    def test_developers_and_viewers_are_refused(self) -> None:
        stream = self.stream()
        for user in (self.dev, self.vera):
            client = self.signed_in(user)
            self.assertEqual(client.get(STREAMS).status_code, 403)
            self.assertEqual(client.post(f"{STREAMS}/{stream.pk}/deletion").status_code, 403)
        for user in (self.adam, self.dev):
            form = {"name": "Mine", "kind": "syslog", "place": "evil.example.com:6514"}
            self.assertEqual(self.stepped_up(user).post(f"{STREAMS}/new", form).status_code, 403)
        self.assertEqual(list(Stream.objects.all()), [stream])

    def test_creating_one_takes_the_second_factor(self) -> None:
        form = {"name": "SIEM", "kind": "syslog", "place": "siem.example.com:6514"}
        led = self.signed_in(self.olivia).post(f"{STREAMS}/new", form)
        self.assertIn("/account/step-up", led["Location"])
        self.assertFalse(Stream.objects.exists())

    def test_a_webhook_s_secret_is_shown_once_and_its_address_never(self) -> None:
        client = self.stepped_up(self.olivia)
        place = f"https://collector.example.com/in?key={KEY}"
        made = client.post(f"{STREAMS}/new", {"name": "SIEM", "kind": "webhook", "place": place})
        self.assertEqual(made.status_code, 201)
        self.assertIn("no-store", made["Cache-Control"])
        secret = page(made).texts["token"]
        self.assertTrue(secret.startswith("whsec_"))
        self.assertNotContains(made, KEY, status_code=201)
        shown = client.get(STREAMS)
        self.assertContains(shown, "collector.example.com")
        told = str([bytes(event.entry) for event in self.assertEventsInclude("stream:create")])
        self.assertIn("collector.example.com", told)
        for hidden in (KEY, secret):
            self.assertNotContains(shown, hidden)
            self.assertNotIn(hidden, told)

    def test_syslog_has_no_secret_and_leads_back_to_the_list(self) -> None:
        form = {"name": "Archive", "kind": "syslog", "place": "siem.example.com:6514"}
        made = self.stepped_up(self.olivia).post(f"{STREAMS}/new", form, follow=True)
        self.assertRedirects(made, STREAMS)
        self.assertContains(made, "Archive begins with the log")

    def test_what_is_wrong_is_said_at_its_field_and_the_address_is_not_repeated(self) -> None:
        self.stream()
        client = self.stepped_up(self.olivia)
        wrong = (
            {"name": "SIEM", "kind": "webhook", "place": f"http://collector.example.com/?key={KEY}"},
            {"name": "SIEM", "kind": "webhook", "place": f"file:///etc/{KEY}"},
            {"name": "SIEM", "kind": "syslog", "place": f"{KEY}.example.com:70000"},
            {"name": "SIEM", "kind": "carrier-pigeon", "place": f"https://{KEY}.example.com"},
            {"name": "Archive", "kind": "syslog", "place": f"{KEY}.example.com:6514"},
            {"name": "", "kind": "syslog", "place": f"{KEY}.example.com:6514"},
        )
        for form in wrong:
            shown = client.post(f"{STREAMS}/new", form)
            self.assertContains(shown, 'aria-invalid="true"', status_code=422, msg_prefix=str(form))
            self.assertNotContains(shown, KEY, status_code=422)
        self.assertEqual(Stream.objects.count(), 1)

    def test_the_sixth_is_not_offered_and_refused(self) -> None:
        for n in range(5):
            self.stream(f"Archive {n}")
        client = self.stepped_up(self.olivia)
        self.assertNotContains(client.get(STREAMS), f"{STREAMS}/new")
        form = {"name": "SIEM", "kind": "syslog", "place": "siem.example.com:6514"}
        self.assertContains(client.post(f"{STREAMS}/new", form), "5 streams already", status_code=422)

    def test_an_owner_deletes_one_and_a_second_click_finds_nothing(self) -> None:
        stream, client = self.stream(), self.signed_in(self.olivia)
        address = f"{STREAMS}/{stream.pk}/deletion"
        self.assertContains(client.get(address), "Delete Archive?")
        self.assertTrue(Stream.objects.exists())
        self.assertRedirects(client.post(address), STREAMS)
        self.assertFalse(Stream.objects.exists())
        self.assertEqual(client.post(address).status_code, 404)
        self.assertEventsInclude("stream:delete")

    def test_another_organization_s_stream_does_not_exist(self) -> None:
        theirs = self.stream("Theirs", user=self.mallory, org=self.evil_corp)
        client = self.signed_in(self.olivia)
        self.assertNotContains(client.get(STREAMS), "Theirs")
        for answer in (client.get, client.post):
            self.assertEqual(answer(f"{STREAMS}/{theirs.pk}/deletion").status_code, 404)
        self.assertTrue(Stream.objects.filter(pk=theirs.pk).exists())


class DangerTests(PeopleCase):
    def heir(self, user: Any, typed: str = "acme") -> dict[str, str]:
        return {"to": str(self.membership(user).pk), "typed": typed}

    def test_everybody_finds_the_way_out_and_owners_alone_the_handing_over(self) -> None:
        for user in (self.olivia, self.adam, self.dev, self.vera):
            shown = self.signed_in(user).get(f"{SETTINGS}/danger")
            self.assertContains(shown, "/o/acme/members/leave")
            self.assertEqual(OWNERSHIP in shown.content.decode(), user == self.olivia)
            self.assertEvents("organization:view")

    def test_an_owner_hands_over_and_becomes_admin(self) -> None:
        client = self.stepped_up(self.olivia)
        self.assertContains(client.get(OWNERSHIP), "dev@acme.example")
        self.assertRedirects(client.post(OWNERSHIP, self.heir(self.dev)), f"{SETTINGS}/danger")
        self.assertEqual(self.membership(self.dev).role, Role.OWNER)
        self.assertEqual(self.membership(self.olivia).role, Role.ADMIN)
        self.assertEventsInclude("organization:transfer")
        self.assertEqual(client.get(OWNERSHIP).status_code, 403)

    def test_it_takes_the_second_factor(self) -> None:
        led = self.signed_in(self.olivia).post(OWNERSHIP, self.heir(self.dev))
        self.assertIn("/account/step-up", led["Location"])
        self.assertEqual(self.membership(self.dev).role, Role.DEVELOPER)

    def test_the_address_is_typed_and_only_a_lasting_member_can_be_chosen(self) -> None:
        guest = self.membership(self.vera)
        guest.ends_on = timezone.now().date()
        guest.save(update_fields=["ends_on"])
        stranger = self.membership(self.mallory, self.evil_corp)
        client = self.stepped_up(self.olivia)
        self.assertNotContains(client.get(OWNERSHIP), "vera@acme.example")
        wrong = [self.heir(self.dev, "Acme!"), self.heir(self.dev, ""), self.heir(self.vera), self.heir(self.olivia)]
        for form in (*wrong, {"to": str(stranger.pk), "typed": "acme"}, {"to": "nobody", "typed": "acme"}):
            self.assertContains(client.post(OWNERSHIP, form), 'aria-invalid="true"', status_code=422)
        self.assertEqual(self.membership(self.olivia).role, Role.OWNER)
        self.assertNoEvent("organization:transfer")

    def test_nobody_else_hands_it_over(self) -> None:
        for user in (self.adam, self.vera):
            self.assertEqual(self.stepped_up(user).post(OWNERSHIP, self.heir(user)).status_code, 403)
        self.assertEqual(self.membership(self.olivia).role, Role.OWNER)
