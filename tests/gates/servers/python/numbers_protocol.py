"""What a subscription asks for; the parts of both servers that are the same. See ../README.md."""

import json
import os
import signal
import ssl
from dataclasses import dataclass

REASON = "all sent"
HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])
PING = int(os.environ["PING"]) if "PING" in os.environ else None


@dataclass
class Subscription:
    """`close` is None if the server does not close the connection by itself; `pause` is in seconds."""

    count: int
    close: int | None
    pause: float

    @staticmethod
    def read(text):
        say(f"subscribed {text}")
        asked = json.loads(text)
        return Subscription(asked["count"], asked.get("close"), asked.get("pause_ms", 0) / 1000)

    def numbers(self):
        return ('{"n":%d}' % number for number in range(1, self.count + 1))


def say(line):
    print(line, flush=True)


def tls():
    """None without TLS."""
    if "CERT" not in os.environ:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["CERT"], os.environ["KEY"])
    return context


async def terminated(loop):
    """Returns when SIGTERM came."""
    ended = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, lambda: ended.done() or ended.set_result(None))
    await ended
