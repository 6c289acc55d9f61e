package io.conduktor.connect.websocket.gates.interop;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.TestConnector;
import java.util.List;
import java.util.regex.Pattern;

/** A running {@link Peer}. Its ports stay the same over restarts. Closing it stops server and proxy. */
final class Endpoint implements AutoCloseable {
    private static final Pattern EVENT = Pattern.compile("(?:subscribed|closed|error) .*");

    private final Peer peer;
    private final int port = Ports.free();
    private final int proxyPort = Ports.free();
    private final int ping;
    private final Proxy.Timeouts timeouts;
    private ServerProcess server;
    private ServerProcess proxy;

    private Endpoint(Peer peer, int ping, Proxy.Timeouts timeouts) {
        this.peer = peer;
        this.ping = ping;
        this.timeouts = timeouts;
    }

    static Endpoint open(Peer peer) {
        return open(peer, 0, Proxy.Timeouts.USUAL);
    }

    /** @param ping seconds between the server's pings, 0 for none */
    static Endpoint open(Peer peer, int ping, Proxy.Timeouts timeouts) {
        Endpoint endpoint = new Endpoint(peer, ping, timeouts);
        try {
            endpoint.startServer();
            endpoint.startProxy();
            return endpoint;
        } catch (RuntimeException | AssertionError e) {
            endpoint.close();
            throw e;
        }
    }

    /** Where a client connects to. */
    int port() {
        return peer.proxy().isPresent() ? proxyPort : port;
    }

    String url() {
        return peer.scheme() + "://127.0.0.1:" + port() + "/numbers";
    }

    ServerProcess server() {
        return server;
    }

    ServerProcess proxy() {
        return proxy;
    }

    /** The version of the proxy, or else of the server's library. */
    String version() {
        return peer.proxy().map(Proxy::version).orElseGet(() -> Server.version(server));
    }

    void startServer() {
        server = peer.server().start(port, new Server.Options(peer.tls() && peer.proxy().isEmpty(), ping));
    }

    /** Does nothing without a proxy. */
    void startProxy() {
        peer.proxy().ifPresent(kind -> proxy = kind.start(proxyPort, port, peer.tls(), timeouts));
    }

    /** Waits until these are the events that the server has printed since it was started: subscriptions, ends of connections, errors. */
    void awaitEvents(String... lines) {
        Await.value(peer + " to have seen what it should", TestConnector.LIMIT,
            () -> server.logText().lines().filter(line -> EVENT.matcher(line).matches()).toList(), List.of(lines)::equals);
    }

    /** Waits until the server has printed this since it was started. */
    void awaitEvent(String wanted) {
        Await.until(peer + " to have seen: " + wanted, TestConnector.LIMIT, () -> server.logText().lines().anyMatch(wanted::equals));
    }

    @Override
    public void close() {
        if (proxy != null) {
            proxy.stop();
        }
        if (server != null) {
            server.stop();
        }
    }
}
