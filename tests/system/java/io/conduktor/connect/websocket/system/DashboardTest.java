package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** {@code ops/grafana}: Grafana's own schema accepts the dashboard, and a real Prometheus has an answer for each of its queries. */
class DashboardTest {
    private static final List<String> ALL = Dashboard.ALL;

    // ---- Without Prometheus

    @Test
    void theFileIsWhatItsScriptWrites() throws IOException {
        assertEquals(Files.readString(Dashboard.FILE), python("dashboard.py", 0), "stale: run scripts/dashboard");
    }

    @Test
    void theSchemaAcceptsIt() {
        assertTrue(python("check.py", 0, Dashboard.FILE.toString()).startsWith("valid"));
    }

    @Test
    void theSchemaRefusesBrokenOnes() throws IOException {
        Path folder = Suite.folder("dashboards");
        Files.createDirectories(folder);
        int graph = indexOf("timeseries");
        int table = indexOf("table");
        String[][] wrong = {
            {"/titel", "\"x\"", "unknown key"}, {"/refresh", "10", "not an instance of str"}, {"/graphTooltip", "7", "is not one of 0, 1, 2"},
            {"/panels/" + graph + "/type", "\"graf\"", "'graf' is not known"},
            {"/panels/" + graph + "/gridPos/w", "\"12\"", "is not of type int"},
            {"/panels/" + graph + "/targets/0/exprr", "\"up\"", "unknown key"},
            {"/panels/" + graph + "/datasource/type", "\"prometeus\"", "data source that is not known"},
            {"/panels/" + graph + "/options/legend/placement", "\"under\"", "is not one of bottom, right"},
            {"/panels/" + graph + "/fieldConfig/defaults/custom/lineWidht", "2", "unknown key"},
            {"/panels/" + graph + "/fieldConfig/defaults/thresholds/steps/1/value", "\"80\"", "is not of type float"},
            {"/panels/" + table + "/transformations/0/id", "4", "not an instance of str"},
            {"/panels/" + table + "/fieldConfig/overrides/0/properties/0/value", "4", "not an instance of str"},
            {"/templating/list/1/multi", "\"yes\"", "not an instance of bool"},
            {"/annotations/list/0/titleFormat", "1", "is not of type str"},
            {"/panels", "\"none\"", "cannot be read"},
        };
        for (String[] change : wrong) {
            JsonNode document = Dashboard.read().document();
            int slash = change[0].lastIndexOf('/');
            ((ObjectNode) document.at(change[0].substring(0, slash))).set(change[0].substring(slash + 1), new ObjectMapper().readTree(change[1]));
            Path file = Files.writeString(folder.resolve("broken.json"), document.toString());
            String said = python("check.py", 1, file.toString());
            assertTrue(said.contains(change[2]), () -> Arrays.toString(change) + ": " + said);
        }
    }

