package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * {@code ops/prometheus} in its real place: a worker with the JMX exporter, and a Prometheus that scrapes it, evaluates the alerts and
 * sends them on.
 * The configurations are the shipped ones, scraped each second, with durations as asked for. The broker is its own, so that it can be frozen.
 */
final class MonitoredWorker implements AutoCloseable {
    static final Path SHIPPED = Path.of("ops/prometheus");
    static final List<String> RULES = List.of("runbook-alerts.yml", "alerts-extra.yml");

    private final Deque<Runnable> stops = new ArrayDeque<>();
    private final Path tools;
    private final int exporterPort = Ports.free();
    private Cluster cluster;
    private AlertReceiver alertmanager;
    private PrometheusServer prometheus;

    private MonitoredWorker(Path tools) {
        this.tools = tools;
    }

    /**
     * Starts all of it; empty where Prometheus cannot be had.
     *
     * @param rules makes the alerts' copy from a shipped file
     * @param properties of the worker, beyond the usual ones
     * @throws IllegalStateException if it cannot be had in CI; says why
     */
    static Optional<MonitoredWorker> start(UnaryOperator<String> rules, Map<String, String> properties) throws IOException {
        Optional<Path> tools = ToolScript.run("scripts/prometheus");
        if (tools.isEmpty()) {
            return Optional.empty();
        }
        MonitoredWorker monitored = new MonitoredWorker(tools.get());
        try {
            monitored.startServers(rules, properties);
            return Optional.of(monitored);
        } catch (IOException | RuntimeException | AssertionError e) {
            monitored.close();
            throw e;
        }
    }

    private void startServers(UnaryOperator<String> rules, Map<String, String> properties) throws IOException {
        KafkaBroker broker = KafkaBroker.start(Suite.installation(), "broker-monitored");
        stops.push(broker::close);
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "monitored", broker.bootstrapServers());
        options.jvmArguments("-javaagent:" + System.getProperty("harness.exporter") + "=127.0.0.1:" + exporterPort + ":"
            + SHIPPED.resolve("jmx-exporter.yml").toAbsolutePath());
        properties.forEach(options::property);
        cluster = new Cluster(broker, options.start());
        stops.push(cluster.worker()::close);
        alertmanager = AlertReceiver.start();
        stops.push(alertmanager::close);
        prometheus = PrometheusServer.start(tools, copies(Suite.folder("prometheus"), rules));
        stops.push(prometheus::close);
    }

    /** The folder with {@code promtool}. */
    Path tools() {
        return tools;
    }

    Cluster cluster() {
        return cluster;
    }

    PrometheusServer prometheus() {
        return prometheus;
    }

    AlertReceiver alertmanager() {
        return alertmanager;
    }

    /** The worker's name in Prometheus: where its exporter listens. */
    String instance() {
        return "127.0.0.1:" + exporterPort;
    }

    @Override
    public void close() {
        while (!stops.isEmpty()) {
            stops.pop().run();
        }
    }

    /** An alerts' file that decides after seconds instead of minutes: {@code for} and windows are shorter, thresholds of counts stay. */
    static String hasty(String rules) {
        // By default a server that holds connections for ten seconds is lost every fifteen: more than ten times in no less than this.
        return rules.replace("(websocket_TotalReconnects[5m])", "(websocket_TotalReconnects[180s])")
            .replaceAll("for: \\d+[smh]", "for: 2s").replaceAll("\\[\\d+[mh]\\]", "[10s]")
            .replaceAll("offset \\d+m", "offset 20s").replace("> 300 ", "> 3 ");
    }

    /** Copies of the shipped files that scrape our worker; returns the configuration. */
    private Path copies(Path folder, UnaryOperator<String> rules) throws IOException {
        Files.createDirectories(folder);
        for (String file : RULES) {
            String original = Files.readString(SHIPPED.resolve(file));
            String copy = rules.apply(original);
            assertNotEquals(original, copy);
            Files.writeString(folder.resolve(file), copy);
        }
        String original = Files.readString(SHIPPED.resolve("prometheus.yml"));
        String copy = original.replace("15s", "1s").replace("localhost:9404", instance())
            .replace("localhost:9093", "localhost:" + alertmanager.port());
        assertTrue(copy.contains("scrape_interval: 1s") && copy.contains(instance()) && !copy.contains("localhost:9093"), copy);
        return Files.writeString(folder.resolve("prometheus.yml"), copy);
    }
}
