package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.management.AttributeNotFoundException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import org.junit.jupiter.api.Test;

class MetricsRegistryTest {
    private static final String CONNECTOR_BEAN = "io.conduktor.connect.websocket:type=WebSocketConnector,name=c,url=feed_p";
    private static final String TASK_BEAN = "io.conduktor.connect.websocket:type=WebSocketTask,name=c,task=0";

    private final MBeanServer server = MBeanServerFactory.newMBeanServer();
    private final MetricsRegistry registry = new MetricsRegistry(server);
    private final FakeEngine engine = new FakeEngine();

    private static TaskMetrics metrics(String connector, int task, String url, FakeEngine engine) {
        return new TaskMetrics(connector, task, WebSocketUrl.parse(url), stats -> engine.stats(1, stats),
                () -> engine.texts(1));
    }

    private TaskMetrics metrics() {
        return metrics("c", 0, "wss://u:p@feed/p?token=s3cret", engine);
    }

    private Object get(String bean, String attribute) throws JMException {
        return server.getAttribute(new ObjectName(bean), attribute);
    }

    private List<String> names() {
        return server.queryNames(null, null).stream().filter(name -> name.getDomain().equals(MetricsRegistry.DOMAIN))
                .map(ObjectName::toString).sorted().collect(Collectors.toList());
    }

    /** The first of a session's numbers; the others are 0. */
    private static long[] stats(long... first) {
        return Arrays.copyOf(first, Stat.values().length);
    }

    private static void produce(TaskMetrics metrics, int records) {
        for (int i = 0; i < records; i++) {
            metrics.recordProduced();
        }
    }

    @Test
    void theConnectorsBeanIsTheRunbooks() throws JMException {
        registry.add(metrics());
        Map<String, String> attributes = new TreeMap<>();
        for (MBeanAttributeInfo info : server.getMBeanInfo(new ObjectName(CONNECTOR_BEAN)).getAttributes()) {
            attributes.put(info.getName(), info.getType());
            assertTrue(info.isReadable() && !info.isWritable(), info.getName());
            assertFalse(info.getDescription().isEmpty() || info.getDescription().equals(info.getName()), info.getName());
        }
        Map<String, String> expected = new TreeMap<>(Map.of("MessagesReceived", "long", "MessagesDropped", "long", "RecordsProduced", "long",
                "QueueSize", "int", "QueueCapacity", "int", "QueueUtilizationPercent", "double", "isConnected", "boolean",
                "MillisSinceLastMessage", "long", "UptimeMillis", "long", "TotalReconnects", "long"));
        expected.putAll(Map.of("LagCount", "long", "DropRate", "double", "Connected", "boolean", "ConnectorName", "java.lang.String",
                "BacklogCount", "long"));
        assertEquals(expected, attributes);
        assertEquals("resetCounters", server.getMBeanInfo(new ObjectName(CONNECTOR_BEAN)).getOperations()[0].getName());
        assertEquals(1, server.queryNames(new ObjectName(MetricsRegistry.DOMAIN + ":type=WebSocketConnector,name=c,url=*"), null).size());
    }

