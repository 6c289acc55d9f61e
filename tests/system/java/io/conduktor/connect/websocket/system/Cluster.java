package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.KafkaBroker;

/** A worker and the broker that it works for. */
public record Cluster(KafkaBroker broker, ConnectWorker worker) {
}
