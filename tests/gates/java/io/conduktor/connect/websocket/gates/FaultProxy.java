package io.conduktor.connect.websocket.gates;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The fault proxy of {@code rust/feed} in front of a feed; {@code websocket-feed proxy --help} lists its control requests. */
final class FaultProxy implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Pattern STARTED = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)\ncontrol on (\\S+)\n");
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServerProcess process;
    private final int upstream;
    private String port;
    private String control;

    private FaultProxy(ServerProcess process, int upstream) {
        this.process = process;
        this.upstream = upstream;
    }

    static FaultProxy start(String name, Feed feed) {
        Path log = Suite.installation().log(name);
        Folders.delete(log);
        ServerProcess process = ServerProcess.start(name, log,
            List.of(Suite.installation().feed().toString(), "proxy", "--upstream", "127.0.0.1:" + feed.port()));
        FaultProxy proxy = new FaultProxy(process, feed.port());
        process.awaitReady(LIMIT, () -> {
            Matcher started = STARTED.matcher(process.logText());
            if (!started.find()) {
                return false;
            }
            proxy.port = started.group(1);
            proxy.control = started.group(2);
            return true;
        });
        return proxy;
    }

    /** A URL of the feed, through the proxy. */
    String through(String url) {
        return url.replace(":" + upstream, ":" + port);
    }

    /** A control request, for example {@code /_strike?strike=reset}. */
    void control(String path) {
        request("POST", path);
    }

    /** A counter. */
    long number(String name) {
        return stats().path(name).asLong();
    }

    private JsonNode stats() {
        try {
            return JSON.readTree(request("GET", "/_stats"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String request(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(control + path)).timeout(LIMIT).method(method, BodyPublishers.noBody()).build();
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

    @Override
    public void close() {
        process.close();
    }
}
