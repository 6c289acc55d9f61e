package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.management.MBeanAttributeInfo;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** {@code ops/prometheus} in its real place: connectors in trouble on a {@link MonitoredWorker}. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PrometheusTest {
    private static final Path SHIPPED = MonitoredWorker.SHIPPED;
    private static final String RUNBOOK_DIGEST = "a5ef7151466cf8b613de086a2c738321c5106889ac4ac7a5d822935ff97e46c1";
    private static final String NAME = "connector_name";
    private static final Duration BEYOND_THE_STABLE_PERIOD = Duration.ofSeconds(11);

    /** More than the window of FrequentReconnections in {@link MonitoredWorker#hasty}. */
    private static final Duration SLOW = Duration.ofMinutes(4);

    private static MonitoredWorker monitored;
    private static Cluster cluster;
    private static PrometheusServer prometheus;

    /** Flaps while the other tests run, since ten losses take minutes with the connector's own settings. */
    private static FlappingFeed flapping;
    private static TestConnector flaps;

    @BeforeAll
    static void start() throws IOException {
        monitored = Suite.monitored().orElse(null);
        if (monitored != null) {
            cluster = monitored.cluster();
            prometheus = monitored.prometheus();
            flapping = new FlappingFeed("flapping", BEYOND_THE_STABLE_PERIOD);
            flaps = connector("flapping", flapping.url()).withDefaultReconnects().apply();
        }
    }

    @AfterAll
    static void stop() {
        if (flaps != null) {
            flaps.close();
            flapping.close();
        }
    }

    /** Not before all, so that each test counts as skipped. */
    @BeforeEach
    void skipWithoutTools() {
        Assumptions.assumeTrue(monitored != null, "prometheus and promtool are missing; scripts/prometheus says why");
    }

    @Test
    void promtoolAcceptsTheFilesAndTheirTestsPass() throws IOException {
        String commands = MonitoringPage.block("promtool");
        Result result = HealthCheckCommand.of("bash", "-euo", "pipefail", "-c", "cd '" + SHIPPED.toAbsolutePath() + "'\n" + commands)
            .with("PATH", monitored.tools() + ":" + System.getenv("PATH")).run();
        assertEquals(0, result.exitCode(), result::toString);
        Set<String> tests = new TreeSet<>();
        try (Stream<Path> files = Files.list(SHIPPED.resolve("tests"))) {
            files.forEach(file -> tests.add(file.getFileName().toString()));
        }
        for (String rules : MonitoredWorker.RULES) {
            for (String run : List.of(rules, "tests/" + rules)) {
                assertTrue(result.out().contains(run), run);
            }
        }
        assertEquals(new TreeSet<>(MonitoredWorker.RULES), tests);
    }

    /** By promtool: a case that expects the alert, and one that expects none of its name. */
    @Test
    void eachAlertIsTestedFiringAndSilent() throws IOException {
        for (String rules : MonitoredWorker.RULES) {
            Map<String, Set<String>> tested = new TreeMap<>();
            JsonNode file = new YAMLMapper().readTree(SHIPPED.resolve("tests").resolve(rules).toFile());
            for (JsonNode group : file.path("tests")) {
                for (JsonNode one : group.path("alert_rule_test")) {
                    note(tested, one.path("alertname").asText(), one.path("exp_alerts"));
                }
                for (JsonNode one : group.path("promql_expr_test")) {
                    String alert = one.path("expr").asText().replaceFirst("^ALERTS\\{alertname=\"(\\w+)\",[^}]+}$", "$1");
                    note(tested, alert, one.path("exp_samples"));
                }
            }
            Map<String, Set<String>> wanted = new TreeMap<>();
            alerts(rules).forEach(alert -> wanted.put(alert, Set.of("firing", "silent")));
            assertEquals(wanted, tested);
        }
    }

    @Test
    void theRunbooksAlertsAreUnchanged() throws Exception {
        byte[] alerts = Files.readAllBytes(SHIPPED.resolve("runbook-alerts.yml"));
        assertEquals(RUNBOOK_DIGEST, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(alerts)));
    }

    @Test
    void everyAlertOfOursTellsItsSeverityAndWhatToDo() throws IOException {
        String docs = Files.readString(Path.of("docs/MONITORING.md"));
        String[] rules = Files.readString(SHIPPED.resolve("alerts-extra.yml")).split("- alert: ");
        List<String> names = alerts("alerts-extra.yml");
        assertEquals(names.size(), rules.length - 1);
        for (int i = 0; i < names.size(); i++) {
            String rule = rules[i + 1];
            assertTrue(rule.matches("(?s).*severity: (critical|warning)\n.*summary: \".*description: \".*"), rule);
            assertTrue(rule.contains("runbook_url: \"docs/MONITORING.md#" + names.get(i).toLowerCase() + "\""), rule);
            assertTrue(docs.contains("### " + names.get(i) + "\n"), names.get(i) + " is not in docs/MONITORING.md");
        }
    }

    @Test
    void everyAttributeIsAGaugeWithBothLabelsAndItsDescription() throws Exception {
        try (Feed feed = Suite.feed("scraped"); TestConnector connector = connector("scraped", feed.url("/numbered?rate=100"))) {
            connector.applyAndConnect();
            String url = "127.0.0.1_" + feed.port() + "_numbered";
            assertScraped(connector.jmx(), Books.connectorBean("scraped"), "websocket_", "{connector_name=\"scraped\",url=\"" + url + "\"}");
            assertScraped(connector.jmx(), Books.taskBean("scraped"), "websocket_task_", "{connector_name=\"scraped\",task=\"0\"}");
        }
    }

    /** JMX has such a name in quotes, with a backslash before the asterisk; the label only has the backslash, which PromQL doubles. */
    @Test
    void aNameThatJmxQuotesIsALabelWithoutQuotes() {
        try (Feed feed = Suite.feed("quoted")) {
            TestConnector connector = connector("a:quoted,name*", feed.url("/silence")).set("kafka.topic", "quoted").apply();
            String label = "connector_name=\"a:quoted,name\\\\*\"";
            awaitSample("websocket_isConnected{" + label + ",url=\"127.0.0.1_" + feed.port() + "_silence\"} == 1");
            awaitSample("websocket_task_Connections{" + label + ",task=\"0\"}");
            awaitSample("kafka_connect_task_status{" + label + ",task=\"0\",status=\"running\"}");
            connector.rest().delete(connector.name());
            connector.leave();
        }
    }

    @Test
    void anEndpointThatIsDownIsSeenUntilItIsBack() {
        try (Feed feed = Suite.feed("lost"); TestConnector down = connector("down", feed.url("/numbered?rate=10"))) {
            down.applyAndConnect();
            feed.stop();
            JsonNode alert = prometheus.awaitFiring("WebSocketDisconnected", NAME, "down");
            assertEquals("WebSocket connection lost for down", alert.path("annotations").path("summary").asText());
            assertEquals("Connection to 127.0.0.1_" + feed.port() + "_numbered has been down for 2 minutes",
                alert.path("annotations").path("description").asText());
            assertSent("WebSocketDisconnected", "down", "critical", "docs/RUNBOOK.md#issue-1-connection-keeps-dropping");
            JsonNode failing = prometheus.awaitFiring("WebSocketReconnectFailing", NAME, "down");
            assertTrue(failing.path("annotations").path("description").asText().matches(".*; about [1-9][0-9.]* attempts .*"), failing::toString);
            feed.start();
            prometheus.awaitResolved("WebSocketDisconnected", NAME, "down");
            prometheus.awaitResolved("WebSocketReconnectFailing", NAME, "down");
        }
    }

    /** The runbook's cure is a larger queue. It is a change of the configuration, so the task restarts and counts anew. */
    @Test
    void aFloodOverASmallQueueIsSeenUntilTheQueueIsLarger() {
        try (Feed feed = Suite.feed("burst"); TestConnector burst = connector("burst", feed.url("/numbered?count=15000&size=100"))) {
            burst.set("websocket.message.queue.size", "100").applyAndConnect();
            prometheus.awaitFiring("HighMessageDropRate", NAME, "burst");
            assertSent("HighMessageDropRate", "burst", "warning", "docs/RUNBOOK.md#issue-2-high-message-drop-rate");
            burst.set("websocket.message.queue.size", "20000").apply();
            prometheus.awaitResolved("HighMessageDropRate", NAME, "burst");
            Books books = burst.awaitSettled(15000);
            assertEquals(0, books.dropped(), books::toString);
        }
    }

    /** The flood ends, yet a ratio over the task's life remembers it; resetCounters makes it forget without a restart. */
    @Test
    void aFloodThatIsOverIsSeenUntilTheCountersAreReset() {
        try (Feed feed = Suite.feed("over"); TestConnector drops = connector("drops", feed.url("/flood?size=100"))) {
            drops.set("websocket.message.queue.size", "100").applyAndConnect();
            prometheus.awaitFiring("WebSocketDropsNow", NAME, "drops");
            prometheus.awaitFiring("HighMessageDropRate", NAME, "drops");
            feed.control("/_pause");
            prometheus.awaitResolved("WebSocketDropsNow", NAME, "drops");
            assertTrue(prometheus.isFiring("HighMessageDropRate", NAME, "drops"));
            drops.jmx().invoke(Books.connectorBean("drops"), "resetCounters");
            prometheus.awaitResolved("HighMessageDropRate", NAME, "drops");
            assertTrue(drops.number("UptimeMillis") > 0, "the connection went on");
        }
    }

    @Test
    void aBrokerThatStandsStillUnderALargeQueueIsSeenUntilItGoesOn() {
        try (Feed feed = Suite.feed("lagging"); TestConnector lag = connector("lag", feed.url("/numbered?rate=5000&count=30000"))) {
            lag.set("websocket.message.queue.size", "50000").applyAndConnect();
            lag.awaitBooks("records", books -> books.produced() > 100);
            cluster.broker().process().freeze();
            try {
                prometheus.awaitFiring("HighProcessingLag", NAME, "lag");
                prometheus.awaitFiring("WebSocketBacklogHigh", NAME, "lag");
                assertSent("HighProcessingLag", "lag", "warning", "docs/RUNBOOK.md#issue-4-processing-lag-building-up");
            } finally {
                cluster.broker().process().thaw();
            }
            prometheus.awaitResolved("HighProcessingLag", NAME, "lag");
            prometheus.awaitResolved("WebSocketBacklogHigh", NAME, "lag");
            assertEquals(0, lag.awaitSettled(30000).dropped());
        }
    }

    /**
     * Each connection lives a little longer than the ten seconds after which the attempts count from one again, so the pauses stay at the
     * interval, the connector's default, and the alert sees every loss. The cure is a server that holds its connections; the runbook's
     * change of the configuration, which starts the count at 0, takes nothing out of the alert's window.
     */
    @Test
    @Order(Integer.MAX_VALUE)
    void aServerThatFlapsJustBeyondTheStablePeriodIsSeenUntilItHoldsConnections() {
        prometheus.awaitFiring("FrequentReconnections", NAME, "flapping", SLOW);
        assertSent("FrequentReconnections", "flapping", "warning", "docs/RUNBOOK.md#issue-1-connection-keeps-dropping");
        List<LogLine> reconnections = flaps.log().ours("flapping", "Reconnecting in");
        assertTrue(reconnections.size() >= 10, reconnections::toString);
        assertTrue(reconnections.stream().allMatch(line -> line.text().contains("(attempt 1)")), reconnections::toString);

        flapping.hold();
        String change = MarkdownPage.read(Path.of("docs/RUNBOOK.md")).blocks(fence -> true).get("issue-1-change")
            .replace("http://localhost:8083", "http://127.0.0.1:" + cluster.worker().port()).replace("websocket-source", "flapping");
        Result changed = HealthCheckCommand.of("bash", "-euo", "pipefail", "-c", change).run();
        assertEquals("0 10000", changed.exitCode() + " " + flaps.rest().config("flapping").path("websocket.reconnect.interval.ms").asText(),
            changed::toString);
        awaitSample("websocket_TotalReconnects{connector_name=\"flapping\"} == 0");
        assertTrue(prometheus.isFiring("FrequentReconnections", NAME, "flapping"));
        prometheus.awaitResolved("FrequentReconnections", NAME, "flapping", SLOW);
        flaps.awaitConnected();
        assertEquals(0, flaps.number("TotalReconnects"));
    }

    @Test
    void lossesAndSilenceAreSeen() {
        try (Feed feed = Suite.feed("losses");
                TestConnector silent = connector("silent", feed.url("/silence"));
                TestConnector oversize = connector("oversize", feed.url("/sizes?list=10,2000000"));
                TestConnector binary = connector("binary", feed.url("/binary?utf8=false"));
                TestConnector stopped = connector("stopped", feed.url("/numbered?rate=1000"))) {
            silent.apply();
            oversize.apply();
            prometheus.awaitFiring("WebSocketMessagesOversize", NAME, "oversize");
            binary.apply();
            prometheus.awaitFiring("WebSocketMessagesUnrepresentable", NAME, "binary");
            stopped.set("websocket.message.queue.size", "100").set("websocket.pause.disconnect.ms", "0").applyAndConnect();
            stopped.awaitBooks("records", books -> books.produced() > 0);
            stopped.rest().pause("stopped");
            prometheus.awaitFiring("WebSocketQueueNearlyFull", NAME, "stopped");
            stopped.rest().restartTask("stopped", 0);
            stopped.rest().resume("stopped");
            prometheus.awaitFiring("WebSocketLossAtStop", NAME, "stopped");
            prometheus.awaitFiring("WebSocketNoData", NAME, "silent");
            prometheus.awaitResolved("WebSocketQueueNearlyFull", NAME, "stopped");
        }
    }

    /** The echo of a heartbeat answers it and is no data; a subscription is never acknowledged; a server asks to be left alone for an hour. */
    @Test
    void serversThatAnswerAndDoNotServeAreSeen() {
        try (Feed feed = Suite.feed("answers");
                TestConnector later = connector("later", feed.url("/status?code=503&header=Retry-After:3600"));
                TestConnector answers = connector("answers", feed.url("/echo"));
                TestConnector refused = connector("refused", feed.url("/silence"))) {
            answers.set("websocket.heartbeat.message", "{\"beat\":1}").set("websocket.heartbeat.interval.ms", "200")
                .set("websocket.heartbeat.response.match", "/beat").set("websocket.filter.drop.control", "true").applyAndConnect();
            refused.set("websocket.subscription.message", "{}").set("websocket.subscription.ack.match", "/ack")
                .set("websocket.subscription.ack.timeout.ms", "200").set("websocket.data.timeout.ms", "1000").apply();
            later.apply();
            prometheus.awaitFiring("WebSocketSubscriptionFailed", NAME, "refused");
            prometheus.awaitFiring("WebSocketNextAttemptFar", NAME, "later");
            prometheus.awaitFiring("WebSocketWatchdogReconnects", NAME, "refused");
            prometheus.awaitFiring("WebSocketOnlyControlMessages", NAME, "answers");
            awaitSample("websocket_task_State{connector_name=\"answers\",task=\"0\",state=\"OPEN\"} == 1");
            Books books = answers.awaitBooks("filtered messages", now -> now.filtered() > 0);
            assertEquals(0, books.produced(), books::toString);
        }
    }

    @Test
    void aFailedTaskIsSeenAlthoughItsMetricsAreGone() {
        int port = Ports.free();
        try (TestConnector connector = connector("failed", "ws://127.0.0.1:" + port + "/silence")) {
            connector.set("websocket.reconnect.max.attempts", "2").apply();
            prometheus.awaitFiring("WebSocketTaskFailed", NAME, "failed");
            prometheus.awaitFiring("WebSocketMetricsMissing", NAME, "failed");
            assertEquals(List.of(), prometheus.query("websocket_isConnected{connector_name=\"failed\"}"));
            try (Feed feed = Feed.start(Suite.installation(), "feed-failed", port)) {
                connector.rest().restartTask("failed", 0);
                prometheus.awaitResolved("WebSocketTaskFailed", NAME, "failed");
                prometheus.awaitResolved("WebSocketMetricsMissing", NAME, "failed");
                assertEquals(1, feed.stats().path("open").asInt());
            }
        }
    }

    @Test
    void aWorkerThatDoesNotAnswerIsSeen() {
        String instance = monitored.instance();
        awaitSample("up{instance=\"" + instance + "\"} == 1");
        cluster.worker().process().freeze();
        try {
            prometheus.awaitFiring("ConnectWorkerUnreachable", "instance", instance);
        } finally {
            cluster.worker().process().thaw();
        }
        prometheus.awaitResolved("ConnectWorkerUnreachable", "instance", instance);
    }

    private static TestConnector connector(String name, String url) {
        return new TestConnector(cluster, name, url);
    }

    /** The runbook's alerts have neither in their file; Prometheus' configuration gives them to them on their way. */
    private static void assertSent(String alert, String connector, String severity, String runbook) {
        JsonNode labels = monitored.alertmanager().await(alert, NAME, connector).path("labels");
        assertEquals(severity, labels.path("severity").asText(), labels::toString);
        assertEquals(runbook, labels.path("runbook_url").asText(), labels::toString);
    }

    private static void assertScraped(JmxClient jmx, String bean, String prefix, String labels) throws Exception {
        ObjectName name = jmx.name(bean);
        int numbers = 0;
        for (MBeanAttributeInfo attribute : jmx.connection().getMBeanInfo(name).getAttributes()) {
            if (attribute.getType().equals(String.class.getName())) {
                continue; // Not a number: JMX's own.
            }
            String metric = prefix + attribute.getName();
            awaitSample(metric + labels);
            JsonNode metadata = prometheus.metadata(metric);
            assertEquals("gauge", metadata.path("type").asText(), metric);
            assertTrue(metadata.path("help").asText().startsWith(attribute.getDescription()), () -> metric + ": " + metadata);
            numbers++;
        }
        assertTrue(numbers >= 11, () -> "too few attributes in " + bean);
    }

    private static void awaitSample(String expression) {
        Await.until("a sample of " + expression, TestConnector.LIMIT, () -> prometheus.query(expression).size() == 1);
    }

    private static void note(Map<String, Set<String>> tested, String alert, JsonNode expected) {
        assertTrue(expected.isArray(), () -> "a test of " + alert + " expects nothing, not even an empty list");
        tested.computeIfAbsent(alert, name -> new TreeSet<>()).add(expected.isEmpty() ? "silent" : "firing");
    }

    private static List<String> alerts(String rules) throws IOException {
        try (Stream<String> lines = Files.lines(SHIPPED.resolve(rules))) {
            return lines.map(String::strip).filter(line -> line.startsWith("- alert: ")).map(line -> line.substring(9)).toList();
        }
    }
}
