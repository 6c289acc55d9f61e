package io.conduktor.connect.websocket.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The runbook's commands with this demo's ports and names. */
final class Hints {
    static final String FILE = "commands.txt";
    static final String VARIABLES_FILE = "runbook.sh";

    private final String preparation;
    private final List<String> variables;
    private final List<String> commands = new ArrayList<>();

    Hints(Stage stage) {
        String kafka = "--bootstrap-server localhost:" + stage.broker().port();
        String connector = "http://localhost:" + stage.worker().port() + "/connectors/" + stage.connectorName();
        preparation = "cd " + stage.shown(stage.folder()) + " && . ./" + VARIABLES_FILE + " && cat " + FILE;
        variables = List.of(
            "# The variables of docs/RUNBOOK.md for this demo.",
            "export PATH='" + stage.tools() + "'\":$PATH\"",
            "export JAR='" + stage.jar() + "'",
            "export TOPIC='" + stage.topic() + "'",
            "export ENDPOINT='" + stage.shownUrl().replaceFirst("^ws", "http") + "'",
            "export GROUP=my-application",
            "export BROKER_JMX=localhost:" + stage.brokerJmxPort(),
            "export WORKER_LOG='" + stage.worker().process().log() + "'",
            "export JMX_LOGIN=",
            "unset JMX_PORT KAFKA_JMX_OPTS KAFKA_OPTS");
        commands.add("kafka-console-consumer.sh " + kafka + " --topic " + stage.topic());
        commands.add("curl -s " + connector + "/status | jq .");
        if (stage.feed() != null) {
            commands.add("curl -X POST http://localhost:" + stage.feed().port() + "/_drop   # cut the connection, see it come back");
        }
        commands.add("curl -X PUT " + connector + "/pause   # and …/resume");
        commands.add("kafka-topics.sh " + kafka + " --describe --topic " + stage.topic());
        commands.add("kafka-jmx.sh --jmx-url " + jmxUrl(stage.worker().jmxPort())
            + " --object-name 'io.conduktor.connect.websocket:*' --one-time");
        commands.add("kafka-broker-api-versions.sh " + kafka);
        commands.add("kafka-consumer-groups.sh " + kafka + " --all-groups --describe");
        commands.add("kafka-jmx.sh --jmx-url " + jmxUrl(stage.brokerJmxPort())
            + " --object-name kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec --one-time");
        commands.add("cat connector-config.json | jq .config");
        commands.add("jconsole localhost:" + stage.worker().jmxPort());
    }

    /** Writes them to a file in the demo's folder, for terminals too narrow to show them whole, and the variables to another. */
    void save(Path folder) throws IOException {
        Files.write(folder.resolve(FILE), commands);
        Files.write(folder.resolve(VARIABLES_FILE), variables);
    }

    /** The line to type first. */
    String preparation() {
        return preparation;
    }

    /** The most telling ones first. */
    List<String> commands() {
        return commands;
    }

    private static String jmxUrl(int port) {
        return "service:jmx:rmi:///jndi/rmi://localhost:" + port + "/jmxrmi";
    }
}
