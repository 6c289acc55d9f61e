package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The three ways in which the health check reads JMX. */
enum HealthCheckTool {
    CONNECTOR("connector", "CONNECTOR_JAR"), JMXTERM("jmxterm", "JMXTERM_JAR"), KAFKA("kafka", "KAFKA_JMX");

    private final String name;
    private final String variable;

    HealthCheckTool(String name, String variable) {
        this.name = name;
        this.variable = variable;
    }

    /** The script for a connector of the worker; more can be set. */
    HealthCheckCommand script(ConnectWorker worker, String connector, String... arguments) {
        return HealthCheckCommand.script(arguments).with("CONNECTOR_NAME", connector).with("CONNECT_URL", "http://127.0.0.1:" + worker.port())
            .with("JMX_ADDRESS", "127.0.0.1:" + worker.jmxPort()).with("JMX_TOOL", name).with(variable, file().toString());
    }

    @Override
    public String toString() {
        return name;
    }

    private Path file() {
        return switch (this) {
            case CONNECTOR -> Suite.installation().jar();
            case JMXTERM -> Path.of(System.getProperty("harness.jmxterm"));
            case KAFKA -> kafkaJmx(Suite.installation());
        };
    }

    /** Kafka's libraries come without its scripts: the same command as its {@code kafka-jmx.sh} runs. */
    private static Path kafkaJmx(Installation installation) {
        try {
            Path script = installation.work().resolve("kafka-jmx.sh");
            Files.writeString(script, "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "' -cp '"
                + installation.libraries() + "/*' org.apache.kafka.tools.JmxTool \"$@\"\n");
            return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
