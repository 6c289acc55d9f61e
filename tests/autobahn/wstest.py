"""Autobahn's wstest, but listening on the loopback alone, which it has no option for, and with masking and checks of UTF-8 that are not done
byte by byte in Python: the cases of compression move gigabytes. What those find is the same.
"""
import binascii
import re

from autobahn.websocket import protocol
from autobahntestsuite import wstest
from twisted.internet import reactor

listen_tcp, listen_ssl = reactor.listenTCP, reactor.listenSSL


def listen_tcp_on_loopback(port, factory, backlog=50, interface=""):
    return listen_tcp(port, factory, backlog, interface or "127.0.0.1")


def listen_ssl_on_loopback(port, factory, context, backlog=50, interface=""):
    return listen_ssl(port, factory, context, backlog, interface or "127.0.0.1")


class Masker(object):
    """XOR with the mask, as one long number."""

    def __init__(self, mask):
        self.mask = bytes(mask)
        self.ptr = 0

    def pointer(self):
        return self.ptr

    def reset(self):
        self.ptr = 0

    def process(self, data):
        length = len(data)
        if not length:
            return b""
        begin = self.ptr & 3
        self.ptr += length
        key = (self.mask * (length // 4 + 2))[begin:begin + length]
        number = int(binascii.hexlify(data), 16) ^ int(binascii.hexlify(key), 16)
        return binascii.unhexlify("%0*x" % (2 * length, number))


class Utf8Validator(protocol.Utf8Validator):
    """Takes what is whole and right at once, and leaves the rest to the suite's own."""

    # Python 2 takes surrogates for characters.
    SURROGATE = re.compile(b"\xed[\xa0-\xbf]")

    def validate(self, data):
        if self.state == 0 and self.is_right(data):
            self.i += len(data)
            return True, True, len(data), self.i
        return protocol_validator.validate(self, data)

    def is_right(self, data):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return not self.SURROGATE.search(data)


protocol_validator = protocol.Utf8Validator
protocol.Utf8Validator = Utf8Validator
protocol.createXorMasker = lambda mask, length=None: Masker(mask)
reactor.listenTCP = listen_tcp_on_loopback
reactor.listenSSL = listen_ssl_on_loopback
wstest.run()
