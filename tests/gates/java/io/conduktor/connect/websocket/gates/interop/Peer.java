package io.conduktor.connect.websocket.gates.interop;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** What the connector talks to: a server, perhaps behind a proxy, plain or with TLS. */
record Peer(Server server, Optional<Proxy> proxy, boolean tls) {
    /** The server that stands behind the proxies. */
    static final Server BACKEND = Server.WEBSOCKETS;

    static Peer of(Server server, boolean tls) {
        return new Peer(server, Optional.empty(), tls);
    }

    static Peer of(Proxy proxy, boolean tls) {
        return new Peer(BACKEND, Optional.of(proxy), tls);
    }

    /** All servers and all proxies, each plain and with TLS. */
    static Stream<Peer> all() {
        return Stream.concat(Arrays.stream(Server.values()).flatMap(server -> both(server)), Arrays.stream(Proxy.values()).flatMap(Peer::proxied));
    }

    /** All proxies, each plain and with TLS. */
    static Stream<Peer> allProxied() {
        return Arrays.stream(Proxy.values()).flatMap(Peer::proxied);
    }

    private static Stream<Peer> both(Server server) {
        return Stream.of(of(server, false), of(server, true));
    }

    private static Stream<Peer> proxied(Proxy proxy) {
        return Stream.of(of(proxy, false), of(proxy, true));
    }

    String scheme() {
        return tls ? "wss" : "ws";
    }

    /** What stands in the table: the proxy if there is one, else the server. */
    String title() {
        return proxy.map(Proxy::toString).orElseGet(server::toString);
    }

    /** Fit for a connector's name. */
    String id() {
        return proxy.map(Proxy::name).orElseGet(server::name).toLowerCase().replace('_', '-') + "-" + scheme();
    }

    @Override
    public String toString() {
        return title() + " " + scheme();
    }
}
