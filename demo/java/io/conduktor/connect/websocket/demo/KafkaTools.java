package io.conduktor.connect.websocket.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Launchers of Kafka's command-line tools under the names that its distributions give them, with and without {@code .sh}. */
final class KafkaTools {
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
    /** JmxTool moved in Kafka 4.0; operators' notes still have its old name. */
    private static final String RUN_CLASS = """
        #!/bin/sh
        case "$1" in
            kafka.tools.JmxTool) shift; set -- org.apache.kafka.tools.JmxTool "$@" ;;
        esac
        exec '%s' -Xmx256m -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile='%s' -cp '%s/*' "$@"
        """;
    private static final String LAUNCHER = """
        #!/bin/sh
        exec "$(dirname "$0")/kafka-run-class" %s "$@"
        """;

    private KafkaTools() {
    }

    /** Writes the launchers into the folder. */
    static void install(Path folder, Path libraries) throws IOException {
        Files.createDirectories(folder);
        Path logging = Files.writeString(folder.resolve("log4j2.xml"), LOGGING);
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        executable(folder, "kafka-run-class", RUN_CLASS.formatted(java, logging, libraries));
        for (Map.Entry<String, String> tool : MAIN_CLASSES.entrySet()) {
            executable(folder, tool.getKey(), LAUNCHER.formatted(tool.getValue()));
        }
    }

    private static void executable(Path folder, String name, String script) throws IOException {
        for (String file : new String[] {name, name + ".sh"}) {
            Files.writeString(folder.resolve(file), script);
            Files.setPosixFilePermissions(folder.resolve(file), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
