package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A connector in {@code examples/}.
 *
 * @param name its path in that folder
 */
record ExampleFile(String name) {
    static final Path FOLDER = Path.of("examples");

    static List<ExampleFile> all() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            return files.filter(Files::isRegularFile).map(file -> FOLDER.relativize(file).toString())
                .filter(file -> !file.endsWith("README.md")).sorted().map(ExampleFile::new).toList();
        }
    }

    static List<ExampleFile> profiles(String ending) throws IOException {
        return all().stream().filter(file -> file.name.startsWith("profiles/") && file.name.endsWith(ending)).toList();
    }

    /** Its text with the replacements that apply to it. */
    String text(Map<String, String> replacements) throws IOException {
        String text = Files.readString(FOLDER.resolve(name));
        for (Map.Entry<String, String> replacement : replacements.entrySet()) {
            text = text.replace(replacement.getKey(), replacement.getValue());
        }
        return text;
    }

    /** The connector's properties, {@code name} among them. */
    Map<String, String> properties(Map<String, String> replacements) throws IOException {
        Map<String, String> result = new TreeMap<>();
        if (name.endsWith(".json")) {
            JsonNode json = new ObjectMapper().readTree(text(replacements));
            json.path("config").properties().forEach(entry -> result.put(entry.getKey(), entry.getValue().asText()));
            result.put("name", json.path("name").asText());
        } else {
            Properties loaded = new Properties();
            loaded.load(new StringReader(text(replacements)));
            loaded.stringPropertyNames().forEach(key -> result.put(key, loaded.getProperty(key)));
        }
        return result;
    }

    @Override
    public String toString() {
        return name;
    }
}