    @Test
    void valuesAreLiveAndHaveTheirTypes() throws JMException {
        TaskMetrics metrics = metrics();
        registry.add(metrics);
        engine.stats = stats(113, 20, 3, 2, 0, 65, 10, 40, 1000, 67_108_864, 1, 5000, 7, 4, 5, 250, 3000, 9000, 4, 3, 1006, 3, 400, 50, 60, 2, 1, 8, 9, 11, 12, 13, 1, 6);
        produce(metrics, 60);
        metrics.recordSkipped();
        assertEquals(113L, get(CONNECTOR_BEAN, "MessagesReceived"));
        assertEquals(20L, get(CONNECTOR_BEAN, "MessagesDropped"));
        assertEquals(60L, get(CONNECTOR_BEAN, "RecordsProduced"));
        assertEquals(10, get(CONNECTOR_BEAN, "QueueSize"));
        assertEquals(40, get(CONNECTOR_BEAN, "QueueCapacity"));
        assertEquals(25.0, get(CONNECTOR_BEAN, "QueueUtilizationPercent"));
        assertEquals(true, get(CONNECTOR_BEAN, "isConnected"));
        assertEquals(true, get(CONNECTOR_BEAN, "Connected"));
        assertEquals(7L, get(CONNECTOR_BEAN, "MillisSinceLastMessage"));
        assertEquals(5000L, get(CONNECTOR_BEAN, "UptimeMillis"));
        assertEquals(4L, get(CONNECTOR_BEAN, "TotalReconnects"));
        assertEquals(53L, get(CONNECTOR_BEAN, "LagCount"));
        assertEquals(20 * 100.0 / 113, get(CONNECTOR_BEAN, "DropRate"));
        assertEquals("c", get(CONNECTOR_BEAN, "ConnectorName"));
        assertEquals(14L, get(CONNECTOR_BEAN, "BacklogCount"));
        assertEquals(1L, get(TASK_BEAN, "RecordsSkipped"));
        assertEquals(3L, get(TASK_BEAN, "MessagesOversize"));
        assertEquals(2L, get(TASK_BEAN, "MessagesUnrepresentable"));
        assertEquals(6L, get(TASK_BEAN, "MessagesCorrupt"));
        assertEquals(0L, get(TASK_BEAN, "MessagesDiscarded"));
        assertEquals(4L, get(TASK_BEAN, "MessagesInFlight"));
        assertEquals(14L, get(TASK_BEAN, "BacklogCount"));
        assertEquals(1000L, get(TASK_BEAN, "QueueBytes"));
        assertEquals(67_108_864L, get(TASK_BEAN, "QueueBytesCapacity"));
        assertEquals(5L, get(TASK_BEAN, "Connections"));
        assertEquals(250L, get(TASK_BEAN, "ReadingStoppedMillis"));
        assertEquals(3000L, get(TASK_BEAN, "WorkerQueueBytes"));
        assertEquals(9000L, get(TASK_BEAN, "WorkerQueueBytesCapacity"));
        engine.texts = new String[] {"WAITING", "going away", "HTTP 401", "ws://second/"};
        Map<String, Object> session = new HashMap<>(Map.of("MessagesFiltered", 4L, "MessagesDuplicate", 3L, "State", "WAITING", "LastCloseCode", 1006,
                "LastCloseReason", "going away", "LastError", "HTTP 401", "ReconnectAttempts", 3L, "MillisUntilNextAttempt", 400L,
                "MillisSinceLastFrame", 50L, "MillisSinceLastData", 60L));
        session.putAll(Map.of("Endpoint", "ws://second/", "SubscriptionAcks", 2L, "SubscriptionFailures", 1L, "HeartbeatsSent", 8L, "RepliesSent", 9L,
                "PlannedReconnects", 11L, "WatchdogReconnects", 12L, "EventsDropped", 13L, "Compressed", true));
        for (Map.Entry<String, Object> attribute : session.entrySet()) {
            assertEquals(attribute.getValue(), get(TASK_BEAN, attribute.getKey()), attribute.getKey());
        }
        engine.set(Stat.CONNECTED, 0);
        assertEquals(false, get(CONNECTOR_BEAN, "isConnected"));
        List<Object> together = server.getAttributes(new ObjectName(CONNECTOR_BEAN), new String[] {"LagCount", "Nothing", "DropRate"})
                .asList().stream().map(attribute -> attribute.getName() + "=" + attribute.getValue()).collect(Collectors.toList());
        assertEquals(List.of("LagCount=53", "DropRate=" + 20 * 100.0 / 113), together);
        assertThrows(AttributeNotFoundException.class, () -> get(CONNECTOR_BEAN, "Nothing"));
        assertThrows(RuntimeMBeanException.class, () -> server.invoke(new ObjectName(CONNECTOR_BEAN), "nothing", null, null));
    }

    @Test
    void ratesOfNothingAreZero() throws JMException {
        registry.add(metrics());
        assertEquals(0.0, get(CONNECTOR_BEAN, "DropRate"));
        assertEquals(0.0, get(CONNECTOR_BEAN, "QueueUtilizationPercent"));
    }

