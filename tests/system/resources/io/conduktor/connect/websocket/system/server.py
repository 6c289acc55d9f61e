"""A server on Python's websockets: waits for a subscription, then sends numbered messages.

Usage: server.py PORT FIRST COUNT. Prints one line for each thing that happens; SIGTERM closes with 1001 and ends it.
"""

import asyncio
import signal
import sys

import websockets


async def main(port, first, count):
    async def serve(connection, *_):
        try:
            subscription = await connection.recv()
            print(f"subscribed {subscription}", flush=True)
            for number in range(first, first + count):
                await connection.send('{"n":%d}' % number)
            await connection.wait_closed()
        except websockets.ConnectionClosed:
            pass
        print(f"closed {connection.close_code}", flush=True)

    ended = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set_result, None)
    async with websockets.serve(serve, "127.0.0.1", port):
        print("listening", flush=True)
        await ended


asyncio.run(main(*map(int, sys.argv[1:4])))
