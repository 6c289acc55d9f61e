package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** A real Prometheus on the loopback interface, asked through its HTTP API. Closing it stops it. */
final class PrometheusServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port = Ports.free();
    private final ServerProcess process;

    private PrometheusServer(Path tools, Path configuration) {
        Path folder = configuration.toAbsolutePath().getParent();
        Path log = Suite.installation().log("prometheus");
        Folders.delete(log);
        process = ServerProcess.start("prometheus", log, List.of(tools.resolve("prometheus").toString(), "--config.file=" + configuration,
            "--storage.tsdb.path=" + folder.resolve("data"), "--web.listen-address=127.0.0.1:" + port));
    }

    /** Starts one and returns when it is ready. It keeps its data beside its configuration. */
    static PrometheusServer start(Path tools, Path configuration) {
        PrometheusServer server = new PrometheusServer(tools, configuration);
        try {
            server.process.awaitReady(LIMIT, () -> server.get("/-/ready").statusCode() == 200);
            return server;
        } catch (RuntimeException | AssertionError e) {
            server.close();
            throw e;
        }
    }

    /** The samples that an expression yields now: objects with {@code metric} (the labels) and {@code value}. */
    List<JsonNode> query(String expression) {
        return elements(api("/api/v1/query?query=" + encode(expression)).path("result"));
    }

    /** The series that an expression yields over the last minutes: objects with {@code metric} and {@code values}. */
    List<JsonNode> queryRange(String expression, Duration range, Duration step) {
        Instant end = Instant.now();
        return elements(api("/api/v1/query_range?query=" + encode(expression) + "&start=" + end.minus(range) + "&end=" + end + "&step="
            + step.toSeconds()).path("result"));
    }

    /** The values of a label of the series that a selector has had in the last minutes. */
    List<String> labelValues(String label, String selector, Duration range) {
        Instant end = Instant.now();
        return elements(api("/api/v1/label/" + label + "/values?match%5B%5D=" + encode(selector) + "&start=" + end.minus(range) + "&end=" + end))
            .stream().map(JsonNode::asText).toList();
    }

    /** A metric's {@code type} and {@code help}, as its target gave them. */
    JsonNode metadata(String metric) {
        return api("/api/v1/metadata?metric=" + encode(metric)).path(metric).path(0);
    }

    /** Where it listens. */
    String address() {
        return "http://127.0.0.1:" + port;
    }

    /** Waits until the alert fires for what has that label, and returns it. */
    JsonNode awaitFiring(String alert, String label, String value) {
        return awaitFiring(alert, label, value, LIMIT);
    }

    JsonNode awaitFiring(String alert, String label, String value, Duration limit) {
        return Await.value(alert + " to fire for " + value, limit, () -> alerts(alert, label, value),
            alerts -> alerts.stream().anyMatch(PrometheusServer::fires)).stream().filter(PrometheusServer::fires).findFirst().orElseThrow();
    }

    /** Waits until the alert is neither firing nor pending for what has that label. */
    void awaitResolved(String alert, String label, String value) {
        awaitResolved(alert, label, value, LIMIT);
    }

    void awaitResolved(String alert, String label, String value, Duration limit) {
        Await.value(alert + " to resolve for " + value, limit, () -> alerts(alert, label, value), List::isEmpty);
    }

    boolean isFiring(String alert, String label, String value) {
        return alerts(alert, label, value).stream().anyMatch(PrometheusServer::fires);
    }

    @Override
    public void close() {
        process.stop();
    }

    private List<JsonNode> alerts(String alert, String label, String value) {
        List<JsonNode> found = new ArrayList<>(elements(api("/api/v1/alerts").path("alerts")));
        found.removeIf(one -> !one.path("labels").path("alertname").asText().equals(alert)
            || !one.path("labels").path(label).asText().equals(value));
        return found;
    }

    private static boolean fires(JsonNode alert) {
        return alert.path("state").asText().equals("firing");
    }

    private JsonNode api(String path) {
        HttpResponse<String> response = get(path);
        if (response.statusCode() != 200) {
            throw new IllegalStateException("GET " + path + ": " + response.statusCode() + " " + response.body());
        }
        try {
            return JSON.readTree(response.body()).path("data");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> get(String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address() + path)).timeout(LIMIT).build();
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException("GET " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted in GET " + path);
        }
    }

    private static List<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
