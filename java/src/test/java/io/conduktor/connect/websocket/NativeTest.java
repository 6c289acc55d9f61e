package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.Eventually.eventually;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest.properties;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The Java side on the real library. */
class NativeTest {
    private static final byte[][] NO_CERTIFICATES = {};
    private static String refusedUrl;
    private final long[] stats = new long[Stat.values().length];

    @BeforeAll
    static void load() throws IOException {
        NativeEngine.load();
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusedUrl = "ws://127.0.0.1:" + socket.getLocalPort() + "/feed?token=s3cret";
        }
    }

    @AfterEach
    void restore() {
        System.clearProperty(NativeLibrary.DIR_PROPERTY);
    }

    private static String settings(String... more) {
        Map<String, String> properties = properties(more);
        properties.replace("websocket.url", "ws://feed/", refusedUrl);
        return SessionSettings.json(new WebSocketSourceConnectorConfig(properties), "c", 0, Long.MAX_VALUE, false);
    }

    private static NativeException fails(Executable call) {
        return assertThrows(NativeException.class, call);
    }

    private long get(Stat stat) {
        return stats[stat.ordinal()];
    }

    @Test
    void theVersionsAgree() {
        assertEquals(Version.current(), Native.version());
    }

    @Test
    void aSessionLivesWithoutAConnection() {
        long handle = Native.open(settings("websocket.reconnect.interval.ms", "1"), NO_CERTIFICATES, NO_CERTIFICATES);
        assertTrue(handle > 0);
        assertEquals(0, Native.poll(handle, new byte[1024], 1));
        eventually("attempts are counted", () -> {
            Native.stats(handle, stats);
            return get(Stat.RECONNECTS) >= 2;
        });
        assertEquals(10_000, get(Stat.QUEUE_CAPACITY));
        assertEquals(64L * 1024 * 1024, get(Stat.QUEUE_BYTES_CAPACITY));
        assertEquals(0, get(Stat.CONNECTED));
        assertEquals(0, get(Stat.UPTIME_MILLIS));
        assertEquals(0, get(Stat.RECEIVED));
        long[] last = new long[Stat.values().length];
        Native.close(handle, last);
        assertTrue(last[Stat.RECONNECTS.ordinal()] >= get(Stat.RECONNECTS));
    }

    @Test
    void aStaleHandleIsClosedForPollAndStatsAndFineForClose() {
        long handle = Native.open(settings(), NO_CERTIFICATES, NO_CERTIFICATES);
        Native.close(handle, stats);
        long[] untouched = new long[Stat.values().length];
        Arrays.fill(untouched, 7);
        long[] before = untouched.clone();
        Native.close(handle, untouched);
        Native.close(0, untouched);
        Native.close(-1, untouched);
        Native.close(Long.MAX_VALUE, untouched);
        assertArrayEquals(before, untouched);
        for (long stale : new long[] {handle, 0, -1, Long.MAX_VALUE}) {
            assertEquals(NativeException.Code.CLOSED, fails(() -> Native.poll(stale, new byte[16], 0)).code());
            assertEquals(NativeException.Code.CLOSED, fails(() -> Native.stats(stale, stats)).code());
            assertEquals(NativeException.Code.CLOSED, fails(() -> Native.texts(stale)).code());
            assertEquals(NativeException.Code.CLOSED, fails(() -> Native.takeEvents(stale)).code());
            assertEquals(NativeException.Code.CLOSED,
                    fails(() -> Native.refresh(stale, settings(), NO_CERTIFICATES, NO_CERTIFICATES)).code());
        }
        assertTrue(Native.open(settings(), NO_CERTIFICATES, NO_CERTIFICATES) > handle);
    }

    @Test
    void openRefusesWrongSettingsWithoutRepeatingThem() {
        for (String json : new String[] {"", "s3cret", "{}", "[]", "{\"connector\":\"c\",\"url\":\"http://s3cret/\"}",
            settings().replace("\"task\":0", "\"s3cret\":0"), settings().replace("\"task\":0", "\"task\":\"s3cret\"")}) {
            NativeException failure = fails(() -> Native.open(json, NO_CERTIFICATES, NO_CERTIFICATES));
            assertEquals(NativeException.Code.CONFIG, failure.code(), json);
            assertFalse(failure.getMessage().contains("s3cret"), failure.getMessage());
            assertFalse(failure.getMessage().isEmpty());
        }
    }

    @Test
    void checkNamesTheKeyOfEachProblemAndNoSecret() {
        assertEquals(0, Native.check(settings()).length);
        assertEquals(0, Native.check(settings("websocket.heartbeat.response.match", "/hb")).length);
        String wrong = settings("websocket.reply.rules", "[{\"match\":\"/a\",\"send\":\"{{secret.s3cret}}\"},{\"match\":\"s3cret\",\"send\":\"x\"}]",
                "websocket.reconnect.on.match", "regex:(s3cret", "websocket.heartbeat.message", "s3cret {{reply:/a}}");
        List<String> problems = Arrays.asList(Native.check(wrong));
        for (String key : new String[] {"websocket.reply.rules", "websocket.reconnect.on.match", "websocket.heartbeat.message"}) {
            assertTrue(problems.stream().anyMatch(problem -> problem.startsWith(key + ": ")), problems.toString());
        }
        assertEquals(1, Native.check("s3cret").length);
        assertFalse(Native.check("s3cret")[0].contains("s3cret"));
        assertEquals(fails(() -> Native.open(wrong, NO_CERTIFICATES, NO_CERTIFICATES)).getMessage(), problems.get(0));
    }

    /** What validation is told by the library that the task will use. */
    @Test
    void validationAndTheTaskRefuseTheSame() {
        Map<String, String> properties = properties("websocket.reply.rules", "[{\"match\":\"/a\"}]");
        List<String> errors = new WebSocketSourceConnector().validate(properties).configValues().stream()
                .flatMap(value -> value.errorMessages().stream()).collect(Collectors.toList());
        assertEquals(1, errors.size(), errors.toString());
        String same = settings("websocket.reply.rules", "[{\"match\":\"/a\"}]");
        NativeException refused = fails(() -> Native.open(same, NO_CERTIFICATES, NO_CERTIFICATES));
        assertEquals(errors.get(0), refused.getMessage());
    }

    @Test
    void refreshRefusesWrongSettingsAndKeepsTheOldOnes() {
        long handle = Native.open(settings(), NO_CERTIFICATES, NO_CERTIFICATES);
        for (String json : new String[] {FreshSettings.NONE, "s3cret", settings("websocket.url", "wss://feed/")}) {
            NativeException refused = fails(() -> Native.refresh(handle, json, NO_CERTIFICATES, NO_CERTIFICATES));
            assertEquals(NativeException.Code.CONFIG, refused.code());
            assertFalse(refused.getMessage().contains("s3cret"), refused.getMessage());
        }
        Native.refresh(handle, settings(), NO_CERTIFICATES, NO_CERTIFICATES);
        assertEquals(0, Native.takeEvents(handle).length);
        assertEquals(Text.values().length, Native.texts(handle).length);
        Native.close(handle, stats);
    }

    /** The whole way: the server closes, the configuration is read anew, and the next handshake carries the new token. */
    @Test
    void aRotatedTokenIsUsedAtTheNextConnectAndEventsTellOfIt() throws Exception {
        try (OneFeed feed = new OneFeed(OneFeed.frame(1, "hello".getBytes(UTF_8)), OneFeed.frame(8, new byte[] {3, (byte) 0xe9}));
                CapturedLog log = new CapturedLog()) {
            AtomicReference<String> token = new AtomicReference<>("old-t0ken");
            Map<String, String> properties = properties("websocket.url", feed.url(), "name", "rotated", "websocket.event.topic", "events",
                    "websocket.reconnect.interval.ms", "1", "websocket.reconnect.backoff.max.ms", "5", "websocket.auth.token", "old-t0ken");
            WebSocketSourceTask task = new WebSocketSourceTask();
            task.initialize((SourceTaskContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {SourceTaskContext.class},
                    (proxy, method, arguments) -> {
                        if (!method.getName().equals("configs")) {
                            return null;
                        }
                        Map<String, String> now = new HashMap<>(properties);
                        now.put("websocket.auth.token", token.get());
                        return now;
                    }));
            task.start(properties);
            StringBuilder events = new StringBuilder();
            eventually("the new token is sent", () -> {
                List<SourceRecord> polled = task.poll();
                for (SourceRecord record : polled == null ? List.<SourceRecord>of() : polled) {
                    if (record.topic().equals("events")) {
                        events.append(record.value()).append('\n');
                        token.set("new-t0ken");
                    }
                }
                return feed.request().contains("Bearer new-t0ken") && events.indexOf("\"event\":\"close\"") >= 0;
            });
            ObjectName bean = new ObjectName("io.conduktor.connect.websocket:type=WebSocketTask,name=rotated,task=0");
            assertEquals(1001, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "LastCloseCode"));
            assertFalse(((String) ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "State")).isEmpty());
            assertTrue((Long) ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "MillisSinceLastData") >= 0);
            task.stop();
            assertTrue(events.indexOf("\"event\":\"open\"") >= 0, events.toString());
            assertFalse((events + log.text()).contains("t0ken"), events + log.text());
        }
    }

    @Test
    void nullsAndShortArraysAreErrorsNotCrashes() {
        long handle = Native.open(settings(), NO_CERTIFICATES, NO_CERTIFICATES);
        assertThrows(RuntimeException.class, () -> Native.open(null, NO_CERTIFICATES, NO_CERTIFICATES));
        for (byte[][] none : new byte[][][] {null, {null}}) {
            assertThrows(RuntimeException.class, () -> Native.open(settings(), none, NO_CERTIFICATES));
            assertThrows(RuntimeException.class, () -> Native.open(settings(), NO_CERTIFICATES, none));
            assertThrows(RuntimeException.class, () -> Native.refresh(handle, settings(), none, NO_CERTIFICATES));
            assertThrows(RuntimeException.class, () -> Native.refresh(handle, settings(), NO_CERTIFICATES, none));
        }
        assertThrows(RuntimeException.class, () -> Native.poll(handle, null, 0));
        assertThrows(RuntimeException.class, () -> Native.stats(handle, null));
        assertThrows(RuntimeException.class, () -> Native.stats(handle, new long[1]));
        assertThrows(RuntimeException.class, () -> Native.check(null));
        assertThrows(RuntimeException.class, () -> Native.refresh(handle, null, NO_CERTIFICATES, NO_CERTIFICATES));
        assertEquals(0, Native.poll(handle, new byte[0], -1));
        Native.close(handle, stats);
    }

    private static NativeException.Code pollFails(long handle, long timeoutMillis) {
        try {
            Native.poll(handle, new byte[16], timeoutMillis);
            return null;
        } catch (NativeException e) {
            return e.code();
        }
    }

    @Test
    void closeWakesAPoll() throws Exception {
        long handle = Native.open(settings(), NO_CERTIFICATES, NO_CERTIFICATES);
        CompletableFuture<NativeException.Code> poll = CompletableFuture.supplyAsync(() -> {
            NativeException.Code code = NativeException.Code.BUSY;
            while (code == NativeException.Code.BUSY) { // The other poll, which only looks, may have come first.
                code = pollFails(handle, TimeUnit.MINUTES.toMillis(5));
            }
            return code;
        });
        eventually("the poll is under way", () -> pollFails(handle, 0) == NativeException.Code.BUSY);
        Native.close(handle, stats);
        assertEquals(NativeException.Code.CLOSED, poll.get(20, TimeUnit.SECONDS));
    }

    @Test
    void messagesBecomeRecordsAsTheyWereSent() throws Exception {
        String large = "é".repeat(1_500_000);
        try (OneFeed feed = new OneFeed(OneFeed.frame(1, "hello".getBytes(UTF_8)), OneFeed.frame(1, new byte[0]),
                OneFeed.frame(2, "binary but text".getBytes(UTF_8)), OneFeed.frame(2, new byte[] {0, (byte) 0xff, (byte) 0x80}),
                OneFeed.frame(1, large.getBytes(UTF_8)), OneFeed.frame(1, "grüße 日本 \uD83D\uDE80".getBytes(UTF_8)));
                CapturedLog log = new CapturedLog()) {
            long before = System.currentTimeMillis();
            WebSocketSourceTask task = new WebSocketSourceTask();
            task.start(properties("websocket.url", feed.url(), "websocket.max.message.bytes", "4000000", "name", "records",
                    "websocket.auth.token", "s3cret", "websocket.header.X-Feed", "a, b"));
            List<SourceRecord> records = new ArrayList<>();
            eventually("all records came", () -> {
                List<SourceRecord> polled = task.poll();
                records.addAll(polled == null ? List.of() : polled);
                return records.size() == 5;
            });
            assertEquals(List.of("hello", "", "binary but text", large, "grüße 日本 \uD83D\uDE80"),
                    records.stream().map(SourceRecord::value).collect(Collectors.toList()));
            for (int i = 0; i < records.size(); i++) {
                assertEquals(i + 1L, records.get(i).sourceOffset().get("sequence"));
                assertTrue(records.get(i).timestamp() >= before && records.get(i).timestamp() <= System.currentTimeMillis());
            }
            assertTrue(feed.request().contains("\r\nAuthorization: Bearer s3cret\r\n"), feed.request());
            assertTrue(feed.request().contains("\r\nX-Feed: a, b\r\n"), feed.request());
            ObjectName bean = new ObjectName("io.conduktor.connect.websocket:type=WebSocketConnector,name=records,url="
                    + WebSocketUrl.parse(feed.url()).jmxValue());
            assertEquals(true, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "isConnected"));
            assertEquals(6L, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "MessagesReceived"));
            assertEquals(5L, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "BacklogCount"));
            records.forEach(record -> task.commitRecord(record, new RecordMetadata(new TopicPartition("t", 0), 0, 0, 0, 0, 0)));
            assertEquals(5L, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "RecordsProduced"));
            assertEquals(0L, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "BacklogCount"));
            task.stop();
            assertTrue(log.text().contains("Connection opened"), log.text());
            assertTrue(log.text().contains("Connection closed: code=1000"), log.text());
            assertFalse(log.text().contains("s3cret"), log.text());
        }
    }

    @Test
    void exhaustedAttemptsAreToldByPoll() {
        long handle = Native.open(settings("websocket.reconnect.enabled", "false"), NO_CERTIFICATES, NO_CERTIFICATES);
        NativeException failure = fails(() -> Native.poll(handle, new byte[16], TimeUnit.SECONDS.toMillis(20)));
        assertEquals(NativeException.Code.FAILED, failure.code());
        assertTrue(failure.getMessage().contains("refused"), failure.getMessage());
        assertFalse(failure.getMessage().contains("s3cret"), failure.getMessage());
        Native.close(handle, stats);
    }

    @Test
    void theJvmsTrustAnchorsAreAccepted() {
        byte[][] anchors = TrustAnchors.ofJvm();
        assertTrue(anchors.length > 0);
        long handle = Native.open(settings("websocket.url", "wss://127.0.0.1:1/"), anchors, NO_CERTIFICATES);
        Native.close(handle, stats);
    }

    /** Keys as the JDK writes them: EC without its public part, for example. */
    @Test
    void keysThatTheJdkMadeAreAcceptedAndOthersRefused(@TempDir Path folder) throws Exception {
        byte[][] anchors = TrustAnchors.ofJvm();
        String settings = settings("websocket.url", "wss://127.0.0.1:1/");
        TestStores ec = new TestStores(folder, "EC", 384);
        TestStores rsa = new TestStores(folder, "RSA", 2048);
        for (TestStores made : new TestStores[] {ec, rsa}) {
            long handle = Native.open(settings, anchors, new byte[][] {made.certificate.getEncoded(), made.key.getEncoded()});
            Native.refresh(handle, settings, anchors, NO_CERTIFICATES);
            Native.close(handle, stats);
        }
        NativeException mixed = fails(() -> Native.open(settings, anchors, new byte[][] {ec.certificate.getEncoded(), rsa.key.getEncoded()}));
        assertEquals(NativeException.Code.CONFIG, mixed.code());
        assertTrue(mixed.getMessage().contains("not that of the first certificate"), mixed.getMessage());
        TestStores weak = new TestStores(folder, "RSA", 1024);
        NativeException refused = fails(() -> Native.open(settings, anchors, new byte[][] {weak.certificate.getEncoded(), weak.key.getEncoded()}));
        assertTrue(refused.getMessage().startsWith("websocket.ssl.keystore.location: ") && refused.getMessage().contains("RSA of 2048"),
                refused.getMessage());
    }

    @Test
    void aTaskRunsOnTheLibraryWithLogsAndMBean() throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            WebSocketSourceTask task = new WebSocketSourceTask();
            Map<String, String> properties = new HashMap<>(properties("websocket.url", refusedUrl, "name", "native-test"));
            task.start(properties);
            eventually("a failed attempt is logged", () -> log.text().contains("Connection failed"));
            ObjectName bean = new ObjectName("io.conduktor.connect.websocket:type=WebSocketConnector,name=native-test,url="
                    + WebSocketUrl.parse(refusedUrl).jmxValue());
            assertEquals(false, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "isConnected"));
            assertEquals(10_000, ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "QueueCapacity"));
            assertNull(task.poll());
            task.stop();
            assertFalse(ManagementFactory.getPlatformMBeanServer().isRegistered(bean));
            assertFalse(log.text().contains("s3cret"), log.text());
        }
    }

    @Test
    void aTaskWhoseAttemptsRanOutFails() {
        WebSocketSourceTask task = new WebSocketSourceTask();
        try (CapturedLog log = new CapturedLog()) {
            task.start(properties("websocket.url", refusedUrl, "websocket.reconnect.enabled", "false"));
            ConnectException failure = assertThrows(ConnectException.class, () -> {
                for (int i = 0; i < 40; i++) {
                    task.poll();
                }
            });
            assertTrue(failure.getMessage().contains("WebSocket connector c: "), failure.getMessage());
            task.stop();
            assertFalse((failure.getMessage() + log.text()).contains("s3cret"), failure.getMessage() + log.text());
        }
    }

    @Test
    void everyClassLoaderHasALibraryOfItsOwnAndLeavesNoFile(@TempDir Path copies) throws Exception {
        System.setProperty(NativeLibrary.DIR_PROPERTY, copies.toString());
        for (int i = 0; i < 2; i++) {
            try (NativeLibraryTest.OwnLoader loader = new NativeLibraryTest.OwnLoader()) {
                Class<?> engine = loader.loadClass(NativeEngine.class.getName());
                assertNotSame(NativeEngine.class, engine);
                Method load = engine.getDeclaredMethod("load");
                load.setAccessible(true);
                load.invoke(null);
                Method version = loader.loadClass(Native.class.getName()).getDeclaredMethod("version");
                version.setAccessible(true);
                assertEquals(Native.version(), version.invoke(null));
            }
        }
        if (File.separatorChar == '/') {
            try (Stream<Path> left = Files.list(copies)) {
                assertEquals(0, left.count());
            }
        }
    }
}
