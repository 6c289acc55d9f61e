package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.RestClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A broker, a standalone worker with our connector and a feed, for one section. Connectors are created by several threads, all else by one. */
final class TestBed implements AutoCloseable {
    private static final Duration WARM_UP = Duration.ofSeconds(8);
    private static final String BEANS = "io.conduktor.connect.websocket:";

    private final Servers servers;
    private final JmxClient jmx;

    /**
     * Starts all three and returns when they answer.
     *
     * @param name begins the names of their folders and logs
     * @param jvmArguments of the worker's JVM, beyond the harness's
     */
    TestBed(Setup setup, String name, String... jvmArguments) {
        servers = new Servers(setup, name, options -> options.pluginDiscovery("service_load").jvmArguments(jvmArguments));
        try {
            jmx = servers.closing(servers.worker().jmx());
        } catch (RuntimeException | AssertionError e) {
            servers.close();
            throw e;
        }
    }

    Feed feed() {
        return servers.feed();
    }

    RestClient rest() {
        return servers.worker().rest();
    }

    /** Of the worker. */
    OsProcess process() {
        return servers.process();
    }

    /** Creates a connector with a topic of the same name; old records are deleted from it as new ones come. Any thread. */
    void create(String connector, String path, Map<String, String> more) {
        Map<String, String> config = new HashMap<>(Map.of(
            "connector.class", "io.conduktor.connect.websocket.WebSocketSourceConnector",
            "tasks.max", "1",
            "websocket.url", feed().url(path),
            "kafka.topic", connector,
            "key.converter", "org.apache.kafka.connect.storage.StringConverter",
            "value.converter", "org.apache.kafka.connect.storage.StringConverter",
            "topic.creation.default.partitions", "1",
            "topic.creation.default.replication.factor", "1"));
        config.put("topic.creation.default.retention.bytes", "100000000");
        config.put("topic.creation.default.segment.bytes", "50000000");
        config.putAll(more);
        rest().create(connector, config);
    }

    /** Creates a connector and waits for its connection. */
    void connect(String connector, String path, Map<String, String> more) {
        create(connector, path, more);
        Await.until(connector + " to be connected", Servers.LIMIT, () -> (boolean) jmx.attribute(bean(connector), "isConnected"));
    }

    /** Deletes a connector and waits until it is gone. */
    void delete(String connector) {
        rest().delete(connector);
        Await.until(connector + " to be gone", Servers.LIMIT, () -> jmx.names(BEANS + "*,name=" + connector).isEmpty());
    }

    /** Drives a fast feed through a connector of its own, until what a task runs is compiled; leaves nothing of it. */
    void warmUp() {
        connect("warm-up", "/numbered?rate=20000", Map.of());
        Servers.letPass(WARM_UP);
        delete("warm-up");
    }

    /** Waits until the feed has as many connections. */
    void awaitConnections(int connections, Duration limit) {
        Await.until(connections + " connections", limit, () -> feed().stats().path("open").asInt() == connections);
    }

    /** Waits until a connector has produced as many records. */
    void awaitProduced(String connector, long records, Duration limit) {
        Await.until(connector + " to have produced " + records, limit, () -> produced(connector) >= records);
    }

    /** The records that the connector has produced so far. */
    long produced(String connector) {
        return jmx.number(bean(connector), "RecordsProduced");
    }

    /** All attributes of the connector's MBean and its task's. */
    Map<String, Object> attributes(String connector) {
        Map<String, Object> all = new HashMap<>(jmx.attributes(bean(connector)));
        all.putAll(jmx.attributes(BEANS + "type=WebSocketTask,name=" + connector + ",task=0"));
        return all;
    }

    private static String bean(String connector) {
        return BEANS + "type=WebSocketConnector,name=" + connector + ",*";
    }

    @Override
    public void close() {
        servers.close();
    }
}
