package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code docs/MONITORING.md}: its commands as they stand. {@link PrometheusTest} runs those that need Prometheus' tools. */
class MonitoringPageTest {
    @Test
    void everyBlockIsRunOrChecked() {
        assertEquals(Set.of("exporter", "scrape", "promtool"), MonitoringPage.blocks().keySet());
    }

    /** With what the operator has in {@code KAFKA_OPTS} already, and with nothing. */
    @Test
    void theExportersLineStartsAWorkerWithMetricsAndKeepsOtherOptions() throws IOException {
        int port = Ports.free();
        int exporterPort = Ports.free();
        KafkaHome home = KafkaHome.create(Suite.installation(), Suite.folder("monitoring-page"));
        home.configure("connect-distributed.properties", Suite.broker().bootstrapServers(), port, KafkaHome.distributed("monitoring-page"));
        Path rules = MonitoredWorker.SHIPPED.resolve("jmx-exporter.yml").toAbsolutePath();
        String block = MonitoringPage.block("exporter");
        for (String place : List.of("/opt/jmx_prometheus_javaagent-1.0.1.jar", ":9404:", "/opt/jmx-exporter.yml")) {
            assertTrue(block.contains(place), place);
        }
        String commands = "cd '" + home.folder() + "'\n" + block.replace("/opt/jmx_prometheus_javaagent-1.0.1.jar",
            System.getProperty("harness.exporter")).replace(":9404:", ":" + exporterPort + ":").replace("/opt/jmx-exporter.yml", rules.toString());
        int last = commands.lastIndexOf('\n') + 1;
        List<String> command = List.of("bash", "-eo", "pipefail", "-c", commands.substring(0, last) + "exec " + commands.substring(last));
        Result alone = HealthCheckCommand.of("bash", "-eo", "pipefail", "-c", "unset KAFKA_OPTS\n" + commands.substring(0, last)
            + "echo $KAFKA_OPTS").run();
        assertTrue(alone.exitCode() == 0 && alone.out().startsWith("-javaagent:"), alone::toString);
        try (OperatedWorker worker = OperatedWorker.start("monitoring-page", command, Map.of("KAFKA_OPTS", "-Dkept=yes"), port)) {
            String started = ProcessHandle.of(worker.process().pid()).orElseThrow().info().commandLine().orElseThrow();
            assertTrue(started.contains(" -Dkept=yes -javaagent:"), started);
            Await.until("the exporter's answer", TestConnector.LIMIT, () -> HealthCheckCommand.of("curl", "-sSf",
                "http://127.0.0.1:" + exporterPort + "/metrics").run().out().contains("jmx_scrape_error 0"));
        } finally {
            Folders.delete(home.folder());
        }
    }

    @Test
    void theScrapeConfigurationIsThatOfTheShippedFileForMoreWorkers() throws IOException {
        YAMLMapper yaml = new YAMLMapper();
        JsonNode page = yaml.readTree(MonitoringPage.block("scrape"));
        JsonNode shipped = yaml.readTree(MonitoredWorker.SHIPPED.resolve("prometheus.yml").toFile());
        ArrayNode targets = (ArrayNode) page.at("/scrape_configs/0/static_configs/0/targets");
        assertEquals("[\"worker-1:9404\",\"worker-2:9404\"]", targets.toString());
        targets.removeAll().add("localhost:9404");
        for (String key : List.of("rule_files", "scrape_configs")) {
            assertEquals(shipped.path(key), page.path(key), key);
        }
        assertEquals(2, page.size(), page::toString);
    }
}
