package io.conduktor.connect.websocket.gates.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Proxies between the worker and servers that take connections from the proxy only. */
@Tag("long")
class ClientProxyTest {
    static final int MESSAGES = 1000;
    static final String FAILED = "WebSocket Connection failed";

    private static String numbers(int port, boolean tls) {
        return numbers("127.0.0.1", port, tls);
    }

    static String numbers(String host, int port, boolean tls) {
        return (tls ? "wss" : "ws") + "://" + host + ":" + port + "/numbered?rate=0&count=" + MESSAGES;
    }

    private static TestConnector connector(ClientProxy proxy, int port, String what, String url) {
        return new TestConnector(Suite.standalone(), "through-" + proxy.name().toLowerCase() + "-" + what, url)
            .set("websocket.proxy.url", proxy.url(port)).set("websocket.proxy.username", ClientProxy.USERNAME)
            .set("websocket.proxy.password", ClientProxy.PASSWORD);
    }

    /** The failure that this connector tells of, which names the proxy and says no password. */
    static String failure(TestConnector connector, ClientProxy proxy, int port) {
        String text = connector.apply().log().await(connector.name(), FAILED, 1, TestConnector.LIMIT).get(0).text();
        assertTrue(text.contains(proxy.named(port)), text);
        assertFalse(connector.log().text().contains(ClientProxy.PASSWORD), "the password is in the log");
        return text;
    }

    @ParameterizedTest
    @EnumSource(ClientProxy.class)
    void dataComesThroughTheProxyWherePlainTcpDoesNotGet(ClientProxy proxy) {
        int port = Ports.free();
        try (Feed feed = Suite.feed("behind-" + proxy.name().toLowerCase()); GuardedPort plain = new GuardedPort(feed.port());
                GuardedPort secure = new GuardedPort(Suite.secureFeed().feed().port());
                ServerProcess process = proxy.start(port, plain.port(), secure.port())) {
            for (boolean tls : new boolean[] {false, true}) {
                GuardedPort server = tls ? secure : plain;
                try (TestConnector connector = connector(proxy, port, tls ? "tls" : "plain", numbers(server.port(), tls))) {
                    connector.applyAndConnect();
                    assertEquals(MESSAGES, connector.awaitSettled(MESSAGES).produced());
                    connector.log().assertNoTrouble(connector.name());
                    assertFalse(connector.log().text().contains(ClientProxy.PASSWORD));
                }
                assertEquals(1, server.admitted());
                assertEquals(0, server.refused());
            }
            try (TestConnector direct = connector(proxy, port, "not", numbers(plain.port(), false))) {
                direct.config().keySet().removeIf(key -> key.startsWith("websocket.proxy."));
                direct.apply().log().await(direct.name(), FAILED, 1, TestConnector.LIMIT);
                assertTrue(plain.refused() > 0, "the direct way is open");
                assertTrue(process.isAlive());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProxy.class)
    void whatTheProxyRefusesIsToldAsItsRefusal(ClientProxy proxy) {
        int port = Ports.free();
        int nobody = Ports.free();
        try (ServerProcess process = proxy.start(port, nobody)) {
            List<String> seen = new ArrayList<>();
            try (TestConnector connector = connector(proxy, port, "wrong", numbers(nobody, false)).set("websocket.proxy.password", "wr0ng-password")) {
                String text = failure(connector, proxy, port);
                assertTrue(text.contains("check websocket.proxy.username and websocket.proxy.password") && !text.contains("wr0ng"), text);
                seen.add(text);
            }
            try (TestConnector connector = connector(proxy, port, "unknown", numbers(nobody, false))) {
                connector.config().keySet().removeIf(key -> key.equals("websocket.proxy.username") || key.equals("websocket.proxy.password"));
                String text = failure(connector, proxy, port);
                assertTrue(text.contains("set websocket.proxy.username and websocket.proxy.password"), text);
                seen.add(text);
            }
            // The status is the proxy's: that the server's would be fatal means nothing.
            try (TestConnector connector = connector(proxy, port, "forbidden", numbers(1, false)).set("websocket.reconnect.fatal.http.statuses", "403")) {
                String text = failure(connector, proxy, port);
                assertTrue(text.contains("its rules do not let us there"), text);
                connector.log().await(connector.name(), FAILED, 3, TestConnector.LIMIT);
                seen.add(text);
            }
            try (TestConnector connector = connector(proxy, port, "closed", numbers(nobody, false))) {
                String text = failure(connector, proxy, port);
                assertTrue(text.contains("it cannot reach the server") || text.contains("the server refuses its connection"), text);
                seen.add(text);
            }
            assertTrue(process.isAlive());
            seen.forEach(text -> Suite.figure("%s: %s", proxy, text));
        }
    }

    @ParameterizedTest
    @EnumSource(ClientProxy.class)
    void aProxyThatEndsAndComesBackIsALossAndAReconnect(ClientProxy proxy) {
        int port = Ports.free();
        try (Feed feed = Suite.feed("cut-" + proxy.name().toLowerCase()); GuardedPort server = new GuardedPort(feed.port());
                TestConnector connector = connector(proxy, port, "cut", numbers(server.port(), false))) {
            try (ServerProcess process = proxy.start(port, server.port())) {
                connector.applyAndConnect();
                connector.awaitSettled(MESSAGES);
                process.kill(); // Its children too: danted's would go on.
            }
            connector.log().await(connector.name(), "WebSocket Connection closed: code=1006", 1, TestConnector.LIMIT);
            String text = connector.log().await(connector.name(), FAILED, 1, TestConnector.LIMIT).get(0).text();
            assertTrue(text.contains(proxy.named(port)) && text.contains("refused"), text);
            try (ServerProcess process = proxy.start(port, server.port())) {
                connector.awaitConnected();
                connector.awaitSettled(2 * MESSAGES);
                assertTrue(process.isAlive());
            }
        }
    }
}
