"""What is measured, each on its own core: nginx, and the gateway with either way out; the rest share the other core."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.gateway.serve import KEY

_TICKS = os.sysconf("SC_CLK_TCK")
_NGINX = """
worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.error;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 10000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {servers}
}}
"""
_STUB = """server {{ listen 127.0.0.1:{port} backlog=1024; location / {{
  default_type application/json; if ($http_authorization != "Bearer {key}") {{ return 401; }}
  return 200 '{body}'; }} }}"""
_PROXY = """upstream u {{ server 127.0.0.1:{upstream}; keepalive 64; }}
  upstream v {{ server 127.0.0.1:{events}; keepalive 64; }}
  server {{ listen 127.0.0.1:{port} backlog=1024;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
  proxy_set_header Authorization "Bearer {key}";
  location /openai/v1/chat/completions {{ proxy_pass http://u/v1/chat/completions; }}
  location /openai/ {{ proxy_pass http://v/; }} }}"""


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    port: int
    events_port: int
    """Where it sends streams and slow answers through."""
    processes: tuple[int, ...]

    @property
    def cpu(self) -> float:
        """Seconds of processor so far."""
        return sum(map(_seconds, self.processes))


@contextmanager
def contenders(token: str) -> Iterator[list[Contender]]:
    """Raises FileNotFoundError, naming what is missing."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx or not shutil.which("wrk"):
        raise FileNotFoundError("nginx and wrk are needed: apt-get install nginx-light wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stub, events, proxy = _free(), _free(), _free()
        body = '{"id":"chatcmpl-1","choices":[{"message":{"content":"' + "x" * 900 + '"}}]}'
        _nginx(stack, nginx, folder, "stub", 0, _STUB.format(port=stub, key=KEY, body=body))
        _python(stack, 0, "bench.gateway.upstream", str(events))
        servers = _PROXY.format(upstream=stub, events=events, port=proxy, key=KEY)
        process = _nginx(stack, nginx, folder, "proxy", 1, servers)
        running = [Contender("direct", stub, events, ()), Contender("nginx", proxy, proxy, _family(process))]
        for client in ("own", "aiohttp"):
            ports = {upstream: _free() for upstream in (stub, events)}
            pids = [
                _python(stack, 1, "bench.gateway.serve", token, str(port), str(upstream), client)
                for upstream, port in ports.items()
            ]
            name = "gateway" if client == "own" else "gateway on aiohttp"
            running.append(Contender(name, ports[stub], ports[events], tuple(pids)))
        for each in running:
            _wait(each.port)
            _wait(each.events_port)
        yield running


def _nginx(stack: ExitStack, nginx: str, folder: Path, name: str, core: int, servers: str) -> int:
    file = folder / f"{name}.conf"
    file.write_text(_NGINX.format(folder=folder, name=name, servers=servers))
    return _start(stack, core, nginx, "-c", str(file), "-p", str(folder))


def _python(stack: ExitStack, core: int, module: str, *arguments: str) -> int:
    return _start(stack, core, sys.executable, "-m", module, *arguments)


def _start(stack: ExitStack, core: int, *command: str) -> int:
    process = subprocess.Popen(["taskset", "-c", str(core % (os.cpu_count() or 1)), *command])
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process.pid


def _family(parent: int) -> tuple[int, ...]:
    """nginx works in a child."""
    time.sleep(1)
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return parent, *map(int, children)


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")
