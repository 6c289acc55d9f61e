package io.conduktor.connect.websocket.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The control requests of a {@code websocket-feed} process, feed or proxy. May be used from any thread. */
public final class ControlRequests {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String address;

    /** @param address where they are taken, for example {@code http://127.0.0.1:9000} */
    public ControlRequests(String address) {
        this.address = address;
    }

    /** {@code GET /_stats}: the process's counters. */
    public JsonNode stats() {
        try {
            return JSON.readTree(request("GET", "/_stats"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A request that changes something.
     *
     * @throws IllegalStateException if it is refused
     */
    public void post(String path) {
        request("POST", path);
    }

    private String request(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path)).timeout(LIMIT).method(method, BodyPublishers.noBody()).build();
        try {
            HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(method + " " + path + ": " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted in " + method + " " + path);
        }
    }
}
