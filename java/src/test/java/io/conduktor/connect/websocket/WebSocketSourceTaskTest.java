package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfigTest.properties;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class WebSocketSourceTaskTest {
    private static final String CONTEXT = "connector.context";
    private static final RecordMetadata ACKNOWLEDGED = new RecordMetadata(new TopicPartition("ticks", 0), 0, 0, 0, 0, 0);

    private final FakeEngine engine = new FakeEngine();
    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    private final SharedRuntime runtime = new SharedRuntime(engine, new MetricsRegistry(server));
    private final WebSocketSourceTask task = new WebSocketSourceTask(() -> runtime);
    private final Map<Map<String, Object>, Map<String, Object>> storedOffsets = new HashMap<>();
    private final CapturedLog log = new CapturedLog();
    /** What the context answers when the configuration is read anew. */
    private Supplier<Map<String, String>> configs = () -> null;

    @AfterEach
    void restore() {
        task.stop();
        log.close();
        MDC.clear();
    }

    private void start(String... more) {
        OffsetStorageReader reader = (OffsetStorageReader) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] {OffsetStorageReader.class}, (proxy, method, arguments) -> storedOffsets.get(arguments[0]));
        task.initialize((SourceTaskContext) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] {SourceTaskContext.class}, (proxy, method, arguments) -> method.getName().equals("configs") ? configs.get() : reader));
        task.start(properties(more));
    }

    private SourceRecord pollOne(String text) {
        engine.polls.add(new Batches().text(text, 0).bytes());
        return task.poll().get(0);
    }

    private Object get(String bean, String attribute) throws JMException {
        return server.getAttribute(new ObjectName("io.conduktor.connect.websocket:" + bean), attribute);
    }

    private Object get(String attribute) throws JMException {
        return get("type=WebSocketConnector,name=c,url=feed_", attribute);
    }

    @Test
    void numbersContinueAfterARestartUnderANewSession() {
        SourceRecord first = startFresh();
        task.stop();
        storedOffsets.put(Map.of("websocket_url", "ws://feed/"), new HashMap<>(Map.of("session_id", "old", "sequence", 7L)));
        start();
        SourceRecord second = pollOne("b");
        assertEquals(8L, second.sourceOffset().get("sequence"));
        assertNotEquals(first.sourceOffset().get("session_id"), second.sourceOffset().get("session_id"));
    }

    private SourceRecord startFresh() {
        start();
        SourceRecord record = pollOne("a");
        assertEquals(1L, record.sourceOffset().get("sequence"));
        return record;
    }

    @Test
    void offsetsOfTheOldConnectorAreFoundUnderTheRawUrl() {
        String url = "wss://u:p@feed/p?token=s3cret";
        storedOffsets.put(Map.of("websocket_url", url), new HashMap<>(Map.of("session_id", "old", "sequence", 99)));
        start("websocket.url", url);
        assertTrue(engine.trustAnchors > 0);
        SourceRecord record = pollOne("a");
        assertEquals(100L, record.sourceOffset().get("sequence"));
        assertEquals(Map.of("websocket_url", "wss://feed/p"), record.sourcePartition());
        task.stop();
        storedOffsets.put(Map.of("websocket_url", "wss://feed/p"), new HashMap<>(Map.of("session_id", "new", "sequence", 12L)));
        start("websocket.url", url);
        assertEquals(13L, pollOne("a").sourceOffset().get("sequence"));
        assertFalse(log.text().contains("s3cret"));
    }

    @Test
    void strangeOffsetsStartAnew() {
        storedOffsets.put(Map.of("websocket_url", "ws://feed/"), new HashMap<>(Map.of("sequence", "x")));
        start();
        assertEquals(1L, pollOne("a").sourceOffset().get("sequence"));
    }

    @Test
    void startsWithoutNameAndContext() throws JMException {
        Map<String, String> properties = properties();
        properties.remove("name");
        task.start(properties);
        assertEquals(1L, pollOne("a").sourceOffset().get("sequence"));
        assertEquals(0, engine.trustAnchors);
        assertEquals("websocket-source-connector",
                get("type=WebSocketConnector,name=websocket-source-connector,url=feed_", "ConnectorName"));
    }

    @Test
    void nothingCameIsNull() {
        start();
        assertNull(task.poll());
    }

    @Test
    void commitRecordCountsOnAnyThreadAndAfterStop() throws Exception {
        start();
        SourceRecord record = pollOne("a");
        Thread producer = new Thread(() -> {
            task.commitRecord(record, ACKNOWLEDGED);
            task.commitRecord(record, null);
        });
        producer.start();
        producer.join();
        assertEquals(1L, get("RecordsProduced"));
        assertEquals(1L, get("type=WebSocketTask,name=c,task=0", "RecordsSkipped"));
        task.stop();
        task.commitRecord(record, ACKNOWLEDGED);
        new WebSocketSourceTask(() -> runtime).commitRecord(record, ACKNOWLEDGED);
    }

    @Test
    void stopTellsWhatIsLostOnceAndCleansUp() throws JMException {
        MDC.put(CONTEXT, "[c|task-0] ");
        start();
        SourceRecord record = pollOne("a");
        task.commitRecord(record, ACKNOWLEDGED);
        engine.set(Stat.RECEIVED, 30);
        engine.set(Stat.HANDED_OVER, 5);
        engine.set(Stat.DISCARDED, 25);
        task.stop();
        task.stop();
        assertEquals(List.of(1L), engine.closed);
        List<String> warnings = log.warnings();
        assertEquals(1, warnings.size(), log.text());
        assertTrue(warnings.get(0).contains("25 received messages discarded") && warnings.get(0).contains("4 records handed over"),
                warnings.get(0));
        assertTrue(warnings.get(0).contains("[c|task-0] "), warnings.get(0));
        assertEquals(1, log.lines(line -> line.contains("[c|task-0] ") && line.endsWith("last words of 1")).size(), log.text());
        assertEquals("[c|task-0] ", MDC.get(CONTEXT));
        assertEquals(0, server.queryNames(new ObjectName("io.conduktor.connect.websocket:*"), null).size());
        start();
        assertEquals(25L, get("type=WebSocketTask,name=c,task=0", "MessagesDiscardedByPreviousRun"));
        assertEquals(4L, get("type=WebSocketTask,name=c,task=0", "RecordsUnacknowledgedByPreviousRun"));
    }

    @Test
    void aCleanStopWarnsOfNothing() {
        start();
        task.stop();
        assertEquals(List.of(), log.warnings());
        assertNull(new WebSocketSourceTask(() -> runtime).poll());
    }

    @Test
    void stopSurvivesAnEngineThatCannotClose() throws JMException {
        start();
        engine.closeFailure = new NativeException(5, "panic at x.rs:1");
        task.stop();
        assertTrue(log.warnings().get(0).contains("panic at x.rs:1"), log.text());
        assertEquals(0, server.queryNames(new ObjectName("io.conduktor.connect.websocket:*"), null).size());
    }

    @Test
    void aFailedStartLeavesNothingAndStopIsStillFine() throws JMException {
        engine.openFailure = new NativeException(1, "websocket.url names no host");
        ConfigException failure = assertThrows(ConfigException.class, this::start);
        assertEquals("WebSocket connector c: websocket.url names no host", failure.getMessage());
        task.stop();
        task.stop();
        assertNull(task.poll());
        assertEquals(0, server.queryNames(new ObjectName("io.conduktor.connect.websocket:*"), null).size());
        assertThrows(ConfigException.class, () -> start("websocket.url", "http://x"));
        WebSocketSourceTask unloadable = new WebSocketSourceTask(() -> {
            throw new ConnectException("no library");
        });
        assertThrows(ConnectException.class, () -> unloadable.start(properties()));
        unloadable.stop();
    }

    @Test
    void failuresOfTheEngineFailTheTask() {
        start();
        RuntimeException failed = pollFails(new NativeException(4, "HTTP 401 Unauthorized"));
        assertTrue(failed instanceof ConnectException && !(failed instanceof RetriableException), failed.toString());
        assertTrue(failed.getMessage().startsWith("WebSocket connector c: HTTP 401 Unauthorized. "), failed.getMessage());
        assertTrue(failed.getMessage().contains("POST /connectors/c/restart?includeTasks=true"), failed.getMessage());
        RuntimeException bug = pollFails(new NativeException(5, "panic at x.rs:1"));
        assertTrue(bug instanceof ConnectException && bug.getMessage().contains("panic at x.rs:1"), bug.toString());
        RuntimeException unknown = pollFails(new NativeException(77, "?"));
        assertTrue(unknown instanceof ConnectException && unknown.getMessage().contains("report"), unknown.toString());
        assertEquals(IllegalStateException.class, pollFails(new NativeException(3, "busy")).getClass());
        engine.polls.add(new byte[] {1, 2, 3});
        assertTrue(assertThrows(ConnectException.class, task::poll).getMessage().contains("Malformed record"));
        engine.polls.add(new NativeException(2, "closed"));
        assertNull(task.poll());
    }

    private RuntimeException pollFails(NativeException failure) {
        engine.polls.add(failure);
        return assertThrows(RuntimeException.class, task::poll);
    }

    @Test
    void eventsAreUnderWayAndNoMessages() throws JMException {
        start("websocket.event.topic", "events");
        engine.polls.add(Native.EVENTS);
        engine.events.add("{}");
        SourceRecord event = task.poll().get(0);
        assertEquals("events", event.topic());
        SourceRecord message = pollOne("a");
        engine.set(Stat.RECEIVED, 1);
        engine.set(Stat.HANDED_OVER, 1);
        task.commitRecord(event, ACKNOWLEDGED);
        assertEquals(0L, get("RecordsProduced"));
        assertEquals(1L, get("type=WebSocketTask,name=c,task=0", "MessagesInFlight"));
        task.commitRecord(message, ACKNOWLEDGED);
        assertEquals(1L, get("RecordsProduced"));
        assertEquals(0L, get("BacklogCount"));
        engine.polls.add(Native.EVENTS);
        engine.events.add("{}");
        task.commitRecord(task.poll().get(0), null);
        assertEquals(0L, get("type=WebSocketTask,name=c,task=0", "RecordsSkipped"));
    }

    private void wantSettings() {
        engine.polls.add(Native.SETTINGS_WANTED);
        assertNull(task.poll());
    }

    @Test
    void settingsAreReadAnewWhenTheyAreWanted() {
        configs = () -> properties("websocket.auth.token", "new-t0ken", "websocket.secret.key", "s3cret");
        start("websocket.auth.token", "old-t0ken");
        assertTrue(engine.settings.get(0).contains("old-t0ken") && engine.settings.get(0).contains("\"fresh_settings\":true"));
        wantSettings();
        assertEquals(1, engine.refreshed.size());
        assertEquals(engine.settings.get(0).replace("old-t0ken", "new-t0ken").replace("\"fresh", "\"secrets\":[[\"key\",\"s3cret\"]],\"fresh"),
                engine.refreshed.get(0));
        assertEquals(List.of(), log.warnings());
        assertFalse(log.text().contains("t0ken"), log.text());
    }

    @Test
    void whatLooksLikeAVariableFromTheStartMayStay() {
        configs = () -> properties("websocket.subscription.message", "${a:b}");
        start("websocket.subscription.message", "${a:b}");
        wantSettings();
        assertEquals(engine.settings, engine.refreshed);
        assertEquals(List.of(), log.warnings());
    }

    @Test
    void anInsecureTaskWarnsAtEachStart() {
        for (int starts = 1; starts <= 2; starts++) {
            start("websocket.url", "wss://feed/", SslKeys.INSECURE, "true");
            assertEquals(starts, log.warnings().size(), log.text());
            String warning = log.warnings().get(starts - 1);
            assertTrue(warning.contains("websocket.ssl.insecure=true: no server is checked") && warning.contains("on the way to feed"), warning);
            assertEquals(0, engine.trustAnchors);
            task.stop();
        }
        start(SslKeys.INSECURE, "true");
        assertEquals(2, log.warnings().size(), "nobody is spoken to over TLS");
    }

    @Test
    void aSlowConfigProviderIsNoPause() {
        AtomicInteger pauses = new AtomicInteger(-1);
        SourceRecord[] underWay = new SourceRecord[1];
        configs = () -> {
            engine.pauses.clear();
            task.commitRecord(underWay[0], ACKNOWLEDGED);
            runtime.pauses.round();
            pauses.set(engine.pauses.size());
            return properties();
        };
        start();
        underWay[0] = pollOne("a");
        wantSettings();
        assertEquals(0, pauses.get());
        Eventually.eventually("the task is watched again", () -> !engine.pauses.isEmpty());
    }

    @Test
    void settingsThatCannotBeReadAnewAreToldWithoutValues() {
        start();
        Map<String, Supplier<Map<String, String>>> failures = new LinkedHashMap<>();
        failures.put("reading it failed with org.apache.kafka.common.config.ConfigException", () -> {
            throw new ConfigException("vault says s3cret");
        });
        failures.put("reading it failed with java.lang.NoClassDefFoundError", () -> {
            throw new NoClassDefFoundError("s3cret");
        });
        failures.put("checking it failed with java.lang.NullPointerException", () -> null);
        failures.put("websocket.ping.interval.ms: Not a number of type LONG", () -> properties("websocket.ping.interval.ms", "s3cret\n: x"));
        failures.put("websocket.url must start with ws:// or wss://", () -> properties("websocket.url", "http://s3cret"));
        failures.put("websocket.auth.token holds a variable that no ConfigProvider has replaced",
                () -> properties("websocket.auth.token", "${file:/s3cret:token}"));
        failures.put("websocket.ssl.truststore.location: /nowhere does not exist on this worker",
                () -> properties("websocket.url", "wss://feed/", "websocket.ssl.truststore.location", "/nowhere"));
        failures.put("websocket.secret.key is empty", () -> properties("websocket.secret.key", " \n"));
        failures.forEach((why, answer) -> {
            configs = answer;
            engine.refreshed.clear();
            wantSettings();
            assertEquals(List.of(FreshSettings.NONE), engine.refreshed, why);
            String warning = log.warnings().get(log.warnings().size() - 1);
            assertTrue(warning.contains("WebSocket connector c: ") && warning.contains("the old one is used: " + why), warning);
        });
        assertEquals(failures.size(), log.warnings().size(), log.text());
        assertFalse(log.text().contains("s3cret"), log.text());
    }

    @Test
    void settingsThatTheEngineRefusesAreToldOnce() {
        configs = WebSocketSourceConnectorConfigTest::properties;
        start();
        engine.refreshFailure = new NativeException(1, "websocket.reply.rules: rule 1: no matcher");
        wantSettings();
        assertEquals(1, log.warnings().size());
        assertTrue(log.warnings().get(0).contains("websocket.reply.rules: rule 1: no matcher"), log.text());
        engine.refreshFailure = new NativeException(5, "panic at x.rs:1");
        wantSettings();
        assertTrue(log.warnings().get(1).contains("the old one is used"), log.text());
        engine.refreshFailure = new NativeException(2, "closed");
        wantSettings();
        assertEquals(2, log.warnings().size(), log.text());
    }

    @Test
    void withoutAContextNobodyIsAskedForSettings() {
        task.start(properties());
        assertFalse(engine.settings.get(0).contains("fresh_settings"), engine.settings.get(0));
    }

    @Test
    void noSecretIsLogged() {
        start("websocket.url", "ws://u:s3cret@feed/?k=s3cret", "websocket.auth.token", "s3cret", "websocket.headers", "X:s3cret",
                "websocket.subscription.message", "s3cret");
        assertTrue(engine.settings.get(0).contains("s3cret"));
        task.stop();
        assertFalse(log.text().contains("s3cret"), log.text());
    }
}
