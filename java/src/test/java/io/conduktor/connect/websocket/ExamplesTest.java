package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExamplesTest {
    private static final Pattern STRING_MEMBER = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\": *\"((?:[^\"\\\\]|\\\\.)*)\"");

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.walk(Paths.get("examples"))) {
            return files.filter(file -> file.toString().matches(".*\\.(json|properties)")).sorted().collect(Collectors.toList());
        }
    }

    private static Map<String, String> read(Path file) throws IOException {
        Map<String, String> properties = new HashMap<>();
        if (file.toString().endsWith(".json")) {
            Matcher members = STRING_MEMBER.matcher(Files.readString(file));
            while (members.find()) {
                properties.put(members.group(1), members.group(2).replaceAll("\\\\(.)", "$1"));
            }
        } else {
            Properties loaded = new Properties();
            try (Reader reader = Files.newBufferedReader(file)) {
                loaded.load(reader);
            }
            loaded.stringPropertyNames().forEach(key -> properties.put(key, loaded.getProperty(key)));
        }
        return properties;
    }

    @ParameterizedTest
    @MethodSource("examples")
    void isValidAndComplete(Path file) throws IOException {
        Map<String, String> written = read(file);
        Map<String, String> properties = new HashMap<>(written);
        properties.replaceAll((key, value) -> value.replaceAll("\\$\\{[^}]+}", "secret")); // As a ConfigProvider will.
        WebSocketSourceConnector connector = new WebSocketSourceConnector();
        List<ConfigValue> wrong = connector.validate(properties).configValues().stream()
                .filter(value -> !value.errorMessages().isEmpty()).collect(Collectors.toList());
        assertEquals(List.of(), wrong);
        assertEquals(WebSocketSourceConnector.class.getName(), properties.get("connector.class"));
        boolean bytes = "bytes".equals(properties.get("websocket.value.format"));
        assertTrue(properties.get("value.converter").endsWith(bytes ? ".ByteArrayConverter" : ".StringConverter"));
        assertTrue(properties.containsKey("topic.creation.default.partitions"));
        assertTrue(properties.containsKey("topic.creation.default.replication.factor"));
        for (String secret : new String[] {"websocket.auth.token", "websocket.headers"}) {
            assertTrue(written.getOrDefault(secret, "${").startsWith("${"), secret + " must come from a ConfigProvider");
        }
        assertTrue(written.get("websocket.url").matches("(wss?://(\\$\\{[^}]+}:\\$\\{[^}]+}@)?|\\{\\{pre\\.)[^@]+"),
                "the URL's login must come from a ConfigProvider");
        List<String> warnings = ConfigWarnings.of(new WebSocketSourceConnectorConfig(properties), properties);
        assertTrue(warnings.stream().allMatch(warning -> warning.startsWith("websocket.reconnect.max.attempts: the comment")),
                warnings.toString());
    }
}
