package io.conduktor.connect.websocket.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Launchers of Kafka's command-line tools, which are not among its libraries, under the names that Apache Kafka gives them. */
public final class KafkaTools {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final Map<String, String> MAIN_CLASSES = Map.ofEntries(
        Map.entry("connect-plugin-path", TOOLS + "ConnectPluginPath"),
        Map.entry("kafka-broker-api-versions", TOOLS + "BrokerApiVersionsCommand"),
        Map.entry("kafka-cluster", TOOLS + "ClusterTool"),
        Map.entry("kafka-configs", "kafka.admin.ConfigCommand"),
        Map.entry("kafka-console-consumer", TOOLS + "consumer.ConsoleConsumer"),
        Map.entry("kafka-console-producer", TOOLS + "ConsoleProducer"),
        Map.entry("kafka-consumer-groups", TOOLS + "consumer.group.ConsumerGroupCommand"),
        Map.entry("kafka-delete-records", TOOLS + "DeleteRecordsCommand"),
        Map.entry("kafka-get-offsets", TOOLS + "GetOffsetShell"),
        Map.entry("kafka-jmx", TOOLS + "JmxTool"),
        Map.entry("kafka-log-dirs", TOOLS + "LogDirsCommand"),
        Map.entry("kafka-topics", TOOLS + "TopicCommand"));
    private static final String LOGGING = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Configuration status="ERROR">
          <Appenders>
            <Console name="STDERR" target="SYSTEM_ERR"><PatternLayout pattern="%p %m%n"/></Console>
          </Appenders>
          <Loggers><Root level="WARN"><AppenderRef ref="STDERR"/></Root></Loggers>
        </Configuration>
        """;
    /** As Kafka's own, it heeds what opens a JMX port and what adds options to the JVM. */
    private static final String RUN_CLASS = """
        #!/bin/sh
        # shellcheck disable=SC2086  # options are words
        exec '%s' ${JMX_PORT:+-Dcom.sun.management.jmxremote.port=$JMX_PORT -Dcom.sun.management.jmxremote.authenticate=false \
            -Dcom.sun.management.jmxremote.ssl=false} $KAFKA_JMX_OPTS $KAFKA_OPTS -Xmx256m -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile='%s' -cp '%s/*' "$@"
        """;
    private static final String LAUNCHER = """
        #!/bin/sh
        exec "$(dirname "$0")/kafka-run-class.sh" %s "$@"
        """;

    private KafkaTools() {
    }

    /** Writes the launchers into the folder. */
    public static void install(Path folder, Installation installation) {
        try {
            Files.createDirectories(folder);
            Path logging = Files.writeString(folder.resolve("log4j2.xml"), LOGGING);
            executable(folder.resolve("kafka-run-class.sh"), RUN_CLASS.formatted(JavaCommand.currentJava(), logging, installation.libraries()));
            for (Map.Entry<String, String> tool : MAIN_CLASSES.entrySet()) {
                executable(folder.resolve(tool.getKey() + ".sh"), LAUNCHER.formatted(tool.getValue()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void executable(Path file, String script) throws IOException {
        Files.writeString(file, script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
