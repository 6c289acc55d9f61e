package io.conduktor.connect.websocket;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.types.Password;

/** The values of the connector's keys, whether they come from a configuration or from one that is still being validated. */
final class ConfigValues {
    private final Function<String, ?> values;

    /** {@code values} answers a key with its value of the type that the ConfigDef says, or with null. */
    ConfigValues(Function<String, ?> values) {
        this.values = values;
    }

    /** A string's or password's text; null if there is none or it is empty. */
    String text(String key) {
        Object value = values.apply(key);
        String text = value instanceof Password ? ((Password) value).value() : (String) value;
        return text == null || text.isEmpty() ? null : text;
    }

    /** A number; null if there is none. */
    Long number(String key) {
        Number number = (Number) values.apply(key);
        return number == null ? null : number.longValue();
    }

    /** A list's texts; none if there is no list. */
    List<String> list(String key) {
        List<String> texts = new ArrayList<>();
        Object value = values.apply(key);
        if (value != null) {
            ((List<?>) value).forEach(text -> texts.add((String) text));
        }
        return texts;
    }

    boolean flag(String key) {
        return Boolean.TRUE.equals(values.apply(key));
    }

    /** Whether a key says something that its default does not: forms that fill in defaults and empty texts set nothing. */
    boolean isSet(String key) {
        Object value = values.apply(key);
        if (value instanceof String || value instanceof Password) {
            return text(key) != null && !value.equals(defaultOf(key));
        }
        return value != null && !Objects.equals(value, defaultOf(key));
    }

    /** The value of a key that is not set, or null. */
    static Object defaultOf(String key) {
        ConfigKey definition = WebSocketSourceConnectorConfig.CONFIG_DEF.configKeys().get(key);
        return definition.hasDefault() ? definition.defaultValue : null;
    }
}
