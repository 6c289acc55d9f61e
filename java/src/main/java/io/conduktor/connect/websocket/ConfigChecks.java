package io.conduktor.connect.websocket;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * The validators of the connector's keys. Each passes null over, which stands for "not set" or for a value that another error
 * already tells about. Those of secret values never repeat the value.
 */
final class ConfigChecks {
    static final ConfigDef.Validator URL = check("ws:// or wss:// URL", value -> WebSocketUrl.parse((String) value));
    static final ConfigDef.Validator HEADERS = check("name1:value1,name2:value2",
            value -> RequestHeaders.parseList(((Password) value).value()));
    static final ConfigDef.Validator TOKEN = check("text without control characters", value -> {
        if (!RequestHeaders.isValue(((Password) value).value())) {
            throw new IllegalArgumentException("must not contain line breaks or other control characters");
        }
    });
    static final ConfigDef.Validator TOPIC = check("legal topic name", value -> {
        String topic = (String) value;
        if (!topic.matches("[a-zA-Z0-9._-]{1,249}") || topic.equals(".") || topic.equals("..")) {
            throw new IllegalArgumentException("must be a topic name: 1 to 249 letters, digits, '.', '_' or '-'");
        }
    });

    static final ConfigDef.Validator WINDOW_BUDGET = unlessEmpty(check("number/time, such as 300/5m",
            value -> WindowBudget.parse((String) value)));

    static final ConfigDef.Validator HOST = unlessEmpty(check("host name or IP address", value -> {
        if (!((String) value).matches("[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")) {
            throw new IllegalArgumentException("must be a host name in ASCII (xn--… for others) or an IP address");
        }
    }));

    private ConfigChecks() {
    }

    /** Of a text that forms leave empty: it is not set then. */
    static ConfigDef.Validator unlessEmpty(ConfigDef.Validator validator) {
        return named(validator.toString(), (name, value) -> {
            if (!value.equals("")) {
                validator.ensureValid(name, value);
            }
        });
    }

    static ConfigDef.Validator atLeast(long minimum) {
        return unlessNull(ConfigDef.Range.atLeast(minimum));
    }

    static ConfigDef.Validator zeroOrAtLeast(long minimum) {
        return named("0 or at least " + minimum, (name, value) -> {
            long number = ((Number) value).longValue();
            if (number != 0 && number < minimum) {
                throw new ConfigException(name + " must be 0 or at least " + minimum);
            }
        });
    }

    static ConfigDef.Validator between(long minimum, long maximum) {
        return unlessNull(ConfigDef.Range.between(minimum, maximum));
    }

    /** A number within these bounds, which NaN is not. */
    static ConfigDef.Validator between(double minimum, double maximum) {
        return check("[" + minimum + ",...," + maximum + "]", value -> {
            double number = (Double) value;
            if (!(number >= minimum && number <= maximum)) {
                throw new IllegalArgumentException("must be a number from " + minimum + " to " + maximum);
            }
        });
    }

    /** A list of whole numbers, each within these bounds. */
    static ConfigDef.Validator integers(int minimum, int maximum) {
        return check("numbers from " + minimum + " to " + maximum, value -> {
            for (Object number : (List<?>) value) {
                if (!isInteger((String) number, minimum, maximum)) {
                    throw new IllegalArgumentException("must be a list of numbers from " + minimum + " to " + maximum + ", separated by commas");
                }
            }
        });
    }

    /** The numbers of a list that {@link #integers} has let through. */
    static List<Integer> parseIntegers(List<String> numbers) {
        return numbers.stream().map(number -> Integer.valueOf(number.trim())).collect(Collectors.toList());
    }

    private static boolean isInteger(String text, int minimum, int maximum) {
        try {
            int number = Integer.parseInt(text.trim());
            return number >= minimum && number <= maximum;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    static ConfigDef.Validator oneOf(String... values) {
        return unlessNull(ConfigDef.ValidString.in(values));
    }

    /** A list of some of these values, and of one at least. */
    static ConfigDef.Validator listOf(String... values) {
        return check("some of " + String.join(", ", values), value -> {
            List<?> list = (List<?>) value;
            if (list.isEmpty() || !List.of(values).containsAll(list)) {
                throw new IllegalArgumentException("must be a list of " + String.join(" and ", values) + ", separated by commas");
            }
        });
    }

    private static ConfigDef.Validator unlessNull(ConfigDef.Validator validator) {
        return named(validator.toString(), (name, value) -> validator.ensureValid(name, value));
    }

    /** {@code check} throws an IllegalArgumentException with a sentence that continues the key and does not repeat the value. */
    static ConfigDef.Validator check(String valid, Consumer<Object> check) {
        return named(valid, (name, value) -> {
            try {
                check.accept(value);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(name + " " + e.getMessage());
            }
        });
    }

    private static ConfigDef.Validator named(String valid, ConfigDef.Validator validator) {
        return new ConfigDef.Validator() {
            @Override
            public void ensureValid(String name, Object value) {
                if (value != null) {
                    validator.ensureValid(name, value);
                }
            }

            @Override
            public String toString() {
                return valid;
            }
        };
    }
}
