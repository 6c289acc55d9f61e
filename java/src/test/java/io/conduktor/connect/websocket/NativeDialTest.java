package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest.properties;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@link Native#dial} on the real library. */
class NativeDialTest {
    private static final byte[][] NONE = {};

    @BeforeAll
    static void load() {
        NativeEngine.load();
    }

    private static String settings(String url) {
        return SessionSettings.json(new WebSocketSourceConnectorConfig(properties("websocket.url", url)), "c", 0, Long.MAX_VALUE, false);
    }

    @Test
    void whatIsWellIsNoProblemOnAnyNumberOfThreads() throws Exception {
        try (OneFeed feed = new OneFeed(OneFeed.frame(1, "message".getBytes(UTF_8)))) {
            for (String depth : List.of("dns", "handshake", "subscribe")) {
                assertArrayEquals(new String[0], Native.dial(settings(feed.url()), NONE, NONE, depth));
            }
            List<CompletableFuture<String[]>> all = IntStream.range(0, 8)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> Native.dial(settings(feed.url()), NONE, NONE, "handshake")))
                    .collect(Collectors.toList());
            for (CompletableFuture<String[]> answer : all) {
                assertEquals(0, answer.get().length);
            }
            Eventually.eventually("the feed has no connection", () -> feed.open() == 0);
        }
    }

    @Test
    void aServerThatIsNotThereIsToldWithoutASecret() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String[] problems = Native.dial(settings("ws://127.0.0.1:" + port + "/feed?token=s3cret"), NONE, NONE, "handshake");
        assertEquals(1, problems.length);
        assertTrue(problems[0].startsWith("websocket.url: ") && problems[0].endsWith("; url=ws://127.0.0.1:" + port + "/feed"), problems[0]);
        assertFalse(problems[0].contains("s3cret"), problems[0]);
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        String settings = settings("ws://127.0.0.1:1/");
        assertEquals(NativeException.Code.CONFIG, assertThrows(NativeException.class, () -> Native.dial(settings, NONE, NONE, "off")).code());
        assertEquals(NativeException.Code.CONFIG, assertThrows(NativeException.class, () -> Native.dial("{}", NONE, NONE, "dns")).code());
        for (Object[] arguments : new Object[][] {{null, NONE, "dns"}, {settings, null, "dns"}, {settings, NONE, null}}) {
            assertThrows(RuntimeException.class, () -> Native.dial((String) arguments[0], (byte[][]) arguments[1], NONE, (String) arguments[2]));
        }
    }
}
