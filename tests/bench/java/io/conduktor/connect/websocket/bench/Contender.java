package io.conduktor.connect.websocket.bench;

import java.util.Map;
import java.util.TreeMap;

/** The two connectors that are compared on one worker. */
enum Contender {
    CONNECTOR("connector") {
        @Override
        Map<String, String> configuration(String topic, Load load, String url) {
            Map<String, String> result = new TreeMap<>(Map.of("connector.class", "io.conduktor.connect.websocket.WebSocketSourceConnector",
                "websocket.url", url, "kafka.topic", topic));
            if (load.isFlood()) {
                result.put("websocket.overflow.policy", "block");
            }
            return result;
        }
    },
    /** Hands over the same texts and does nothing else: what Connect itself can do. */
    NULL_SOURCE("null source") {
        @Override
        Map<String, String> configuration(String topic, Load load, String url) {
            return Map.of("connector.class", "io.conduktor.connect.websocket.bench.nullsource.NullSourceConnector", "topic", topic,
                "size", Integer.toString(load.size()), "rate", Integer.toString(load.rate()));
        }
    };

    private static final String STRINGS = "org.apache.kafka.connect.storage.StringConverter";

    private final String title;

    Contender(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The connector's own part. */
    abstract Map<String, String> configuration(String topic, Load load, String url);

    /** All that Connect is to be told; {@code url} is the feed's. */
    Map<String, String> complete(String topic, Load load, String url) {
        Map<String, String> result = new TreeMap<>(configuration(topic, load, url));
        result.putAll(load.producer().overrides());
        result.putAll(Map.of("tasks.max", "1", "key.converter", STRINGS, "value.converter", STRINGS));
        return result;
    }
}
