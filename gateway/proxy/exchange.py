"""One request on its way: read, judged, routed, admitted, sent with the real key, and its answer streamed back.

Whatever stops it (a revocation, a client that leaves, a clock) cancels its one task, so that it stops wherever it
waits; what it holds upstream is let go of on the way out, and the provider knows.
"""

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from gateway.model import Binding, Credential, Ending, Refusal, Token
from gateway.ports import CannotUnseal
from gateway.proxy import cors, mcp, websocket
from gateway.proxy.account import Account
from gateway.proxy.answering import refuse_by_status
from gateway.proxy.client import Client, Headers
from gateway.proxy.deadline import STUCK, Deadline
from gateway.proxy.incoming import Incoming
from gateway.proxy.judging import GONE, judge, refusal_of
from gateway.proxy.outgoing import Outgoing
from gateway.proxy.refusals import CRASHED, STALE, Refused
from gateway.proxy.relay import Relay, Stale
from gateway.proxy.routing import Route, route
from gateway.proxy.websocket import Tunnel
from gateway.upstream.interface import Answer, Broken, Call, UpstreamError
from gateway.upstream.tunnel import Declined, open_tunnel
from tokens.verdict import Verdict

if TYPE_CHECKING:
    from gateway.proxy.app import Gateway

_log = logging.getLogger("gateway")

_FULL = Refusal(503, "gateway-full", "Too many requests are under way.", "Try again.", 1)
_TOKEN_FULL = Refusal(429, "streams", "Too many requests of this token are under way.", "Wait for one to end.", 1)
_CHANGED = Refusal(403, "binding-changed", "The key that the token stands for was changed.", "Ask again.")
_UNSEALABLE = Refusal(503, "key-unavailable", "The key cannot be opened now.", "Try again.", 5)
_PREFLIGHT = Refusal(403, "origin", "The page that asks has no origin.")


