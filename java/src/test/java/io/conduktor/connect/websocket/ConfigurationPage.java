package io.conduktor.connect.websocket;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/** Writes docs/CONFIGURATION.md from the ConfigDef. */
final class ConfigurationPage {
    private ConfigurationPage() {
    }

    static String text() {
        StringBuilder page = new StringBuilder("# Configuration\n\n<!-- Generated from WebSocketSourceConnectorConfig; do not edit. -->\n\n"
                + "Every key of the connector. Connect's own keys (`name`, `connector.class`, `tasks.max`, converters, `topic.creation.*`,\n"
                + "`errors.*`, `producer.override.*`) work as for any source connector; one task is all that is used.\n\n"
                + "Secrets belong into a ConfigProvider, for example `${file:/etc/kafka/feed.properties:token}`: Connect shows a stored\n"
                + "configuration, passwords included, to anyone who may read it. In numbers and booleans a trailing comment (`-1  # no limit`)\n"
                + "is ignored with a warning.\n");
        groups().forEach((group, keys) -> {
            page.append("\n## ").append(group).append('\n');
            keys.forEach(key -> page.append(section(key)));
        });
        return page.append("\n## Worker\n\n### `" + MemoryLimit.PROPERTY + "`\n\n").append(wrap(MemoryLimit.DOC)).append('\n')
                .append(line("Type", "long")).append(line("Default", "a quarter of the memory"))
                .append(line("Valid values", "[" + MemoryLimit.MINIMUM + ",...]"))
                .append("\n### `" + ValidationDial.PROPERTY + "`\n\n").append(wrap(ValidationDial.DOC)).append('\n')
                .append(line("Type", "string")).append(line("Default", "subscribe: as far as the configuration says"))
                .append(line("Valid values", ValidationDial.DEPTHS.toString())).toString();
    }

    private static Map<String, List<ConfigKey>> groups() {
        Map<String, List<ConfigKey>> groups = new LinkedHashMap<>();
        ConfigDef definition = WebSocketSourceConnectorConfig.CONFIG_DEF;
        definition.groups().forEach(group -> groups.put(group, new ArrayList<>()));
        definition.configKeys().values().forEach(key -> groups.get(key.group).add(key));
        groups.values().forEach(keys -> keys.sort(Comparator.comparingInt(key -> key.orderInGroup)));
        return groups;
    }

    private static String section(ConfigKey key) {
        String section = "\n### `" + key.name + "`\n\n" + wrap(key.documentation) + "\n"
                + line("Type", key.type.name().toLowerCase())
                + line("Default", key.hasDefault() ? String.valueOf(key.defaultValue) : "none, the key is required")
                + (key.validator == null ? "" : line("Valid values", key.validator.toString()))
                + line("Importance", key.importance.name().toLowerCase());
        if (key.name.equals(WebSocketSourceConnectorConfig.HEADERS_CONFIG)) {
            return section + family(WebSocketSourceConnectorConfig.HEADER_PREFIX + "<Name>", WebSocketSourceConnectorConfig.HEADER_PREFIX_DOC);
        }
        if (key.name.equals(WebSocketSourceConnectorConfig.LOGIN_ACK_MATCH_CONFIG)) {
            return section + family(WebSocketSourceConnectorConfig.SECRET_PREFIX + "<NAME>", WebSocketSourceConnectorConfig.SECRET_PREFIX_DOC);
        }
        return section;
    }

    /** Keys that differ in their last part. */
    private static String family(String keys, String documentation) {
        return "\n### `" + keys + "`\n\n" + wrap(documentation) + "\n" + line("Type", "string") + line("Default", "none");
    }

    private static String line(String what, String value) {
        return "* " + what + ": " + (value.equals("null") ? "none" : value) + "\n";
    }

    private static String wrap(String text) {
        StringBuilder wrapped = new StringBuilder();
        int column = 0;
        for (String word : text.replace("<", "&lt;").split(" ")) {
            if (column > 0 && column + word.length() >= 120) {
                wrapped.append('\n');
                column = 0;
            } else if (column > 0) {
                wrapped.append(' ');
            }
            wrapped.append(word);
            column += word.length() + 1;
        }
        return wrapped.append('\n').toString();
    }
}
