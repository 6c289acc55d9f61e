package io.conduktor.connect.websocket.bench.nullsource;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/** Hands the texts to Connect that the feed would send, with one task and without a limit of its own. */
public final class NullSourceConnector extends SourceConnector {
    static final String TOPIC = "topic";
    static final String SIZE = "size";
    static final String RATE = "rate";
    static final String IN_FLIGHT = "in.flight";

    static final ConfigDef CONFIG_DEF = new ConfigDef()
        .define(TOPIC, Type.STRING, Importance.HIGH, "The topic to write to.")
        .define(SIZE, Type.INT, 256, Range.atLeast(0), Importance.HIGH, "Bytes of a value; more if its number needs them.")
        .define(RATE, Type.INT, 0, Range.atLeast(0), Importance.HIGH,
            "Values per second, each with the time when it was made; 0: as fast as Connect takes them, made beforehand.")
        .define(IN_FLIGHT, Type.INT, Integer.MAX_VALUE, Range.atLeast(1), Importance.HIGH,
            "Hands over no list while so many records or more are not acknowledged.");

    private Map<String, String> properties;

    @Override
    public String version() {
        return "1";
    }

    @Override
    public ConfigDef config() {
        return CONFIG_DEF;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return NullSourceTask.class;
    }

    @Override
    public void start(Map<String, String> props) {
        properties = props;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return List.of(properties);
    }

    @Override
    public void stop() {
        // Nothing runs here.
    }
}
