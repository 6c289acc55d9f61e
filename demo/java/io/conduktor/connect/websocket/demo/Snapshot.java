package io.conduktor.connect.websocket.demo;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the views show: the state of everything at one time.
 *
 * @param elapsed since the first snapshot
 * @param connectorState as REST tells it, or why it could not be asked
 * @param taskState of task 0
 * @param problem why the connector or its task failed, or what the connector last complained about while it is not connected
 * @param mbean the connector's attributes; empty while there is no MBean
 * @param records how many records the topic holds
 * @param rates records per second that arrived in the topic, oldest first
 * @param last the newest record, read back from Kafka
 */
record Snapshot(Duration elapsed, String connectorState, String taskState, Optional<String> problem, Map<String, Object> mbean,
    long records, List<Double> rates, Optional<LastRecord> last) {

    /**
     * A record of the topic.
     *
     * @param age between the record's timestamp and now
     */
    record LastRecord(int partition, long offset, Duration age, String value) {
    }

    double rate() {
        return rates.isEmpty() ? 0 : rates.get(rates.size() - 1);
    }

    /** An attribute of the MBean as text; a dash while there is none. */
    String attribute(String name) {
        Object value = mbean.get(name);
        if (value instanceof Long || value instanceof Integer) {
            return String.format("%,d", ((Number) value).longValue());
        }
        if (value instanceof Double) {
            return String.format("%.2f", value);
        }
        return value == null ? "-" : value.toString();
    }
}
