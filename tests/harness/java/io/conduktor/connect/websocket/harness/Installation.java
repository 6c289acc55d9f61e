package io.conduktor.connect.websocket.harness;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the build has made ready.
 *
 * @param jar the connector
 * @param feed the feed server's executable
 * @param kafka holds {@code <version>/libs} for each Kafka version
 * @param version the Kafka version to use unless another one is asked for
 * @param work where servers keep their data and logs
 */
public record Installation(Path jar, Path feed, Path kafka, String version, Path work) {

    /** Reads the system properties {@code harness.jar}, {@code .feed}, {@code .kafka}, {@code .kafka.version} and {@code .work}. */
    public static Installation fromSystemProperties() {
        return new Installation(path("harness.jar"), path("harness.feed"), path("harness.kafka"), text("harness.kafka.version"),
            path("harness.work"));
    }

    /** The same with another Kafka version. */
    public Installation withKafka(String otherVersion) {
        return new Installation(jar, feed, kafka, otherVersion, work);
    }

    /** The JARs of the Kafka version. */
    public Path libraries() {
        Path libraries = kafka.resolve(version).resolve("libs");
        if (!Files.isDirectory(libraries)) {
            throw new IllegalStateException("Kafka " + version + " is not in " + kafka + "; the Gradle tasks kafkaLibraries and "
                + "olderKafkaLibraries fetch it");
        }
        return libraries;
    }

    /** Where the process of that name logs to. */
    public Path log(String name) {
        return work.resolve("logs").resolve(name + ".log");
    }

    private static Path path(String property) {
        return Path.of(text(property)).toAbsolutePath();
    }

    private static String text(String property) {
        String value = System.getProperty(property);
        if (value == null) {
            throw new IllegalStateException("the system property " + property + " is not set; Gradle's tasks set it");
        }
        return value;
    }
}