    @Test
    void resetKeepsWhatIsUnderWay() throws JMException {
        TaskMetrics metrics = metrics();
        registry.add(metrics);
        engine.stats = stats(107, 20, 3, 2, 0, 65, 10, 40, 1000, 67_108_864, 1, 5000, 7, 4, 5, 250, 3000, 9000, 4, 3, 1006, 3, 400, 50, 60, 2, 1, 8, 9, 11, 12, 13, 1);
        produce(metrics, 60);
        metrics.recordSkipped();
        server.invoke(new ObjectName(CONNECTOR_BEAN), "resetCounters", new Object[0], new String[0]);
        assertEquals(14L, get(CONNECTOR_BEAN, "MessagesReceived"));
        assertEquals(0L, get(CONNECTOR_BEAN, "MessagesDropped"));
        assertEquals(0L, get(CONNECTOR_BEAN, "RecordsProduced"));
        assertEquals(14L, get(CONNECTOR_BEAN, "LagCount"));
        assertEquals(14L, get(CONNECTOR_BEAN, "BacklogCount"));
        assertEquals(10, get(CONNECTOR_BEAN, "QueueSize"));
        assertEquals(4L, get(CONNECTOR_BEAN, "TotalReconnects"));
        assertEquals(4L, get(TASK_BEAN, "MessagesInFlight"));
        assertEquals(0L, get(TASK_BEAN, "MessagesOversize"));
        assertEquals(0L, get(TASK_BEAN, "MessagesFiltered"));
        assertEquals(0L, get(TASK_BEAN, "MessagesDuplicate"));
        engine.set(Stat.QUEUE_MESSAGES, 0);
        engine.set(Stat.HANDED_OVER, 75);
        produce(metrics, 14);
        assertEquals(14L, get(CONNECTOR_BEAN, "RecordsProduced"));
        assertEquals(0L, get(CONNECTOR_BEAN, "LagCount"));
        assertEquals(0L, get(CONNECTOR_BEAN, "BacklogCount"));
        assertEquals(0L, get(TASK_BEAN, "MessagesInFlight"));
    }

    @Test
    void namesAreQuotedOnlyWhenTheyMustBe() {
        registry.add(metrics("my connector-1.x%", 0, "ws://feed", engine));
        registry.add(metrics("a,b=\"c\"*", 0, "ws://feed", engine));
        assertEquals(List.of(
                "io.conduktor.connect.websocket:type=WebSocketConnector,name=\"a,b=\\\"c\\\"\\*\",url=feed",
                "io.conduktor.connect.websocket:type=WebSocketConnector,name=my connector-1.x%,url=feed",
                "io.conduktor.connect.websocket:type=WebSocketTask,name=\"a,b=\\\"c\\\"\\*\",task=0",
                "io.conduktor.connect.websocket:type=WebSocketTask,name=my connector-1.x%,task=0"), names());
    }

    @Test
    void twoConnectorsOnOneUrlHaveTheirOwnBeans() {
        TaskMetrics a = metrics("a", 0, "ws://feed", engine);
        TaskMetrics b = metrics("b", 0, "ws://feed", engine);
        registry.add(a);
        registry.add(b);
        assertEquals(4, names().size());
        registry.remove(a, 0, 0);
        assertTrue(names().stream().allMatch(name -> name.contains("name=b")) && names().size() == 2, names().toString());
        registry.remove(b, 0, 0);
        assertEquals(List.of(), names());
    }

    @Test
    void sumsItsTasksAndLivesAsLongAsThey() throws JMException {
        FakeEngine other = new FakeEngine();
        TaskMetrics first = metrics();
        TaskMetrics second = metrics("c", 1, "wss://feed/p", other);
        registry.add(first);
        registry.add(second);
        engine.stats = stats(100, 20, 0, 0, 0, 70, 10, 40, 1000, 2000, 1, 5000, 7, 4, 5, 250, 3000, 9000, 0, 0, 1006, 3, 400, 50, 60, 2, 1, 8, 9, 11, 12, 13, 1);
        other.stats = stats(10, 2, 0, 0, 0, 8, 0, 60, 0, 2000, 1, 300, 900, 1, 2, 50, 3000, 9000, 0, 0, 1000, 0, -1, 5, 6, 0, 0, 0, 0, 0, 0, 0);
        assertEquals(110L, get(CONNECTOR_BEAN, "MessagesReceived"));
        assertEquals(10.0, get(CONNECTOR_BEAN, "QueueUtilizationPercent"));
        assertEquals(20.0, get(CONNECTOR_BEAN, "DropRate"));
        assertEquals(true, get(CONNECTOR_BEAN, "isConnected"));
        assertEquals(300L, get(CONNECTOR_BEAN, "UptimeMillis"));
        assertEquals(900L, get(CONNECTOR_BEAN, "MillisSinceLastMessage"));
        other.set(Stat.CONNECTED, 0);
        assertEquals(false, get(CONNECTOR_BEAN, "isConnected"));
        registry.remove(first, 0, 0);
        assertEquals(10L, get(CONNECTOR_BEAN, "MessagesReceived"));
        registry.remove(second, 0, 0);
        assertEquals(List.of(), names());
    }

