package io.conduktor.connect.websocket;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;

/** The connector's version and what it was built for, as the build wrote them into {@code version.properties}. */
final class Version {
    private static final String UNKNOWN = "0.0.0-unknown";
    private static final Properties BUILD = read();

    private Version() {
    }

    /** Works on an unstarted connector or task; {@code 0.0.0-unknown} when the classes do not come from a build. */
    static String current() {
        String version = value("version");
        return version.isEmpty() ? UNKNOWN : version;
    }

    /** The platforms whose native libraries the JAR carries, such as {@code linux-x86_64}; empty when the classes do not come from a build. */
    static List<String> platforms() {
        String platforms = value("platforms");
        return platforms.isEmpty() ? List.of() : List.of(platforms.split(" "));
    }

    private static String value(String key) {
        String value = BUILD.getProperty(key, "").trim();
        return value.contains("$") ? "" : value; // An unfiltered resource still holds its placeholder.
    }

    private static Properties read() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            properties.clear();
        }
        return properties;
    }
}
