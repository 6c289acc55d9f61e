package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code ops/strimzi}, without a cluster: valid by Strimzi's own definitions, and what is Connect's in it on a real worker. */
class StrimziTest {
    private static final Path SHIPPED = Path.of("ops", "strimzi");
    private static final Map<String, String> MODELS = Map.of(
        "kafka-connect.yaml", "io.strimzi.api.kafka.model.connect.KafkaConnect",
        "kafka-connector.yaml", "io.strimzi.api.kafka.model.connector.KafkaConnector");

    @Test
    void theResourcesAreValidByStrimzisDefinitions() throws IOException {
        LintTools tools = LintTools.require();
        Path folder = Files.createDirectories(Suite.folder("strimzi-definitions"));
        Path script = folder.resolve("check_resource.py");
        try (InputStream source = StrimziTest.class.getResourceAsStream("check_resource.py")) {
            Files.copy(source, script);
        }
        for (Map.Entry<String, String> model : MODELS.entrySet()) {
            Path definition = folder.resolve(model.getKey());
            Result generated = HealthCheckCommand.of(tools.tool("java"), "-cp", System.getProperty("harness.strimzi"),
                "io.strimzi.crdgenerator.CrdGenerator", "--yaml", model.getValue() + "=" + definition).run();
            assertEquals(0, generated.exitCode(), generated::toString);
            assertEquals("", faults(script, definition, SHIPPED.resolve(model.getKey())));
        }
        Path wrong = folder.resolve("wrong.yaml");
        Files.writeString(wrong, text("kafka-connect.yaml").replace("tmpDirSizeLimit:", "tmpDirSize:")
            .replace("replicas: 2", "replicas: two"));
        String faults = faults(script, folder.resolve("kafka-connect.yaml"), wrong);
        assertTrue(faults.contains("$.spec.replicas: ") && faults.contains("'tmpDirSize' was unexpected"), faults);
    }

    @Test
    void theConfigMapHasTheExportersRules() throws IOException {
        JsonNode map = resource("metrics-config.yaml");
        assertEquals("v1 ConfigMap", map.path("apiVersion").asText() + " " + map.path("kind").asText());
        JsonNode reference = resource("kafka-connect.yaml").path("spec").path("metricsConfig").path("valueFrom").path("configMapKeyRef");
        assertEquals(map.path("metadata").path("name"), reference.path("name"));
        assertEquals(Files.readString(Path.of("ops", "prometheus", "jmx-exporter.yml")),
            map.path("data").path(reference.path("key").asText()).asText());
    }

    /** What Strimzi does not check: names that have to agree, and our version. */
    @Test
    void theResourcesFitTogether() throws IOException {
        JsonNode connect = resource("kafka-connect.yaml");
        JsonNode connector = resource("kafka-connector.yaml");
        JsonNode cluster = connect.path("metadata").path("name");
        assertEquals("true", connect.path("metadata").path("annotations").path("strimzi.io/use-connector-resources").asText());
        assertEquals(cluster, connector.path("metadata").path("labels").path("strimzi.io/cluster"));
        assertEquals(cluster, resource("pod-monitor.yaml").path("spec").path("selector").path("matchLabels").path("strimzi.io/cluster"));
        String jar = Suite.installation().jar().getFileName().toString();
        JsonNode plugin = connect.path("spec").path("build").path("plugins").path(0).path("artifacts").path(0);
        assertTrue(plugin.path("url").asText().endsWith("/" + jar), plugin::toString);
        JsonNode pod = connect.path("spec").path("template").path("pod");
        long kilobytes = 1024L * Integer.parseInt(pod.path("tmpDirSizeLimit").asText().replace("Mi", ""));
        assertTrue(Files.size(Suite.installation().jar()) / 1024 * 4 < kilobytes, "too small for the library");
        assertEquals(pod.path("volumes").path(0).path("name"), connect.at("/spec/template/connectContainer/volumeMounts/0/name"));
    }

