package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.RestClient;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A worker that was started by an operator's command instead of the harness. Closing it stops it. */
final class OperatedWorker implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final ServerProcess process;
    private final RestClient rest;

    private OperatedWorker(ServerProcess process, RestClient rest) {
        this.process = process;
        this.rest = rest;
    }

    /** Starts it and returns when its REST API answers. */
    static OperatedWorker start(String name, List<String> command, Map<String, String> environment, int port) {
        Path log = Suite.installation().log(name);
        Folders.delete(log);
        RestClient rest = new RestClient(URI.create("http://127.0.0.1:" + port));
        Map<String, String> complete = new HashMap<>(environment);
        complete.merge("KAFKA_OPTS", String.join(" ", ConnectWorker.argumentsOfAll()), (own, all) -> (own + " " + all).strip());
        OperatedWorker worker = new OperatedWorker(ServerProcess.start(name, log, command, complete), rest);
        try {
            worker.process.awaitReady(START_LIMIT, rest::isReady);
            return worker;
        } catch (RuntimeException | AssertionError e) {
            worker.close();
            throw e;
        }
    }

    RestClient rest() {
        return rest;
    }

    ServerProcess process() {
        return process;
    }

    /** The trace of the connector's failed task. */
    String awaitTrace(String connector) {
        return rest.await(connector, "RUNNING", "FAILED", TestConnector.LIMIT).path("tasks").path(0).path("trace").asText();
    }

    /** Stops it as a service manager does, and returns its exit status. */
    int stop() {
        process.stop();
        return process.awaitExit(STOP_LIMIT);
    }

    @Override
    public void close() {
        process.close();
    }
}
