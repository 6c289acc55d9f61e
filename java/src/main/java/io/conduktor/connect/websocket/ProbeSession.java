package io.conduktor.connect.websocket;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * A session of the engine outside Kafka Connect, for {@link io.conduktor.connect.websocket.probe.Probe}: the same rules, and everything that
 * comes is handed over as bytes. For one thread.
 */
public final class ProbeSession implements AutoCloseable {
    /** What the worker's log would show, and the whole wire log. */
    private static final int LEVEL = 3;
    private static final int WIRE_LEVEL = 5;
    private static final int MILLIS_AFTER_WHICH_ONE_LOOKS = 20;

    private final Engine engine = NativeEngine.load();
    private final List<String> warnings;
    private final String url;
    private final long handle;
    private byte[] batch = new byte[RecordPoller.BATCH_BYTES];
    private String end;

    /** Takes one message; the bytes are a range that is used again afterwards. */
    public interface Visitor {
        /** A message that came so many microseconds after the epoch. */
        void message(long micros, byte[] bytes, int offset, int length);
    }

    /**
     * Starts to connect.
     *
     * @throws ConfigException if the configuration is wrong; names the key and no secret
     * @throws ConnectException if the native library or the trust store cannot be loaded
     */
    public ProbeSession(Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.putIfAbsent(WebSocketSourceConnectorConfig.KAFKA_TOPIC_CONFIG, "probe");
        for (String key : ConfigVariables.unresolved(all)) {
            throw new ConfigException(key + " has a variable that cannot be replaced here: write its value, or use ${env:NAME} or ${file:PATH:KEY}");
        }
        warnings = List.copyOf(ConfigWarnings.of(new WebSocketSourceConnectorConfig(all), all));
        // Everything is to be seen, and told.
        all.put(WebSocketSourceConnectorConfig.VALUE_FORMAT_CONFIG, "bytes");
        all.remove(WebSocketSourceConnectorConfig.FILTER_DROP_CONTROL_CONFIG);
        all.put(WebSocketSourceConnectorConfig.EVENT_TOPIC_CONFIG, all.get(WebSocketSourceConnectorConfig.KAFKA_TOPIC_CONFIG) + ".events");
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(all);
        url = config.url().toString();
        String name = ConnectorName.of(all);
        try (TlsMaterial tls = new TlsStores().read(config)) {
            engine.logLevels(LEVEL, WIRE_LEVEL);
            handle = engine.open(SessionSettings.json(config, name, 0, MemoryLimit.bytes(), false), tls);
        } catch (NativeException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    /** What the connector would warn about when it starts. */
    public List<String> warnings() {
        return warnings;
    }

    /** Scheme, host, port and path. */
    public String url() {
        return url;
    }

    /** Why the session has ended for good, or null. */
    public String end() {
        return end;
    }

    /** Hands over what comes within a moment. */
    public void poll(Visitor visitor) {
        try {
            int result = engine.poll(handle, batch, MILLIS_AFTER_WHICH_ONE_LOOKS);
            if (result > 0) {
                BatchReader.read(batch, result, (kind, micros, bytes, offset, length) -> visitor.message(micros, bytes, offset, length));
            } else if (result < 0 && result != Native.EVENTS && result != Native.SETTINGS_WANTED) {
                batch = new byte[-result];
            }
        } catch (NativeException e) {
            end = e.getMessage();
        }
    }

    /** What has happened, as docs/EVENTS.md has it, each a JSON object. */
    public List<String> events() {
        return Arrays.asList(engine.takeEvents(handle));
    }

    /** Lines of the wire log and warnings, the oldest first. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        LogLine.read(engine.takeLogs(0), line -> {
            if (!line.isEnd()) {
                lines.add(line.message());
            }
        });
        return lines;
    }

    /** The engine's numbers, by the names in docs/DESIGN.md. */
    public Map<String, Long> numbers() {
        long[] stats = new long[Stat.values().length];
        engine.stats(handle, stats);
        return Arrays.stream(Stat.values()).collect(Collectors.toMap(Stat::name, stat -> stats[stat.ordinal()]));
    }

    @Override
    public void close() {
        engine.close(handle, new long[Stat.values().length]);
    }
}
