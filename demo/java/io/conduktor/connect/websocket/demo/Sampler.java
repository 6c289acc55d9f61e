package io.conduktor.connect.websocket.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.conduktor.connect.websocket.demo.Snapshot.LastRecord;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Asks REST, JMX and Kafka. What cannot be asked for the moment is shown as such and asked again. For one thread. */
final class Sampler implements AutoCloseable {
    private static final int HISTORY = 240;

    private final Stage stage;
    private final TopicReader topic;
    private final WorkerLog log;
    private final String mbean;
    private final long start = System.nanoTime();
    private final Deque<Double> rates = new ArrayDeque<>();
    private JmxClient jmx;
    private long previousTime = start;
    private long previousRecords;

    Sampler(Stage stage) {
        this.stage = stage;
        this.topic = new TopicReader(stage.broker().bootstrapServers(), stage.topic());
        this.log = new WorkerLog(stage.worker().process().log());
        this.mbean = "io.conduktor.connect.websocket:type=WebSocketConnector,name=" + stage.connectorName() + ",url=*";
        this.previousRecords = topic.size();
    }

    Snapshot sample() {
        Optional<LastRecord> last = topic.last().map(Sampler::shown);
        long records = topic.size();
        long now = System.nanoTime();
        rates.addLast((records - previousRecords) * 1e9 / Math.max(1, now - previousTime));
        if (rates.size() > HISTORY) {
            rates.removeFirst();
        }
        previousRecords = records;
        previousTime = now;
        JsonNode status = status();
        JsonNode connector = status.path("connector");
        JsonNode task = status.path("tasks").path(0);
        Map<String, Object> attributes = attributes();
        boolean connected = Boolean.TRUE.equals(attributes.get("isConnected"));
        Optional<String> problem = firstLine(task).or(() -> firstLine(connector))
            .or(() -> connected ? Optional.empty() : log.lastComplaint());
        return new Snapshot(Duration.ofNanos(now - start), connector.path("state").asText("UNKNOWN"),
            task.path("state").asText("none"), problem, attributes, records, List.copyOf(rates), last);
    }

    @Override
    public void close() {
        topic.close();
        if (jmx != null) {
            jmx.close();
        }
    }

    private JsonNode status() {
        try {
            return stage.worker().rest().status(stage.connectorName());
        } catch (RuntimeException e) {
            // Deleted by the user, or the worker is busy: the next sample may know more.
            return MissingNode.getInstance();
        }
    }

    private Map<String, Object> attributes() {
        try {
            if (jmx == null) {
                jmx = stage.worker().jmx();
            }
            return jmx.attributes(mbean);
        } catch (RuntimeException e) {
            // No MBean while the task does not run.
            return Map.of();
        }
    }

    private static LastRecord shown(ConsumerRecord<byte[], byte[]> record) {
        Duration age = Duration.ofMillis(Math.max(0, System.currentTimeMillis() - record.timestamp()));
        return new LastRecord(record.partition(), record.offset(), age, String.valueOf(TopicReader.text(record)));
    }

    private static Optional<String> firstLine(JsonNode state) {
        return state.path("trace").asText("").lines().findFirst();
    }
}
