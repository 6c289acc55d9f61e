package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A connector trusts what the JVM of its worker trusts. */
class TlsTest {
    @Test
    void theWorkersTrustStoreIsUsed() {
        String url = Suite.secureFeed().feed().url("/numbered?rate=0&count=1000");
        assertTrue(url.startsWith("wss://"), url);
        try (TestConnector connector = new TestConnector(Suite.standalone(), "trusted", url)) {
            connector.applyAndConnect();
            assertEquals(1000, connector.awaitSettled(1000).produced());
            connector.log().assertNoTrouble("trusted");
        }
    }

    @Test
    void aServerThatTheWorkerDoesNotTrustIsRefusedWithAdvice() {
        try (TestConnector connector = new TestConnector(Suite.shared(), "untrusted", Suite.secureFeed().feed().url("/silence"))) {
            connector.set("websocket.reconnect.max.attempts", "1").apply();
            String trace = connector.awaitTrace();
            assertTrue(trace.contains("TLS") && trace.contains("javax.net.ssl.trustStore"), trace);
            LogLine failed = connector.log().await("untrusted", "WebSocket Connection failed", 1, TestConnector.LIMIT).get(0);
            assertEquals("ERROR", failed.level());
        }
    }
}
