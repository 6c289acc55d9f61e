package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Values that a ConfigProvider should have put in ({@code ${provider:path:key}}, KIP-297). Kafka leaves a variable as it stands if its provider
 * has no such key, or if the worker has no such provider.
 */
final class ConfigVariables {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{[^{}:]+:[^{}]+}");

    private ConfigVariables() {
    }

    /** This connector's keys whose values still hold a variable. */
    static Set<String> unresolved(Map<String, ?> properties) {
        Set<String> keys = new TreeSet<>();
        properties.forEach((key, value) -> {
            if (key.startsWith("websocket.") && value instanceof String && VARIABLE.matcher((String) value).find()) {
                keys.add(key);
            }
        });
        return keys;
    }
}
