package io.conduktor.connect.websocket.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Connect's REST API. Commands return when Connect has taken them, not when they have taken effect: see {@link #await}.
 * Answers other than 2xx are {@link RestException}s. Thread-safe.
 */
public final class RestClient {
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);
    private static final Duration RETRY_LIMIT = Duration.ofSeconds(60);
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int INTERNAL_ERROR = 500;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;

    public RestClient(URI base) {
        this.base = base;
    }

    /** Whether the worker serves connectors yet. */
    public boolean isReady() {
        try {
            return request("GET", "/connectors", null).isArray();
        } catch (UncheckedIOException | RestException e) {
            return false;
        }
    }

    /** The names of all connectors. */
    public List<String> connectors() {
        List<String> names = new ArrayList<>();
        request("GET", "/connectors", null).forEach(name -> names.add(name.asText()));
        return names;
    }

    /** {@code POST /connectors}; tried again while the worker (or its group) is not ready for it. */
    public JsonNode create(String name, Map<String, String> config) {
        return create(JsonNodeFactory.instance.objectNode().put("name", name).set("config", JSON.valueToTree(config)));
    }

    /** The same from the content of a {@code connector-config.json}: {@code {"name":…,"config":{…}}}. */
    public JsonNode create(JsonNode nameAndConfig) {
        return settled("POST", "/connectors", nameAndConfig);
    }

    /** Creates the connector or changes its configuration. */
    public JsonNode configure(String name, Map<String, String> config) {
        return settled("PUT", connector(name, "/config"), JSON.valueToTree(config));
    }

    /** The configuration as Connect stores it. */
    public JsonNode config(String name) {
        return request("GET", connector(name, "/config"), null);
    }

    public void delete(String name) {
        settled("DELETE", connector(name, ""), null);
    }

    public JsonNode status(String name) {
        return request("GET", connector(name, "/status"), null);
    }

    public void pause(String name) {
        settled("PUT", connector(name, "/pause"), null);
    }

    public void resume(String name) {
        settled("PUT", connector(name, "/resume"), null);
    }

    public void stop(String name) {
        settled("PUT", connector(name, "/stop"), null);
    }

    /** Restarts the connector and all its tasks. */
    public void restart(String name) {
        settled("POST", connector(name, "/restart?includeTasks=true&onlyFailed=false"), null);
    }

    public void restartTask(String name, int task) {
        settled("POST", connector(name, "/tasks/" + task + "/restart"), null);
    }

    public JsonNode offsets(String name) {
        return request("GET", connector(name, "/offsets"), null);
    }

    /** Changes offsets of a stopped connector: {@code {"offsets":[{"partition":{…},"offset":{…}}]}}. */
    public JsonNode alterOffsets(String name, JsonNode offsets) {
        return request("PATCH", connector(name, "/offsets"), offsets);
    }

    /** Deletes all offsets of a stopped connector. */
    public JsonNode resetOffsets(String name) {
        return request("DELETE", connector(name, "/offsets"), null);
    }

    /** @param plugin the connector's class name, full or short */
    public JsonNode validate(String plugin, Map<String, String> config) {
        return request("PUT", "/connector-plugins/" + encode(plugin) + "/config/validate", JSON.valueToTree(config));
    }

    /** The connectors that the worker found in its {@code plugin.path}. */
    public JsonNode plugins() {
        return request("GET", "/connector-plugins", null);
    }

    /** @param level {@code ERROR}, {@code WARN}, {@code INFO}, {@code DEBUG} or {@code TRACE} */
    public JsonNode logLevel(String logger, String level) {
        return request("PUT", "/admin/loggers/" + encode(logger), level(level));
    }

    /** The same for all workers of the group. */
    public JsonNode logLevelOfAllWorkers(String logger, String level) {
        return request("PUT", "/admin/loggers/" + encode(logger) + "?scope=cluster", level(level));
    }

    private static ObjectNode level(String level) {
        return JsonNodeFactory.instance.objectNode().put("level", level);
    }

    /** Waits until the connector and all of its tasks (one or more) are in the states. */
    public JsonNode await(String name, String connectorState, String taskState, Duration limit) {
        String what = "connector " + name + " to be " + connectorState + " with tasks " + taskState;
        return Await.value(what, limit, () -> status(name), status -> {
            JsonNode tasks = status.path("tasks");
            boolean all = !tasks.isEmpty();
            for (JsonNode task : tasks) {
                all &= taskState.equals(task.path("state").asText());
            }
            return all && connectorState.equals(status.path("connector").path("state").asText());
        });
    }

    /** Waits until the connector and its tasks run. */
    public JsonNode awaitRunning(String name, Duration limit) {
        return await(name, "RUNNING", "RUNNING", limit);
    }

    /** One request of any kind. */
    public JsonNode request(String method, String path, JsonNode body) {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
            .timeout(REQUEST_LIMIT)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()))
            .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new RestException(method + " " + path, response.statusCode(), response.body());
            }
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted in " + method + " " + path);
        }
    }

    /** A starting worker answers 404 or 500 where it will not later, a group that rebalances 409: asked again for a while. */
    private JsonNode settled(String method, String path, JsonNode body) {
        long deadline = System.nanoTime() + RETRY_LIMIT.toNanos();
        while (true) {
            try {
                return request(method, path, body);
            } catch (RestException e) {
                if (!isPassing(e) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static boolean isPassing(RestException e) {
        return switch (e.status()) {
            case CONFLICT -> !e.body().contains("already exists");
            case NOT_FOUND -> !e.body().contains("error_code");
            case INTERNAL_ERROR -> e.body().contains("Request timed out");
            default -> false;
        };
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted while a request is tried again");
        }
    }

    private static String connector(String name, String rest) {
        return "/connectors/" + encode(name) + rest;
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
