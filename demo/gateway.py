"""The second half of the story: official SDKs, unmodified, with a base address and a token in the key's place."""

import secrets
import time
from typing import Any

import anthropic
import openai

from demo.client import Answer, Api
from demo.provider import Arrived
from demo.telling import expect, say, step

_ENVIRONMENT = "projects/shop/environments/development"
_ASKED: Any = [{"role": "user", "content": "What does one say at nine?"}]
_BEFORE_THE_CUT = 5  # pieces
_PATIENCE = 30.0  # seconds until counts are in the database


class GatewayStory:
    """``manager`` acts for an owner; ``gateway`` is its address, ``upstream`` that of the provider."""

    def __init__(self, manager: Api, gateway: str, upstream: str) -> None:
        self.manager, self.gateway, self.upstream = manager, gateway, upstream
        self.key = f"sk-demo-{secrets.token_hex(16)}"

    def play(self) -> None:
        self.bind_keys()
        self.issue_a_token()
        self.call()
        self.stream()
        self.revoke_in_mid_stream()
        self.see_the_usage()

    def bind_keys(self) -> None:
        for slug, title, slot in (
            ("demo-chat", "Demo, as OpenAI", "bearer"),
            ("demo-messages", "Demo, as Anthropic", "header:x-api-key"),
        ):
            errors = "openai" if slot == "bearer" else "anthropic"
            upstream = {"slug": slug, "title": title, "base": self.upstream, "slots": [slot], "paths": ["/v1"]}
            named = self.manager.call("POST", "upstreams", upstream | {"errors": errors, "usage": errors})
            step(f"names a provider of its own: {title}", named, 201)
            secret = {"name": f"{slug}-key", "value": self.key, "kind": "brokered", "provider": slug}
            bound = self.manager.call("POST", f"{_ENVIRONMENT}/secrets", secret)
            step("binds a key to it, which nobody can read from then on", bound, 201)

    def issue_a_token(self) -> None:
        said = {"kind": "person", "name": "Assistant of the shop", "verbs": ["read"]}
        place = {"project": "shop", "environment": "development", "lifetime": 86_400}
        issued = self.manager.call("POST", "tokens", said | place)
        step("issues a token for that environment", issued, 201, lambda: issued.json["everywhere"])
        self.token, self.token_id = issued.json["value"], issued.json["id"]

    def call(self) -> None:
        answer = self._chat().chat.completions.create(model="demo-1", messages=_ASKED)
        expect(f"the openai SDK asks through the gateway: “{answer.choices[0].message.content}”", self._key_arrived())
        client = anthropic.Anthropic(base_url=f"{self.gateway}/demo-messages", api_key=self.token, max_retries=0)
        message = client.messages.create(model="demo-1", max_tokens=20, messages=_ASKED)
        expect(f"the anthropic SDK likewise: “{message.content[0].text}”", self._key_arrived())  # type: ignore[union-attr]
        say(f"the provider saw the key {self.key[:8]}…{self.key[-4:]}, and no token")

    def stream(self) -> None:
        events = self._chat().chat.completions.create(model="demo-1", messages=_ASKED, stream=True, max_tokens=6)
        words = [event.choices[0].delta.content or "" for event in events]
        expect(f"streams {len(words)} pieces: “{''.join(words).strip()}”", len(words) > 1)

    def revoke_in_mid_stream(self) -> None:
        seen = 0
        try:
            for _ in self._chat().chat.completions.create(model="demo-1", messages=_ASKED, stream=True):
                seen += 1
                if seen == _BEFORE_THE_CUT:
                    self._revoke()
        except openai.APIError as cut:
            expect(f"the stream is cut after {seen} pieces, and the SDK says: {cut}", seen < 2 * _BEFORE_THE_CUT)
        else:
            expect("the stream is cut", False)
        try:
            self._chat().chat.completions.create(model="demo-1", messages=_ASKED)
        except openai.AuthenticationError as refused:
            expect(f"its next request is refused by the rule {refused.code}", True)
        else:
            expect("its next request is refused", False)

    def see_the_usage(self) -> None:
        """Counts are written a moment later, and the journal keeps them until then."""
        end = time.monotonic() + _PATIENCE
        while not (rows := self._usage().json["results"]) and time.monotonic() < end:
            time.sleep(0.5)
        told = self._usage()
        requests = sum(row["requests"] for row in rows)
        step(f"sees {requests} requests and what they took in its usage", told, 200, lambda: requests > 0)
        for row in told.json["results"]:
            say(f"{row['key']:14} {row['requests']} requests, {row['tokens_in']} tokens in, {row['tokens_out']} out")

    def _chat(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.gateway}/demo-chat/v1", api_key=self.token, max_retries=0)

    def _revoke(self) -> None:
        revoked = self.manager.call("PUT", f"tokens/{self.token_id}/revocation", {"cause": "no longer needed"})
        what = "revokes the token while its stream runs, and every worker of the gateway knows"
        step(what, revoked, 200, lambda: revoked.json["everywhere"])

    def _key_arrived(self) -> bool:
        return Arrived.key() == self.key and not any(self.token in value for value in Arrived.headers.values())

    def _usage(self) -> Answer:
        return self.manager.call("GET", f"usage?by=provider&token={self.token_id}")