    @Test
    void aNewerInstanceOfTheTaskTakesOverFromOneThatStopsLate() throws JMException {
        TaskMetrics zombie = metrics();
        registry.add(zombie);
        FakeEngine newer = new FakeEngine();
        newer.set(Stat.RECEIVED, 5);
        TaskMetrics current = metrics("c", 0, "wss://feed/p", newer);
        registry.add(current);
        engine.set(Stat.RECEIVED, 1000);
        assertEquals(5L, get(CONNECTOR_BEAN, "MessagesReceived"));
        registry.remove(zombie, 7, 2);
        assertEquals(5L, get(CONNECTOR_BEAN, "MessagesReceived"));
        assertEquals(7L, get(TASK_BEAN, "MessagesDiscardedByPreviousRun"));
        assertEquals(2L, get(TASK_BEAN, "RecordsUnacknowledgedByPreviousRun"));
        registry.remove(current, 0, 0);
        assertEquals(List.of(), names());
    }

    @Test
    void countersStartAtZeroAndWhatTheLastRunLostStaysReadable() throws JMException {
        TaskMetrics first = metrics();
        registry.add(first);
        assertEquals(0L, get(TASK_BEAN, "MessagesDiscardedByPreviousRun"));
        registry.remove(first, 12, 3);
        assertThrows(InstanceNotFoundException.class, () -> get(TASK_BEAN, "MessagesDiscarded"));
        TaskMetrics second = metrics();
        registry.add(second);
        assertEquals(12L, get(TASK_BEAN, "MessagesDiscardedByPreviousRun"));
        assertEquals(3L, get(TASK_BEAN, "RecordsUnacknowledgedByPreviousRun"));
        assertEquals(0L, get(CONNECTOR_BEAN, "RecordsProduced"));
    }

    @Test
    void anotherClassLoadersBeanIsTakenOverAndItsOwnerLeavesOursAlone() throws JMException {
        MetricsRegistry foreign = new MetricsRegistry(server);
        FakeEngine foreignEngine = new FakeEngine();
        foreignEngine.set(Stat.RECEIVED, 1);
        TaskMetrics theirs = metrics("c", 0, "wss://feed/p", foreignEngine);
        foreign.add(theirs);
        engine.set(Stat.RECEIVED, 2);
        TaskMetrics ours = metrics();
        registry.add(ours);
        assertEquals(2L, get(CONNECTOR_BEAN, "MessagesReceived"));
        foreign.remove(theirs, 0, 0);
        assertEquals(2L, get(CONNECTOR_BEAN, "MessagesReceived"));
        TaskMetrics theirNext = metrics("c", 0, "wss://feed/p", foreignEngine);
        foreign.add(theirNext);
        assertEquals(1L, get(CONNECTOR_BEAN, "MessagesReceived"));
        registry.add(ours);
        assertEquals(2L, get(CONNECTOR_BEAN, "MessagesReceived"));
        foreign.remove(theirNext, 0, 0);
        registry.remove(ours, 0, 0);
        assertEquals(List.of(), names());
    }

    @Test
    void lagIsNeverNegativeWhileRecordsFlow() throws Exception {
        TaskMetrics metrics = metrics();
        registry.add(metrics);
        long rounds = 20_000;
        Thread flow = new Thread(() -> {
            for (int i = 1; i <= rounds; i++) {
                engine.set(Stat.RECEIVED, i);
                engine.set(Stat.HANDED_OVER, i);
                metrics.recordProduced();
            }
        });
        flow.start();
        List<Long> lags = new ArrayList<>();
        while (flow.isAlive()) {
            server.invoke(new ObjectName(CONNECTOR_BEAN), "resetCounters", null, null);
            lags.add((Long) get(CONNECTOR_BEAN, "LagCount"));
            lags.add((Long) get(CONNECTOR_BEAN, "BacklogCount"));
            lags.add((Long) get(TASK_BEAN, "MessagesInFlight") + 1); // Between the engine's two counters a set is missing.
        }
        assertTrue(lags.stream().allMatch(lag -> lag >= 0), lags.toString());
        assertEquals(0L, get(CONNECTOR_BEAN, "LagCount"));
    }

    @Test
    void troubleWithJmxIsLoggedAndGoesNoFurther() {
        try (CapturedLog log = new CapturedLog()) {
            MetricsRegistry without = new MetricsRegistry(null);
            TaskMetrics metrics = metrics();
            without.add(metrics);
            without.remove(metrics, 0, 0);
            assertEquals(1, log.lines(line -> line.startsWith("WARN") && line.contains("no JMX metrics for task 0")).size(), log.text());
        }
    }
}
