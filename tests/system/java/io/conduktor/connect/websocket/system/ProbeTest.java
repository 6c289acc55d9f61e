package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Feed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The probe, run from the JAR alone, against simulators whose rules it has to find out. */
class ProbeTest {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String CANARY = "c4n4ry-0123456789";

    private static CompletableFuture<HealthCheckCommand.Result> probe(Map<String, String> config, String... options) throws IOException {
        Path file = Files.createTempFile(Suite.installation().work(), "probe", ".json");
        new ObjectMapper().writeValue(file.toFile(), Map.of("name", "probed", "config", config));
        return probe(file, options);
    }

    private static CompletableFuture<HealthCheckCommand.Result> probe(Path file, String... options) {
        List<String> command = new ArrayList<>(List.of(JAVA, "-cp", Suite.installation().jar().toString(),
            "io.conduktor.connect.websocket.probe.Probe", "--kafka", Suite.installation().libraries().toString()));
        command.addAll(List.of(options));
        command.add(file.toString());
        return CompletableFuture.supplyAsync(() -> HealthCheckCommand.of(command.toArray(String[]::new)).run());
    }

    private static Map<String, String> venue(String name, double scale, Feed feed, String... without) throws IOException {
        Map<String, String> config = new VenueExample(name, scale, "client=probe", Map.of()).properties(feed, Path.of("none"));
        config.keySet().removeIf(key -> List.of(without).stream().anyMatch(key::startsWith));
        return config;
    }

    /** One after the other this would take three times as long. */
    @Test
    void theVenuesRulesAreFoundOut() throws IOException {
        try (Feed feed = Suite.feed("probe")) {
            CompletableFuture<HealthCheckCommand.Result> binance = probe(venue("binance", 0.05, feed), "--seconds", "5");
            CompletableFuture<HealthCheckCommand.Result> polymarket =
                probe(venue("polymarket", 0.1, feed, "websocket.heartbeat", "websocket.filter"), "--seconds", "6");
            CompletableFuture<HealthCheckCommand.Result> htx = probe(venue("htx", 0.1, feed, "websocket.reply.rules"), "--seconds", "5", "--quiet");

            HealthCheckCommand.Result result = binance.join();
            assertEquals(0, result.exitCode(), result::toString);
            assertTrue(result.out().contains(" from the server, every "), result::toString);
            assertTrue(result.out().contains("< ping") && result.out().contains("> pong"), result::toString);
            assertTrue(result.out().contains("Nothing that was seen speaks for another configuration."), result::toString);

            result = polymarket.join();
            assertEquals(0, result.exitCode(), result::toString);
            assertTrue(result.out().contains("  websocket.heartbeat.message and websocket.heartbeat.interval.ms="), result::toString);
            assertTrue(result.out().contains("of our silence"), result::toString);
            assertTrue(result.out().contains("> text ("), result::toString);

            result = htx.join();
            assertEquals(0, result.exitCode(), result::toString);
            assertTrue(result.out().contains("  websocket.reply.rules=[{\"match\":\"/ping\",\"send\":\"{\\\"pong\\\":{{reply:/ping}}}\"}]"), result::toString);
            assertFalse(result.out().contains("websocket.heartbeat.message"), result::toString);
            assertFalse(result.out().contains("< text"), result::toString);
        }
    }

    @Test
    void whatGoesWrongIsToldAndNoSecret() throws IOException {
        try (Feed feed = Suite.feed("probe-wrong")) {
            Path file = Files.writeString(Files.createTempFile(Suite.installation().work(), "probe", ".properties"), "websocket.url="
                + feed.url("/status?code=401&body=" + CANARY) + "\nwebsocket.auth.token=" + CANARY + "\n");
            CompletableFuture<HealthCheckCommand.Result> refused = probe(file);
            CompletableFuture<HealthCheckCommand.Result> echoed = probe(Map.of("websocket.url", feed.url("/echo"), "websocket.auth.token", CANARY,
                "websocket.subscription.message", "{\"say\":\"" + CANARY + "\"}"), "--messages", "1");
            CompletableFuture<HealthCheckCommand.Result> wrong = probe(Map.of("websocket.url", feed.url("/silence"), "websocket.ping.interval.ms", "x"));
            CompletableFuture<HealthCheckCommand.Result> variable = probe(Map.of("websocket.url", feed.url("/silence"), "websocket.auth.token",
                "${vault:feed:token}"));
            CompletableFuture<HealthCheckCommand.Result> silent = probe(Map.of("websocket.url", feed.url("/silence")), "--seconds", "1");

            HealthCheckCommand.Result result = refused.join();
            assertEquals(1, result.exitCode(), result::toString);
            assertTrue(result.err().startsWith("failed: HTTP status 401 Unauthorized"), result::toString);
            assertTrue(result.out().contains("  websocket.auth.token"), result::toString);
            assertFalse(result.toString().contains(CANARY), result::toString);

            result = echoed.join();
            assertEquals(0, result.exitCode(), result::toString);
            assertTrue(result.out().contains("{\"say\":\"***\"}"), result::toString);
            assertFalse(result.toString().contains(CANARY), result::toString);

            result = wrong.join();
            assertEquals(2, result.exitCode(), result::toString);
            assertTrue(result.err().contains("websocket.ping.interval.ms"), result::toString);
            assertTrue(variable.join().exitCode() == 2 && variable.join().err().contains("websocket.auth.token has a variable"), variable::toString);
            assertEquals(1, silent.join().exitCode(), silent::toString);
            assertTrue(silent.join().out().contains("  websocket.subscription.messages"), silent::toString);
        }
    }
}
