"""The numbers on aiohttp. See ../README.md."""

import asyncio
import weakref

import aiohttp
from aiohttp import web

from numbers_protocol import HOST, PING, PORT, REASON, Subscription, say, terminated, tls

OPEN = weakref.WeakSet()


async def handle(request):
    socket = web.WebSocketResponse(heartbeat=PING, compress=True)
    await socket.prepare(request)
    OPEN.add(socket)
    code = 1006
    try:
        wanted = Subscription.read(await socket.receive_str())
        for number in wanted.numbers():
            await socket.send_str(number)
        if wanted.close:
            await socket.close(code=wanted.close, message=REASON.encode())
            code = socket.close_code
        else:
            message = await socket.receive()
            code = message.data if message.type == aiohttp.WSMsgType.CLOSE else code
    except (ConnectionError, aiohttp.WSMessageTypeError):
        pass
    say(f"closed {code}")
    return socket


async def close_all(_):
    await asyncio.gather(*(socket.close(code=aiohttp.WSCloseCode.GOING_AWAY) for socket in set(OPEN)))


async def main():
    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    application.on_shutdown.append(close_all)
    runner = web.AppRunner(application, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, HOST, PORT, ssl_context=tls()).start()
    say(f"listening aiohttp {aiohttp.__version__}")
    await terminated(asyncio.get_running_loop())
    await runner.cleanup()


asyncio.run(main())
