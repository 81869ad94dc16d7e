"""``make demo``: says at each step what it did and saw, and exits 0 only if all of it held."""

import argparse
import secrets
import sys
from typing import Any

from demo.authenticator import code_of
from demo.client import Api, Browser, Unreachable
from demo.gateway import GatewayStory
from demo.provider import provider
from demo.telling import say, step

DEV = "projects/shop/environments/development"
FACTORS = "/account/factors"
PROD = "projects/shop/environments/production"
_TEST_KEY, _LIVE_KEY = f"sk_test_{secrets.token_hex(12)}", f"sk_live_{secrets.token_hex(12)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the server is (make run)")
    parser.add_argument("--gateway", default="http://127.0.0.1:8001", help="where its gateway is")
    options = parser.parse_args()
    base = options.url.rstrip("/")
    try:
        Story(base, options.gateway.rstrip("/")).play()
    except Unreachable as reason:
        sys.exit(f"No server answers at {base} ({reason}): start it with make run.")
    print("\nAll of it held.")


class Story:
    """One person, one project, five tokens; from signing up to reading the log."""

    def __init__(self, base: str, gateway: str) -> None:
        self.base, self.gateway, self.browser = base, gateway, Browser(base)
        mark = secrets.token_hex(4)
        self.email, self.password = f"olivia-{mark}@acme.example", secrets.token_urlsafe(18)
        self.organization = f"Acme {mark}"

    def play(self) -> None:
        self.sign_up_and_in()
        self.add_a_second_factor()
        self.make_the_project()
        self.issue_tokens()
        self.read_values()
        self.be_refused()
        self.revoke()
        with provider() as upstream:
            GatewayStory(Api(self.base, self.manager), self.gateway, upstream).play()
        self.read_the_log()

    def sign_up_and_in(self) -> None:
        fields = {"organization": self.organization, "name": "Olivia", "email": self.email}
        page = self.browser.submit("/sign-up", fields | {"password1": self.password, "password2": self.password})
        self.keys = f"{self.browser.get('/').path}tokens"
        step("signs up through the page", page, 200, lambda: self.organization in self.browser.get("/account").body)
        step("signs out", self.browser.submit("/sign-out", {}), 200)
        step("is asked to sign in for a page", self.browser.get(self.keys), 200, contains="Sign in")
        page = self.browser.submit("/sign-in", {"login": self.email, "password": self.password})
        step("signs in", page, 200, lambda: self.email in self.browser.get("/account").body)

    def add_a_second_factor(self) -> None:
        begun = self.browser.submit(FACTORS, {}, to=f"{FACTORS}/authenticators")
        self.factor = begun.text_of("key").replace(" ", "")
        added = self.browser.submit(begun.path, {"code": code_of(self.factor), "name": "Phone"})
        step("adds an authenticator app, and is shown recovery codes once", added, 201, contains="Your recovery codes")

    def make_the_project(self) -> None:
        manages = ["list", "read", "add", "rotate", "delete", "manage"]
        self.manager = self.token_by_page(
            "creates the first token with the page's form", "Set-up of the shop", "", "p", manages
        )
        api = Api(self.base, self.manager)
        step("makes a project", api.call("POST", "projects", {"slug": "shop", "name": "Shop"}), 201)
        found = api.call("GET", "projects/shop/environments")
        slugs = [each["slug"] for each in found.json["results"]]
        step(f"sees its environments: {', '.join(slugs)}", found, 200, lambda: len(slugs) == 3)
        for place, key in ((DEV, _TEST_KEY), (PROD, _LIVE_KEY)):
            content = f"# Shop\nSTRIPE_API_KEY={key}\nexport SENTRY_DSN='https://{secrets.token_hex(8)}@o1.sentry.example/1'\n"
            content += f'DATABASE_URL="postgres://shop:{secrets.token_hex(8)}@db.shop.example/shop"\n'
            imported = api.call("POST", f"{place}/imports", {"content": content, "apply": True})
            step(f"imports a .env of three values into {place.rsplit('/', 1)[1]}", imported, 200)

    def issue_tokens(self) -> None:
        named = self.browser.submit(
            f"{self.keys}/new/service", {"service_name": "Shop backend"}, to=f"{self.keys}/services"
        )
        step("names a service", named, 200, contains="shop-backend")
        self.service = self.token_by_page(
            "issues a service token for production", "Shop backend, production", "/service", "s", ["list", "read"],
            service="shop-backend", place=named.option("shop/production"), may_reveal_production="on",
        )  # fmt: skip
        self.team = self.token_by_page(
            "issues a team token for the gateway", "Shop, shared for development", "/team", "t", [],
            place=named.option("shop/development"), origins="http://localhost:3000",
            endpoints="openai/v1/chat/completions", rate="60", budget="5",
        )  # fmt: skip
        body = {"kind": "person", "name": "Olivia's laptop", "verbs": ["list", "read"], "lifetime": 86_400}
        body |= {"project": "shop", "environment": "development"}
        issued = Api(self.base, self.manager).call("POST", "tokens", body)
        step("issues a personal token for development by API", issued, 201)
        self.laptop, self.laptop_id = issued.json["value"], issued.json["id"]

    def read_values(self) -> None:
        for who, token, place, key in (
            ("the service", self.service, PROD, _LIVE_KEY),
            ("the laptop", self.laptop, DEV, _TEST_KEY),
        ):
            read = Api(self.base, token).call("GET", f"{place}/values/STRIPE_API_KEY")
            step(f"{who} reads its value, exact to the byte", read, 200, lambda r=read, k=key: r.json["value"] == k)  # type: ignore[misc]  # bound at once
            say(f"the receipt of that read is {read.headers['KeyVault-Audit'][:36]}…")

    def be_refused(self) -> None:
        for who, token, place in (("the laptop", self.laptop, PROD), ("the service", self.service, DEV)):
            refused = Api(self.base, token).call("GET", f"{place}/values/STRIPE_API_KEY")
            step(f"{who} is refused in the other environment by the rule {refused.json['rule']}", refused, 403)
        refused = Api(self.base, self.team).call("GET", f"{DEV}/values/STRIPE_API_KEY")
        step(
            "the team token is refused: team tokens work only at the gateway",
            refused,
            403,
            contains="team tokens work only at the gateway",
        )

    def revoke(self) -> None:
        revoked = Api(self.base, self.manager).call(
            "PUT", f"tokens/{self.laptop_id}/revocation", {"cause": "laptop lost"}
        )
        step("revokes the laptop's token", revoked, 200)
        read = Api(self.base, self.laptop).call("GET", f"{DEV}/values/STRIPE_API_KEY")
        step(f"its next request is refused by the rule {read.json['rule']}", read, 401)

    def read_the_log(self) -> None:
        events = Api(self.base, self.manager).call("GET", "events?page_size=100")
        words = {f"{each['action']}:{each['outcome']}" for each in events.json["results"]}
        wanted = {"project:create:success", "secret:import:success", "secret:reveal:success", "secret:reveal:denied"}
        wanted |= {"secret:unseal:success"}
        step("lists the events", events, 200, lambda: wanted <= words)
        for each in reversed(events.json["results"]):
            say(_line(each))

    def token_by_page(self, what: str, name: str, form: str, kind: str, verbs: list[str], **more: str) -> str:
        """``form`` is the page of the kind of token, ``kind`` the letter that it begins with."""
        page = self.browser.submit(f"{self.keys}/new{form}", {"name": name, "verbs": verbs, "days": "30", **more})
        value = page.text_of("token")
        step(f"{what} ({value[:8]}…)", page, 201, lambda: value.startswith(f"kv{kind}_"))
        return value


def _line(event: dict[str, Any]) -> str:
    """When, who, what, where and from where."""
    place = "/".join(filter(None, (_name(event, part) for part in ("project", "env", "secret"))))
    who, what = event["actor"]["name"], event["action"]
    return f"{event['ts'][:19]}  {who:28} {what:24} {event['outcome']:8} {place} from {event['ip']}"


def _name(event: dict[str, Any], part: str) -> str:
    return str((event.get(part) or {}).get("name", ""))


if __name__ == "__main__":
    main()
