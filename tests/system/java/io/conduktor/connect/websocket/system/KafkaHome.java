package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.KafkaTools;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder laid out as Kafka's archive. Its scripts, which are in no Maven artifact, start the same main classes as Kafka's; those of
 * the workers heed {@code KAFKA_HEAP_OPTS}, {@code KAFKA_OPTS}, {@code KAFKA_JMX_OPTS} and {@code KAFKA_LOG4J_OPTS} as theirs do.
 */
record KafkaHome(Path folder) {
    private static final Map<String, String> MAIN_CLASSES = Map.of(
        "connect-distributed.sh", "org.apache.kafka.connect.cli.ConnectDistributed",
        "connect-standalone.sh", "org.apache.kafka.connect.cli.ConnectStandalone");

    static KafkaHome create(Installation installation, Path folder) throws IOException {
        Folders.delete(folder);
        Path scripts = folder.resolve("bin");
        KafkaTools.install(scripts, installation);
        Files.createDirectories(folder.resolve("config"));
        Files.createSymbolicLink(folder.resolve("libs"), installation.libraries());
        try (InputStream logging = KafkaHome.class.getResourceAsStream("/io/conduktor/connect/websocket/harness/log4j2.xml")) {
            Files.copy(logging, folder.resolve("config/connect-log4j2.xml"));
        }
        for (Map.Entry<String, String> script : MAIN_CLASSES.entrySet()) {
            Path file = Files.writeString(scripts.resolve(script.getKey()), "#!/bin/sh\nhome=$(cd \"$(dirname \"$0\")/..\" && pwd)\n"
                + ": \"${KAFKA_LOG4J_OPTS:=-Dlog4j2.configurationFile=$home/config/connect-log4j2.xml}\"\n"
                + "exec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "' ${KAFKA_HEAP_OPTS:--Xmx512m}"
                + " -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true $KAFKA_JMX_OPTS $KAFKA_LOG4J_OPTS -cp \"$home/libs/*\" $KAFKA_OPTS "
                + script.getValue() + " \"$@\"\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return new KafkaHome(folder);
    }

    /** Writes a worker's configuration, as Kafka ships it but for addresses, topics and files. */
    void configure(String file, String bootstrapServers, int port, Map<String, String> more) {
        String converter = "org.apache.kafka.connect.json.JsonConverter";
        Map<String, String> properties = new TreeMap<>(Map.of("bootstrap.servers", bootstrapServers,
            "listeners", "http://127.0.0.1:" + port, "key.converter", converter, "value.converter", converter));
        properties.putAll(more);
        Folders.write(configuration(file), properties);
    }

    /** Puts the JAR, alone in a folder, among the plugins, and returns the {@code plugin.path}. */
    Path plugins(Path jar) throws IOException {
        Path plugins = folder.resolve("plugins");
        Files.copy(jar, Files.createDirectories(plugins.resolve("kafka-connect-websocket")).resolve(jar.getFileName()));
        return plugins;
    }

    Path configuration(String file) {
        return folder.resolve("config").resolve(file);
    }

    /** What a distributed worker of its own group, on one broker, needs besides. */
    static Map<String, String> distributed(String group) {
        Map<String, String> properties = new TreeMap<>(Map.of("group.id", group));
        properties.put("offset.storage.partitions", "1");
        properties.put("status.storage.partitions", "1");
        for (String storage : new String[] {"offset", "config", "status"}) {
            properties.put(storage + ".storage.topic", group + "-" + storage);
            properties.put(storage + ".storage.replication.factor", "1");
        }
        return properties;
    }
}
