package io.conduktor.connect.websocket;

import java.util.Map;

/** The connector's name as Connect hands it over. */
final class ConnectorName {
    private static final String FALLBACK = "websocket-source-connector";

    private ConnectorName() {
    }

    /** The property {@code name}; a fixed name where code outside Connect starts a task without one. */
    static String of(Map<String, String> properties) {
        String name = properties.get("name");
        return name == null || name.isEmpty() ? FALLBACK : name;
    }
}
