package io.conduktor.connect.websocket.bench;

import java.util.Map;

/** How the producer of a connector is configured. */
enum ProducerSetting {
    DEFAULT("default producer", Map.of()),
    /** For throughput. */
    TUNED("tuned producer", Map.of("producer.override.batch.size", "262144", "producer.override.linger.ms", "5")),
    /** For delay. */
    NO_LINGER("linger 0", Map.of("producer.override.linger.ms", "0"));

    private final String title;
    private final Map<String, String> overrides;

    ProducerSetting(String title, Map<String, String> overrides) {
        this.title = title;
        this.overrides = overrides;
    }

    String title() {
        return title;
    }

    /** For a connector's configuration. */
    Map<String, String> overrides() {
        return overrides;
    }
}
