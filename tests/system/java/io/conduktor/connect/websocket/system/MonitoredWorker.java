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
import java.util.Optional;

/**
 * {@code ops/prometheus} in its real place: a worker with the JMX exporter, and a Prometheus that scrapes it and evaluates the alerts.
 * The configurations are the shipped ones with all durations shortened. The broker is its own, so that it can be frozen.
 */
final class MonitoredWorker implements AutoCloseable {
    static final Path SHIPPED = Path.of("ops/prometheus");
    static final List<String> RULES = List.of("runbook-alerts.yml", "alerts-extra.yml");

    private final Deque<Runnable> stops = new ArrayDeque<>();
    private final Path tools;
    private final int exporterPort = Ports.free();
    private Cluster cluster;
    private PrometheusServer prometheus;

    private MonitoredWorker(Path tools) {
        this.tools = tools;
    }

    /**
     * Starts all of it; empty where Prometheus cannot be had.
     *
     * @throws IllegalStateException if it cannot be had in CI; says why
     */
    static Optional<MonitoredWorker> start() throws IOException {
        Optional<Path> tools = ToolScript.run("scripts/prometheus");
        if (tools.isEmpty()) {
            return Optional.empty();
        }
        MonitoredWorker monitored = new MonitoredWorker(tools.get());
        try {
            monitored.startServers();
            return Optional.of(monitored);
        } catch (IOException | RuntimeException | AssertionError e) {
            monitored.close();
            throw e;
        }
    }

    private void startServers() throws IOException {
        KafkaBroker broker = KafkaBroker.start(Suite.installation(), "broker-monitored");
        stops.push(broker::close);
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "monitored", broker.bootstrapServers());
        options.jvmArguments("-javaagent:" + System.getProperty("harness.exporter") + "=127.0.0.1:" + exporterPort + ":"
            + SHIPPED.resolve("jmx-exporter.yml").toAbsolutePath());
        cluster = new Cluster(broker, options.start());
        stops.push(cluster.worker()::close);
        prometheus = PrometheusServer.start(tools, hastyCopies(Suite.folder("prometheus")));
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

    /** Copies of the shipped files that scrape our worker, and decide after seconds instead of minutes; returns the configuration. */
    private Path hastyCopies(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String rules : RULES) {
            String original = Files.readString(SHIPPED.resolve(rules));
            // A server that holds connections beyond the stable period of ten seconds is lost at most three times in half a minute.
            String hasty = original.replace("(websocket_TotalReconnects[5m]) > 10", "(websocket_TotalReconnects[30s]) > 1.5")
                .replaceAll("for: \\d+[smh]", "for: 2s").replaceAll("\\[\\d+[mh]\\]", "[10s]")
                .replaceAll("offset \\d+m", "offset 20s").replace("> 300 ", "> 3 ");
            assertNotEquals(original, hasty);
            Files.writeString(folder.resolve(rules), hasty);
        }
        String original = Files.readString(SHIPPED.resolve("prometheus.yml"));
        String hasty = original.replace("15s", "1s").replace("localhost:9404", instance());
        assertTrue(hasty.contains("scrape_interval: 1s") && hasty.contains(instance()), hasty);
        return Files.writeString(folder.resolve("prometheus.yml"), hasty);
    }
}
