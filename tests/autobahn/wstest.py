"""Autobahn's wstest, but listening on the loopback alone, which it has no option for."""
from autobahntestsuite import wstest
from twisted.internet import reactor

listen_tcp, listen_ssl = reactor.listenTCP, reactor.listenSSL


def listen_tcp_on_loopback(port, factory, backlog=50, interface=""):
    return listen_tcp(port, factory, backlog, interface or "127.0.0.1")


def listen_ssl_on_loopback(port, factory, context, backlog=50, interface=""):
    return listen_ssl(port, factory, context, backlog, interface or "127.0.0.1")


reactor.listenTCP = listen_tcp_on_loopback
reactor.listenSSL = listen_ssl_on_loopback
wstest.run()
