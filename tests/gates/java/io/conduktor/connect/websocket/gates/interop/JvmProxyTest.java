package io.conduktor.connect.websocket.gates.interop;

import static io.conduktor.connect.websocket.gates.interop.ClientProxyTest.FAILED;
import static io.conduktor.connect.websocket.gates.interop.ClientProxyTest.MESSAGES;
import static io.conduktor.connect.websocket.gates.interop.ClientProxyTest.failure;
import static io.conduktor.connect.websocket.gates.interop.ClientProxyTest.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A worker whose JVM knows a proxy. */
@Tag("long")
class JvmProxyTest {
    /** As a configuration of the old connector on a worker behind a proxy: it names none. */
    @Test
    void theProxiesOfTheWorkersJvmAreUsed() {
        int port = Ports.free();
        try (Feed feed = Suite.feed("jvm"); GuardedPort plain = new GuardedPort(feed.port());
                GuardedPort secure = new GuardedPort(Suite.secureFeed().feed().port());
                ServerProcess process = ClientProxy.SQUID.start(port, plain.port(), secure.port())) {
            ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "behind-proxy", Suite.broker().bootstrapServers());
            options.jvmArguments(Suite.secureFeed().trustArguments());
            options.jvmArguments("-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=" + port, "-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=" + port,
                "-Dhttp.nonProxyHosts=localhost");
            try (ConnectWorker worker = options.start()) {
                Cluster cluster = new Cluster(Suite.broker(), worker);
                for (boolean tls : new boolean[] {false, true}) {
                    GuardedPort server = tls ? secure : plain;
                    try (TestConnector connector = new TestConnector(cluster, "jvm-" + (tls ? "tls" : "plain"),
                            numbers(ClientProxy.KNOWN_TO_SQUID, server.port(), tls))) {
                        connector.set("websocket.proxy.username", ClientProxy.USERNAME).set("websocket.proxy.password", ClientProxy.PASSWORD);
                        if (tls) {
                            connector.set("websocket.ssl.server.name", "localhost"); // The certificate's name.
                        }
                        connector.applyAndConnect();
                        assertEquals(MESSAGES, connector.awaitSettled(MESSAGES).produced());
                    }
                    assertEquals(1, server.admitted());
                    assertEquals(0, server.refused());
                }
                int before = plain.admitted();
                try (TestConnector connector = new TestConnector(cluster, "jvm-except", numbers("localhost", feed.port(), false))) {
                    connector.applyAndConnect().awaitSettled(MESSAGES);
                }
                assertEquals(before, plain.admitted());
                String url = numbers(ClientProxy.KNOWN_TO_SQUID, plain.port(), false);
                try (TestConnector connector = new TestConnector(cluster, "jvm-direct", url)) {
                    String text = connector.set("websocket.proxy.url", "direct").apply().log()
                        .await("jvm-direct", FAILED, 1, TestConnector.LIMIT).get(0).text();
                    assertTrue(text.contains("the host name cannot be resolved"), text);
                }
                try (TestConnector connector = new TestConnector(cluster, "jvm-unknown", url)) {
                    String text = failure(connector, ClientProxy.SQUID, port);
                    assertTrue(process.isAlive() && text.contains("407") && text.contains("set websocket.proxy.username"), text);
                }
            }
        }
    }
}