class Exchange:
    """Also the :class:`gateway.model.Stream` that a change of its token finds."""

    __slots__ = (
        "_account", "_client", "_deadline", "_gateway", "_incoming", "_outgoing", "_route", "_stop", "_task", "_token",
        "_tunnel",
    )  # fmt: skip

    def __init__(self, gateway: "Gateway", incoming: Incoming, client: Client) -> None:
        self._gateway, self._incoming, self._client = gateway, incoming, client
        self._deadline = Deadline(gateway.limits.body_idle, gateway.limits.total)
        self._account = Account(self._deadline)
        self._token: Token | None = None
        self._route: Route | None = None
        self._outgoing: Outgoing | None = None
        self._tunnel: Tunnel | None = None
        self._stop: Refusal | None = None
        self._task: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        self._task = asyncio.current_task(self._client.connection.loop)
        self._client.connection.on_gone = self._client_left
        try:
            await self._travel()
        except Refused as refused:
            await self._refuse(refused.refusal)
        except UpstreamError as problem:
            await self._fail(problem)
        except Stale:
            await self._break_off(Ending.CUT, STALE)
        except asyncio.CancelledError:
            if self._task:  # the cancelling has done its work: Python 3.11.2 would take a timeout below for it
                self._task.uncancel()
            await self._break_off(self._account.ending, self._stop)
        except Exception:  # the edge of the application: one request's failure is not another's
            _log.exception("request %s failed", self._client.request_id)
            await self._refuse(CRASHED)
        finally:
            self._leave()

    # What others may do to it

    def reconsider(self, token: Token | None) -> None:
        if self._token:
            self._token.live.discard(self)
        refusal = GONE if token is None else self._judge(token) or self._judge_route(token)
        if token is None or refusal:
            self.cut(refusal or GONE)
        else:
            self._token = token
            token.live.add(self)

    def cut(self, refusal: Refusal) -> None:
        self._end(Ending.CUT, refusal)

    def tick(self, now: float, wall: float) -> None:
        """The clocks: ``now`` is monotonic, ``wall`` Unix seconds."""
        late = self._deadline.over(now)
        if late and self._account.ending is Ending.COMPLETE:
            self._client.connection.abort()  # it does not read the last piece
        elif late:
            self._end(Ending.TIMED_OUT, late)
        elif self._token and wall >= self._token.expires_at:
            self.cut(refusal_of(Verdict.EXPIRED))

    def _client_left(self) -> None:
        self._end(Ending.CLIENT_GONE, None)

    def _end(self, ending: Ending, refusal: Refusal | None) -> None:
        if self._task and self._account.ending is Ending.REFUSED:
            self._account.ending, self._stop = ending, refusal
            self._task.cancel()

    # The road

    async def _travel(self) -> None:
        if cors.is_preflight(self._incoming.method, self._incoming.head):
            await self._answer_preflight()
            return
        if self._incoming.bad_door:
            raise Refused(self._incoming.bad_door)
        token, slot = self._incoming.identify(self._gateway)
        self._admit(token)
        found = self._route = route(self._incoming.door, token, self._gateway.providers)
        binding = found.binding
        opens_socket = self._incoming.head.upgrade == "websocket"
        if opens_socket:
            websocket.admit(token, found, self._incoming.method, self._incoming.head)
        self._outgoing = Outgoing(self._gateway, self._incoming, self._account, self._deadline)
        call = await self._outgoing.call(token, found, self._client)
        credential = await self._credential(binding)
        self._outgoing.place(call, credential, binding.provider, slot)
        if opens_socket:
            await self._pass_frames(call, binding)
            return
        answer = await self._gateway.upstream.request(call)
        try:
            await self._relay(answer, found, credential)
        finally:
            answer.release()

    def _admit(self, token: Token) -> None:
        self._token = token
        if not self._gateway.directory.fresh():
            raise Refused(STALE)
        refusal = self._judge(token)
        if refusal:
            raise Refused(refusal)
        if len(self._gateway.streams) > self._gateway.limits.streams:
            raise Refused(_FULL)
        if len(token.live) >= self._gateway.limits.streams_per_token:
            raise Refused(_TOKEN_FULL)
        token.live.add(self)

    def _judge(self, token: Token) -> Refusal | None:
        return judge(token, address=self._incoming.address, origin=self._incoming.origin, now=time.time())

    def _judge_route(self, token: Token) -> Refusal | None:
        """Under a changed token the same key must still be sent to the same place."""
        if self._route is None:
            return None
        try:
            found = route(self._incoming.door, token, self._gateway.providers).binding
        except Refused as refused:
            return refused.refusal
        before = self._token or token
        same_lists = mcp.lists_for(token, found.provider) == mcp.lists_for(before, found.provider)
        return None if same_lists and _identity(found) == _identity(self._route.binding) else _CHANGED

    async def _credential(self, binding: Binding) -> Credential:
        if self._token is None:
            raise Refused(GONE)
        try:
            return await self._gateway.keys.key_for(self._token, binding, self._incoming.address)
        except CannotUnseal:
            raise Refused(_UNSEALABLE) from None

    async def _relay(self, answer: Answer, found: Route, credential: Credential) -> None:
        self._account.answered(answer.status, list(answer.headers))
        self._check_rejection(answer.status, found.binding)
        if self._token is None:
            raise Refused(GONE)
        gateway = self._gateway
        relay = Relay(self._client, self._account, self._deadline, gateway.limits.idle, gateway.directory.fresh)
        own = cors.answer_headers(self._incoming.head, self._token)
        await relay.run(answer, self._incoming.method, found, credential, own)

    async def _pass_frames(self, call: Call, binding: Binding) -> None:
        call.headers += self._incoming.head.websocket_headers
        try:
            far_end = await open_tunnel(self._gateway.upstream.dialer, call)
        except Declined as declined:
            self._check_rejection(declined.status, binding)
            raise Broken(str(declined)) from None
        self._account.answered(101, far_end.headers)
        self._tunnel = Tunnel(self._client, far_end, self._account, self._gateway.directory.fresh)
        self._deadline.wait(self._gateway.limits.total, STUCK)
        ending = await self._tunnel.run()
        if ending is Ending.CUT:
            raise Stale
        self._account.settle(ending)

    def _check_rejection(self, status: int, binding: Binding) -> None:
        if self._token and status in (401, 403):
            self._gateway.log.credential_rejected(self._token, binding, status, self._client.request_id)
        refuse_by_status(status, binding)

    # Our own answers

    async def _answer_preflight(self) -> None:
        headers = cors.preflight_headers(self._incoming.head)
        if headers is None:
            raise Refused(_PREFLIGHT)
        await self._client.begin(204, headers)
        await self._client.pass_on(b"", False)

    async def _refuse(self, refusal: Refusal) -> None:
        self._task = None  # from here on nothing stops it
        if self._account.ending is Ending.REFUSED and refusal is not CRASHED:
            asked = self._incoming.asked(self._client.request_id, self._route, None)
            self._gateway.log.refused(refusal, asked, self._token)
        if self._client.started:
            self._client.connection.abort()
        else:
            await self._client.refuse(refusal, self._shape(), self._readable())

    async def _fail(self, problem: UpstreamError) -> None:
        if self._outgoing and self._outgoing.refusal:
            await self._refuse(self._outgoing.refusal)
            return
        self._account.ending = Ending.UPSTREAM_FAILED
        retry_after = 1 if problem.status == 503 else 0
        await self._refuse(Refusal(problem.status, problem.rule, str(problem), retry_after=retry_after))

    async def _break_off(self, ending: Ending, refusal: Refusal | None) -> None:
        self._task = None
        self._account.ending = ending
        if refusal is None:
            self._client.connection.abort()  # nobody is there, or the server ends
        elif self._tunnel and self._client.started:
            self._tunnel.close(refusal)
        elif self._client.started:
            await self._client.break_off(refusal, self._shape())
        else:
            await self._client.refuse(refusal, self._shape(), self._readable())

    def _readable(self) -> Headers:
        return cors.refusal_headers(self._incoming.head)

    def _shape(self) -> str:
        return self._incoming.shape(self._route, self._gateway.providers)

    def _leave(self) -> None:
        self._account.settle(self._account.ending)
        self._client.connection.on_gone = None
        self._gateway.streams.discard(self)
        if self._token:
            self._token.live.discard(self)
        self._task = None


def _identity(binding: Binding) -> tuple[object, ...]:
    return binding.secret_id, binding.version_id, binding.base, binding.provider
