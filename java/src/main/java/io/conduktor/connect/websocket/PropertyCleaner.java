package io.conduktor.connect.websocket;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Forgives what properties files do to numbers and booleans: a trailing comment ({@code -1  # infinite retries}) is part of the value
 * there. A null value counts as absent.
 */
final class PropertyCleaner {
    private static final Set<ConfigDef.Type> WITH_COMMENTS = Set.of(ConfigDef.Type.INT, ConfigDef.Type.LONG, ConfigDef.Type.DOUBLE,
            ConfigDef.Type.BOOLEAN);
    private static final Pattern TRAILING_COMMENT = Pattern.compile("\\s+#.*", Pattern.DOTALL);

    private PropertyCleaner() {
    }

    /** A copy without trailing comments and null values. */
    static Map<String, Object> clean(Map<?, ?> properties) {
        Map<String, Object> clean = new TreeMap<>();
        properties.forEach((key, value) -> {
            if (value != null) {
                String name = String.valueOf(key);
                clean.put(name, hasComment(name, value) ? TRAILING_COMMENT.matcher((String) value).replaceFirst("") : value);
            }
        });
        return clean;
    }

    /** The keys whose trailing comment {@link #clean} removes. */
    static Set<String> commented(Map<String, ?> properties) {
        Set<String> keys = new TreeSet<>();
        properties.forEach((key, value) -> {
            if (hasComment(key, value)) {
                keys.add(key);
            }
        });
        return keys;
    }

    private static boolean hasComment(String key, Object value) {
        ConfigDef.ConfigKey definition = WebSocketSourceConnectorConfig.CONFIG_DEF.configKeys().get(key);
        return definition != null && WITH_COMMENTS.contains(definition.type) && value instanceof String
                && TRAILING_COMMENT.matcher((String) value).find();
    }
}
