package io.conduktor.connect.websocket.bench;

import java.util.Map;
import java.util.TreeMap;

/** The connectors that are compared on one worker. */
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
            return nullSource(topic, load);
        }
    },
    /**
     * Has no more in flight than our connector. What the other one piles up in the producer's buffer outlives the garbage collector's young
     * generation, which costs it up to as much as all the rest: this one is the harder rival.
     */
    LIMITED_NULL_SOURCE("null source, 10,000 in flight") {
        @Override
        Map<String, String> configuration(String topic, Load load, String url) {
            Map<String, String> result = nullSource(topic, load);
            result.put("in.flight", "10000");
            return result;
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

    private static Map<String, String> nullSource(String topic, Load load) {
        return new TreeMap<>(Map.of("connector.class", "io.conduktor.connect.websocket.bench.nullsource.NullSourceConnector", "topic", topic,
            "size", Integer.toString(load.size()), "rate", Integer.toString(load.rate())));
    }

    /** All that Connect is to be told; {@code url} is the feed's. */
    Map<String, String> complete(String topic, Load load, String url) {
        Map<String, String> result = new TreeMap<>(configuration(topic, load, url));
        result.putAll(load.producer().overrides());
        result.putAll(Map.of("tasks.max", "1", "key.converter", STRINGS, "value.converter", STRINGS));
        return result;
    }
}