    @Test
    void everyPanelSaysWhatToDoAndItsLinksLeadSomewhere() throws IOException {
        Dashboard dashboard = Dashboard.read();
        assertEquals(List.of("Overview", "Connection", "Throughput", "Queue", "Loss", "Reconnects", "Workers"), dashboard.rows());
        Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : dashboard.panels()) {
            String about = panel.path("description").asText();
            assertTrue(about.length() > 40, panel.path("title").asText());
            assertTrue(ids.add(panel.path("id").asInt()), () -> "two panels have the id of " + panel);
            for (MatchResult link : Pattern.compile("\\$\\{docs}/([\\w.]+)#?([\\w-]*)\\)").matcher(about).results().toList()) {
                assertTrue(anchors(link.group(1)).contains(link.group(2)), () -> panel.path("title").asText() + ": " + link.group());
            }
        }
    }

    @Test
    void theDashedLinesAndTheRedTilesAreTheAlertsThresholds() throws IOException {
        Dashboard dashboard = Dashboard.read();
        Map<String, List<String>> panelsByAlert = new TreeMap<>(Map.of("HighMessageDropRate", List.of("Drop rate", "Drop rate, worst"),
            "WebSocketDropsNow", List.of("Drop rate", "Drop rate, worst"), "HighProcessingLag", List.of("Lag", "Lag, highest"),
            "WebSocketBacklogHigh", List.of("Backlog"), "FrequentReconnections", List.of("Reconnects in 5 min"),
            "WebSocketQueueNearlyFull", List.of("Queue in use", "Queue, bytes in use", "Fullest queue"),
            "WebSocketNoData", List.of("Time since the last message", "Longest silence")));
        panelsByAlert.put("WebSocketNextAttemptFar", List.of("Time until the next attempt"));
        panelsByAlert.put("WebSocketWatchdogReconnects", List.of("Watchdog reconnects in 30 min"));
        for (var entry : panelsByAlert.entrySet()) {
            for (String title : entry.getValue()) {
                JsonNode steps = dashboard.panel(title).at("/fieldConfig/defaults/thresholds/steps");
                assertEquals(threshold(entry.getKey()), steps.path(steps.size() - 1).path("value").asDouble(), title);
            }
        }
    }

    @Test
    void everyAlertIsAmongTheAnnotations() throws IOException {
        Matcher names = Pattern.compile("alertname=~\"([^\"]+)\"").matcher(Dashboard.read().annotation(ALL, ALL).expression());
        assertTrue(names.find());
        for (String rules : MonitoredWorker.RULES) {
            for (String alert : alertNames(rules)) {
                assertTrue(alert.matches(names.group(1)), alert);
            }
        }
    }

    // ---- With it

    /** The chosen connector has a name that a regular expression must escape, and goes silent, so that an alert fires for it. */
    @Test
    void everyQueryHasAnAnswer() throws IOException {
        MonitoredWorker monitored = monitored();
        PrometheusServer prometheus = monitored.prometheus();
        Dashboard dashboard = Dashboard.read();
        try (Feed feed = Suite.feed("dashboard");
                TestConnector chosen = new TestConnector(monitored.cluster(), "chosen.1", feed.url("/numbered?rate=20&count=100"));
                TestConnector other = new TestConnector(monitored.cluster(), "chosen-1", feed.url("/numbered?rate=20"))) {
            chosen.applyAndConnect();
            other.applyAndConnect();
            prometheus.awaitFiring("WebSocketNoData", "connector_name", "chosen.1");
            assertTrue(dashboard.values("connector", prometheus).containsAll(List.of("chosen.1", "chosen-1")));
            assertEquals(List.of(monitored.instance()), dashboard.values("worker", prometheus));

            List<String> workers = List.of(monitored.instance());
            List<Dashboard.Query> queries = new ArrayList<>();
            queries.add(dashboard.annotation(ALL, ALL));
            queries.add(dashboard.annotation(List.of("chosen.1"), workers));
            queries.addAll(dashboard.queries(ALL, ALL));
            queries.addAll(dashboard.queries(List.of("chosen.1"), workers));
            queries.addAll(dashboard.queries(List.of("chosen.1", "chosen-1"), workers));
            for (Dashboard.Query query : queries) {
                List<JsonNode> series = Await.value("an answer to " + query, TestConnector.LIMIT, () -> query.ask(prometheus),
                    DashboardTest::isNumber);
                assertTrue(query.expression().contains("chosen-1") || query.expression().contains(".+")
                    || series.stream().noneMatch(one -> one.at("/metric/connector_name").asText().equals("chosen-1")), query::toString);
            }
        }
    }

    @Test
    void theOverviewTellsAFailedTaskFromALostConnectionAndFromAGoodOne() throws IOException {
        MonitoredWorker monitored = monitored();
        try (Feed feed = Suite.feed("states"); Feed lost = Suite.feed("states-lost");
                TestConnector good = new TestConnector(monitored.cluster(), "states-good", feed.url("/numbered?rate=20"));
                TestConnector down = new TestConnector(monitored.cluster(), "states-down", lost.url("/numbered?rate=20"));
                TestConnector failed = new TestConnector(monitored.cluster(), "states-failed", "ws://127.0.0.1:" + Ports.free() + "/silence")) {
            good.applyAndConnect();
            down.applyAndConnect();
            lost.stop();
            failed.set("websocket.reconnect.max.attempts", "2").apply().awaitTrace();

            assertShows(monitored, "Connectors", "states-good", 1);
            assertShows(monitored, "Connectors", "states-down", 0);
            assertShows(monitored, "Connectors", "states-failed", -1);
            assertShows(monitored, "Tasks failed", "states-failed", 1);
            assertShows(monitored, "Tasks failed", "states-good", 0);
            assertShows(monitored, "Not connected", "states-down", 1);
            assertShows(monitored, "Not connected", "states-failed", 1);
            assertShows(monitored, "Not connected", "states-good", 0);
        }
    }

    private static void assertShows(MonitoredWorker monitored, String panel, String connector, int value) throws IOException {
        Dashboard.Query query = Dashboard.read().query(panel, List.of(connector), ALL);
        Await.until(panel + " of " + connector + " to be " + value, TestConnector.LIMIT, () -> {
            List<JsonNode> series = query.ask(monitored.prometheus());
            return series.size() == 1 && series.get(0).path("value").path(1).asDouble() == value;
        });
    }

    private static boolean isNumber(List<JsonNode> series) {
        return series.stream().anyMatch(one -> {
            JsonNode last = one.has("value") ? one.path("value") : one.path("values").path(one.path("values").size() - 1);
            return !last.path(1).asText("NaN").equals("NaN");
        });
    }

    private static MonitoredWorker monitored() throws IOException {
        Optional<MonitoredWorker> monitored = Suite.monitored();
        Assumptions.assumeTrue(monitored.isPresent(), "prometheus is missing; scripts/prometheus says why");
        return monitored.get();
    }

    /** Runs a script of {@code scripts/grafana}, which must end with that status, and returns what it said. */
    private static String python(String script, int status, String... arguments) {
        Optional<Path> python = ToolScript.run("scripts/grafana/tools");
        Assumptions.assumeTrue(python.isPresent(), "Grafana's schema library is missing; scripts/grafana/tools says why");
        Path log = Suite.installation().log("dashboard-" + script);
        Folders.delete(log);
        List<String> command = new ArrayList<>(List.of(python.get().toString(), "-B", "scripts/grafana/" + script));
        command.addAll(List.of(arguments));
        try (ServerProcess run = ServerProcess.start(script, log, command)) {
            assertEquals(status, run.awaitExit(Duration.ofSeconds(60)), run::logText);
            return run.logText();
        }
    }

    private static int indexOf(String type) throws IOException {
        JsonNode panels = Dashboard.read().document().path("panels");
        int index = 0;
        while (!panels.path(index).path("type").asText().equals(type)) {
            assertFalse(panels.path(index).isMissingNode(), type);
            index++;
        }
        return index;
    }

    /** The anchors of a page of {@code docs}, as GitHub makes them of its headings; the empty one is the page itself. */
    private static Set<String> anchors(String page) throws IOException {
        Set<String> anchors = new HashSet<>(Set.of(""));
        for (String line : Files.readAllLines(Path.of("docs").resolve(page))) {
            if (line.matches("#+ .+")) {
                anchors.add(line.replaceFirst("#+ ", "").toLowerCase().replaceAll("[^\\w\\- ]", "").replace(' ', '-'));
            }
        }
        return anchors;
    }

    /** The number that an alert compares with. */
    private static double threshold(String alert) throws IOException {
        for (String rules : MonitoredWorker.RULES) {
            Matcher rule = Pattern.compile("- alert: " + alert + "\n\\s+expr: .* > (\\d+)( and .*)?\n").matcher(
                Files.readString(MonitoredWorker.SHIPPED.resolve(rules)));
            if (rule.find()) {
                return Double.parseDouble(rule.group(1));
            }
        }
        throw new AssertionError(alert + " compares with no number");
    }

    private static List<String> alertNames(String rules) throws IOException {
        return Pattern.compile("- alert: (\\w+)").matcher(Files.readString(MonitoredWorker.SHIPPED.resolve(rules))).results()
            .map(match -> match.group(1)).toList();
    }
}
