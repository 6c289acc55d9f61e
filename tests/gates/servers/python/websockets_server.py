"""The numbers on Python's websockets. See ../README.md."""

import asyncio

import websockets
from websockets.asyncio.server import serve

from numbers_protocol import HOST, PING, PORT, REASON, Subscription, say, terminated, tls


async def handle(connection):
    try:
        wanted = Subscription.read(await connection.recv())
        for number in wanted.numbers():
            await connection.send(number)
            if wanted.pause:
                await asyncio.sleep(wanted.pause)
        if wanted.close:
            await connection.close(wanted.close, REASON)
        await connection.wait_closed()
    except websockets.ConnectionClosed:
        pass
    received = connection.protocol.close_rcvd
    say(f"closed {received.code if received else 1006}")


async def main():
    async with serve(handle, HOST, PORT, ssl=tls(), compression="deflate", ping_interval=PING, ping_timeout=PING):
        say(f"listening websockets {websockets.__version__}")
        await terminated(asyncio.get_running_loop())


asyncio.run(main())
