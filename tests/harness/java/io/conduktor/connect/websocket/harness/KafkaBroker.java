package io.conduktor.connect.websocket.harness;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;

/**
 * A single-node Kafka in KRaft mode. {@link #stop} and {@link #start} keep its data and port; {@link #close} removes the data.
 * Not thread-safe.
 */
public final class KafkaBroker implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration FORMAT_LIMIT = Duration.ofSeconds(60);

    private final Installation installation;
    private final String name;
    private final Path folder;
    private final int port;
    private final JavaCommand command;
    private ServerProcess process;

    private KafkaBroker(Installation installation, String name, int port, int jmxPort) {
        this.installation = installation;
        this.name = name;
        this.folder = installation.work().resolve(name);
        this.port = port;
        this.command = JavaCommand.of(installation, JavaCommand.currentJava(), folder, jmxPort, List.of());
    }

    /** Starts a broker with empty storage on a free port. */
    public static KafkaBroker start(Installation installation, String name) {
        return start(installation, name, Ports.free(), 0);
    }

    /**
     * Formats fresh storage, starts a broker and returns when it answers.
     *
     * @param name names its folder and its log
     * @param jmxPort 0 for no remote JMX
     */
    public static KafkaBroker start(Installation installation, String name, int port, int jmxPort) {
        Folders.delete(installation.work().resolve(name));
        Folders.delete(installation.log(name));
        KafkaBroker broker = new KafkaBroker(installation, name, port, jmxPort);
        try {
            broker.format();
            broker.start();
            return broker;
        } catch (RuntimeException | AssertionError e) {
            broker.close();
            throw e;
        }
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /** The broker's process; another one after each start. */
    public ServerProcess process() {
        return process;
    }

    /** Starts the stopped broker again and returns when it answers. */
    public void start() {
        process = ServerProcess.start(name, installation.log(name), command.run("kafka.Kafka", configuration()));
        try (Admin admin = admin()) {
            process.awaitReady(START_LIMIT, () -> !admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).isEmpty());
        }
    }

    /** Stops the broker and keeps its data. */
    public void stop() {
        if (process != null) {
            process.stop();
        }
    }

    /** An admin client; the caller closes it. */
    public Admin admin() {
        Properties properties = new Properties();
        properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
        return Admin.create(properties);
    }

    /** Creates a topic with one replica. */
    public void createTopic(String topic, int partitions) {
        try (Admin admin = admin()) {
            admin.createTopics(Set.of(new NewTopic(topic, partitions, (short) 1))).all().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot create topic " + topic, e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("cannot create topic " + topic + " within 30 s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted while creating topic " + topic);
        }
    }

    @Override
    public void close() {
        stop();
        Folders.delete(folder);
    }

    private Path configuration() {
        return folder.resolve("server.properties");
    }

    private void format() {
        int controllerPort = Ports.free();
        Folders.write(configuration(), Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", "1"),
            Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controllerPort),
            Map.entry("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort),
            Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port),
            Map.entry("controller.listener.names", "CONTROLLER"),
            Map.entry("inter.broker.listener.name", "PLAINTEXT"),
            Map.entry("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
            Map.entry("log.dirs", folder.resolve("data").toString()),
            Map.entry("offsets.topic.num.partitions", "1"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("transaction.state.log.num.partitions", "1"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("group.initial.rebalance.delay.ms", "0")));
        List<String> format = command.run("kafka.tools.StorageTool", "format", "-t", Uuid.randomUuid(), "-c", configuration());
        format.removeIf(argument -> argument.startsWith("-Dcom.sun.management.jmxremote"));
        try (ServerProcess formatting = ServerProcess.start(name + "-format", installation.log(name), format)) {
            int status = formatting.awaitExit(FORMAT_LIMIT);
            if (status != 0) {
                throw new IllegalStateException("formatting the storage failed with status " + status + "; the end of the log:\n"
                    + formatting.logTail());
            }
        }
    }
}
