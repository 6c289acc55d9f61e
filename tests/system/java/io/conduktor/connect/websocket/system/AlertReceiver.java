package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.conduktor.connect.websocket.harness.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands where an Alertmanager would: takes what Prometheus sends (Alertmanager's API v2) and keeps it. */
final class AlertReceiver implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<JsonNode> alerts = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    private AlertReceiver(HttpServer server) {
        this.server = server;
    }

    /** Starts one on a free port of the loopback interface. */
    static AlertReceiver start() throws IOException {
        AlertReceiver receiver = new AlertReceiver(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        receiver.server.createContext("/api/v2/alerts", exchange -> {
            JSON.readTree(exchange.getRequestBody()).forEach(receiver.alerts::add);
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        receiver.server.start();
        return receiver;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Waits until the alert was sent for what has that label, and returns it: its {@code labels} and {@code annotations}. */
    JsonNode await(String alert, String label, String value) {
        return Await.value(alert + " of " + value + " to be sent", TestConnector.LIMIT, () -> alerts.stream()
            .filter(one -> one.path("labels").path("alertname").asText().equals(alert) && one.path("labels").path(label).asText().equals(value))
            .toList(), found -> !found.isEmpty()).get(0);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
