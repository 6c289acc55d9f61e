package io.conduktor.connect.websocket;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The connector's version, as the build wrote it into {@code version.properties}. */
final class Version {
    private static final String UNKNOWN = "0.0.0-unknown";
    private static final String CURRENT = read();

    private Version() {
    }

    /** Works on an unstarted connector or task; {@code 0.0.0-unknown} when the classes do not come from a build. */
    static String current() {
        return CURRENT;
    }

    private static String read() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                return UNKNOWN;
            }
            Properties properties = new Properties();
            properties.load(in);
            String version = properties.getProperty("version", "").trim();
            // An unfiltered resource still holds its placeholder.
            return version.isEmpty() || version.contains("$") ? UNKNOWN : version;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
