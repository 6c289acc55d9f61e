package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.RestClient;
import io.conduktor.connect.websocket.harness.RestException;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A connector under test, with a topic of the same name. Closing it deletes the connector and waits until it is gone. */
public final class TestConnector implements AutoCloseable {
    public static final String CLASS = "io.conduktor.connect.websocket.WebSocketSourceConnector";
    public static final Duration LIMIT = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final String name;
    private final Map<String, String> config;
    private final WorkerLog log;
    private final JmxClient jmx;

    /** A connector that is not created yet. Reconnects soon, since tests have no time. */
    public TestConnector(Cluster cluster, String name, String url) {
        this(cluster, name, WorkerLog.fromNow(cluster.worker()));
        config.put("connector.class", CLASS);
        config.put("tasks.max", "1");
        config.put("websocket.url", url);
        config.put("kafka.topic", name);
        config.put("websocket.reconnect.interval.ms", "100");
        config.put("websocket.reconnect.backoff.max.ms", "400");
        config.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
        config.put("value.converter", "org.apache.kafka.connect.storage.StringConverter");
        config.put("topic.creation.default.partitions", "1");
        config.put("topic.creation.default.replication.factor", "1");
    }

    private TestConnector(Cluster cluster, String name, WorkerLog log) {
        this.cluster = cluster;
        this.name = name;
        this.config = new TreeMap<>();
        this.log = log;
        this.jmx = cluster.worker().jmx();
    }

    /** A connector that the worker runs already; {@code log} is the part of the worker's log that tells of it. */
    public static TestConnector existing(Cluster cluster, String name, WorkerLog log) {
        return new TestConnector(cluster, name, log);
    }

    public TestConnector set(String key, String value) {
        config.put(key, value);
        return this;
    }

    /** Reconnects as a connector does whose configuration does not say how. */
    public TestConnector withDefaultReconnects() {
        config.remove("websocket.reconnect.interval.ms");
        config.remove("websocket.reconnect.backoff.max.ms");
        return this;
    }

    /** Creates the connector, or changes its configuration. */
    public TestConnector apply() {
        rest().configure(name, config);
        return this;
    }

    /** Creates the connector and waits until its task has a connection. */
    public TestConnector applyAndConnect() {
        apply();
        awaitConnected();
        return this;
    }

    public String name() {
        return name;
    }

    public Map<String, String> config() {
        return config;
    }

    public RestClient rest() {
        return cluster.worker().rest();
    }

    public WorkerLog log() {
        return log;
    }

    public JmxClient jmx() {
        return jmx;
    }

    /** An attribute of the connector's MBean. */
    public long number(String attribute) {
        return jmx.number(Books.connectorBean(name), attribute);
    }

    public boolean hasBeans() {
        return !jmx.names(Books.connectorBean(name)).isEmpty() || !jmx.names(Books.taskBean(name)).isEmpty();
    }

    public Books books() {
        return Books.read(jmx, name);
    }

    /** Waits for the numbers to be as wanted. */
    public Books awaitBooks(String what, Predicate<Books> wanted) {
        return Await.value(name + ": " + what, LIMIT, this::books, wanted);
    }

    /** Waits until that many messages were received and nothing is under way any more; then the books must balance. */
    public Books awaitSettled(long received) {
        Books books = awaitBooks(received + " messages received and none under way", now -> now.received() >= received && now.isSettled());
        books.assertBalanced();
        return books;
    }

    public void awaitConnected() {
        Await.until(name + " to be connected", LIMIT, () -> (boolean) jmx.attribute(Books.connectorBean(name), "isConnected"));
    }

    /** Waits for that many stops and returns what the last one told. */
    public StopNote awaitStopNote(int stops) {
        return Await.value("stop " + stops + " of " + name, LIMIT, () -> StopNote.in(log, name), notes -> notes.size() >= stops).get(stops - 1);
    }

    /** Waits until the task has failed and returns its trace. */
    public String awaitTrace() {
        JsonNode status = rest().await(name, "RUNNING", "FAILED", LIMIT);
        return status.path("tasks").path(0).path("trace").asText();
    }

    /** Waits until the connector is stopped: it has no task any more. */
    public void awaitStopped() {
        Await.until(name + " to be stopped", LIMIT, () -> {
            JsonNode status = rest().status(name);
            return status.path("connector").path("state").asText().equals("STOPPED") && status.path("tasks").isEmpty();
        });
    }

    /** The stored source offset's sequence number; 0 if there is none. */
    public long storedSequence() {
        long sequence = 0;
        for (JsonNode offset : rest().offsets(name).path("offsets")) {
            sequence = Math.max(sequence, offset.path("offset").path("sequence").asLong());
        }
        return sequence;
    }

    /** A reader of its topic, from the topic's beginning; the caller closes it. */
    public TopicReader topic() {
        return topic(name);
    }

    public TopicReader topic(String topic) {
        return new TopicReader(cluster.broker().bootstrapServers(), topic);
    }

    /** Deletes the connector and waits until nothing of it is left. */
    public void delete() {
        rest().delete(name);
        awaitGone();
    }

    /** Looks at the connector no longer and leaves it as it is, for the worker's end is near. */
    public void leave() {
        jmx.close();
    }

    private void awaitGone() {
        Await.until(name + " to be gone", LIMIT, () -> !rest().connectors().contains(name) && !hasBeans());
    }

    @Override
    public void close() {
        try {
            delete();
        } catch (RestException e) {
            if (e.status() != 404) {
                throw e;
            }
        } finally {
            jmx.close();
        }
    }
}