    /** The settings of both resources; address, topic, replication and the mounted Secret's place are the test's. */
    @Test
    void theirSettingsWorkOnARealWorker() throws Exception {
        Path mounts = mountedSecret(Suite.folder("strimzi-mounts"));
        JsonNode container = resource("kafka-connect.yaml").path("spec").path("template").path("connectContainer");
        assertEquals("/mnt/websocket-feed", container.path("volumeMounts").path(0).path("mountPath").asText());
        int exporterPort = Ports.free();
        Path rules = mounts.resolve("jmx-exporter.yml");
        Files.writeString(rules, resource("metrics-config.yaml").at("/data/jmx-exporter.yml").asText());
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "strimzi", Suite.broker().bootstrapServers());
        options.distributed("strimzi");
        config("kafka-connect.yaml").forEach((key, value) -> options.property(key,
            key.endsWith(".replication.factor") ? "1" : value.replace("/mnt", mounts.toString())));
        for (JsonNode variable : container.path("env")) {
            options.environment(variable.path("name").asText(), variable.path("value").asText());
        }
        options.jvmArguments("-javaagent:" + System.getProperty("harness.exporter") + "=127.0.0.1:" + exporterPort + ":" + rules);
        try (Feed feed = Suite.feed("strimzi"); ConnectWorker worker = options.start()) {
            Map<String, String> connector = config("kafka-connector.yaml");
            JsonNode spec = resource("kafka-connector.yaml").path("spec");
            connector.put("connector.class", spec.path("class").asText());
            connector.put("tasks.max", spec.path("tasksMax").asText());
            connector.put("websocket.url", feed.url("/headers"));
            connector.put("kafka.topic", "strimzi");
            connector.put("topic.creation.default.replication.factor", "1");
            connector.replaceAll((key, value) -> value.replace("/mnt", mounts.toString()));
            String name = resource("kafka-connector.yaml").path("metadata").path("name").asText();
            worker.rest().configure(name, connector);
            worker.rest().awaitRunning(name, TestConnector.LIMIT);
            try (TopicReader topic = new TopicReader(Suite.broker().bootstrapServers(), connector.get("kafka.topic"))) {
                String headers = topic.texts(1, TestConnector.LIMIT).get(0);
                assertTrue(headers.contains("\"Bearer t0ken-of-the-secret\""), headers);
            }
            Await.value("the metric", TestConnector.LIMIT, () -> scrape(exporterPort),
                text -> text.contains("websocket_isConnected{connector_name=\"" + name + "\""));
        } finally {
            Folders.delete(mounts);
        }
    }

    /** As Kubernetes mounts a Secret: each key is a link, through a link that is replaced when the Secret changes. */
    private static Path mountedSecret(Path folder) throws IOException {
        Path mount = folder.resolve("websocket-feed");
        Path version = Files.createDirectories(mount.resolve("..2026_01_01"));
        Files.writeString(version.resolve("token"), "t0ken-of-the-secret");
        Files.createSymbolicLink(mount.resolve("..data"), version.getFileName());
        Files.createSymbolicLink(mount.resolve("token"), Path.of("..data", "token"));
        return folder;
    }

    private static String faults(Path script, Path definition, Path resource) {
        Result result = HealthCheckCommand.of(python(), script.toString(), definition.toString(), resource.toAbsolutePath().toString())
            .run();
        assertEquals("", result.err());
        assertEquals(result.out().isEmpty() ? 0 : 1, result.exitCode(), result::toString);
        return result.out();
    }

    /** The same two places as scripts/setup looks in. */
    private static String python() {
        return Stream.of("python3", "/usr/bin/python3")
            .filter(python -> HealthCheckCommand.of(python, "-c", "import jsonschema, yaml; jsonschema.Draft202012Validator").run()
                .exitCode() == 0).findFirst()
            .orElseThrow(() -> new IllegalStateException("no Python with jsonschema 4 and yaml: install python3-jsonschema and python3-yaml"));
    }

    private static String scrape(int port) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }

    private static Map<String, String> config(String file) throws IOException {
        Map<String, String> config = new TreeMap<>();
        resource(file).path("spec").path("config").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        return config;
    }

    private static JsonNode resource(String file) throws IOException {
        return new YAMLMapper().readTree(text(file));
    }

    private static String text(String file) throws IOException {
        return Files.readString(SHIPPED.resolve(file));
    }
}
