package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import java.nio.file.Path;

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
            case KAFKA -> Suite.kafkaTools().resolve("kafka-jmx.sh");
        };
    }
}
