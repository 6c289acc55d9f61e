package io.conduktor.connect.websocket.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;

/** Reads a connector's configuration from a file, in any of the forms that Connect takes. */
final class ProbeConfig {
    /** Kafka's own providers by the names that they mostly have; older releases lack some. */
    private static final Map<String, String> PROVIDERS = Map.of("file", "FileConfigProvider", "directory", "DirectoryConfigProvider", "env",
            "EnvVarConfigProvider");

    private ProbeConfig() {
    }

    /**
     * The properties with their variables replaced.
     *
     * @throws ProbeException if the file is none; names no value
     */
    static Map<String, String> read(String file) throws ProbeException {
        try {
            String text = Files.readString(Path.of(file), StandardCharsets.UTF_8);
            return replaceVariables(text.trim().startsWith("{") ? json(text) : properties(Path.of(file)));
        } catch (InvalidPathException | IOException e) {
            String why = e instanceof com.fasterxml.jackson.core.JsonProcessingException
                    ? "no JSON at line " + ((com.fasterxml.jackson.core.JsonProcessingException) e).getLocation().getLineNr() : e.toString();
            throw new ProbeException("the configuration " + file + " cannot be read: " + why);
        }
    }

    private static Map<String, String> json(String text) throws IOException, ProbeException {
        JsonNode all = new ObjectMapper().readTree(text);
        JsonNode config = all.path("config").isObject() ? all.path("config") : all;
        Map<String, String> properties = new TreeMap<>();
        config.fieldNames().forEachRemaining(key -> properties.put(key, config.path(key).asText()));
        if (all.path("name").isTextual()) {
            properties.putIfAbsent("name", all.path("name").asText());
        }
        if (!properties.containsKey("websocket.url")) {
            throw new ProbeException("the configuration has no websocket.url");
        }
        return properties;
    }

    private static Map<String, String> properties(Path file) throws IOException {
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            read.load(reader);
        } catch (IllegalArgumentException e) {
            throw new IOException("a broken escape sequence", e);
        }
        Map<String, String> properties = new TreeMap<>();
        read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
        return properties;
    }

    private static Map<String, String> replaceVariables(Map<String, String> properties) throws ProbeException {
        Map<String, ConfigProvider> providers = new HashMap<>();
        try {
            PROVIDERS.forEach((name, provider) -> add(providers, name, provider));
            return new TreeMap<>(new ConfigTransformer(providers).transform(properties).data());
        } catch (ConfigException e) {
            throw new ProbeException("a variable of the configuration cannot be replaced: " + e.getMessage());
        } finally {
            providers.values().forEach(ProbeConfig::close);
        }
    }

    private static void add(Map<String, ConfigProvider> providers, String name, String provider) {
        try {
            Class<?> found = Class.forName("org.apache.kafka.common.config.provider." + provider);
            ConfigProvider made = (ConfigProvider) found.getDeclaredConstructor().newInstance();
            made.configure(Map.of());
            providers.put(name, made);
        } catch (ReflectiveOperationException e) {
            // This release of Kafka has none; a variable of it is told as one that was not replaced.
        }
    }

    private static void close(ConfigProvider provider) {
        try {
            provider.close();
        } catch (IOException e) {
            // It has done its work.
        }
    }
}
