package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.Ports;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A broker and a worker on the very ports that the runbook names, and an operator's shell beside them. */
final class RunbookStage implements AutoCloseable {
    static final String CONNECTOR = "websocket-source";
    private static final int REST_PORT = 8083;
    private static final int WORKER_JMX_PORT = 9999;
    private static final int KAFKA_PORT = 9092;
    private static final int BROKER_JMX_PORT = 9998;
    /** The last line of the page's variables. */
    static final String UNSET = "unset JMX_PORT KAFKA_JMX_OPTS KAFKA_OPTS\n";
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(90);
    /** Stands in for kubectl: the worker's log and process are the pod's. */
    private static final String KUBECTL = """
        #!/bin/sh
        case "$*" in
            'logs -l app=kafka-connect --tail=100') tail -n 100 '%s' ;;
            'delete pod -l app=kafka-connect') kill %d && echo 'pod "kafka-connect-0" deleted' ;;
            *) echo "kubectl: not expected: $*" >&2; exit 1 ;;
        esac
        """;

    private final Path folder = Suite.folder("runbook");
    private final Path wscat;
    private KafkaBroker broker;
    private Cluster cluster;

    private RunbookStage(Path wscat) {
        this.wscat = wscat;
    }

    /** @param wscat the folder with it */
    static RunbookStage start(Path wscat) {
        for (int port : List.of(REST_PORT, WORKER_JMX_PORT, KAFKA_PORT, BROKER_JMX_PORT)) {
            if (!Ports.isFree(port)) {
                throw new IllegalStateException("port " + port + " is taken, and the runbook's commands name it: end what uses it (the demo does)");
            }
        }
        RunbookStage stage = new RunbookStage(wscat);
        try {
            stage.broker = KafkaBroker.start(Suite.installation(), "runbook-broker", KAFKA_PORT, BROKER_JMX_PORT);
            ConnectWorker worker = ConnectWorker.options(Suite.installation(), "runbook-worker", stage.broker.bootstrapServers())
                .distributed("runbook").port(REST_PORT).jmxPort(WORKER_JMX_PORT).start();
            stage.cluster = new Cluster(stage.broker, worker);
            stage.prepareFolder();
            return stage;
        } catch (IOException e) {
            stage.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | AssertionError e) {
            stage.close();
            throw e;
        }
    }

    ConnectWorker worker() {
        return cluster.worker();
    }

    KafkaBroker broker() {
        return broker;
    }

    /** Where the shell's commands run. */
    Path folder() {
        return folder;
    }

    /** The runbook's connector on a feed, with a topic of its own name; not created yet. */
    TestConnector connector(Feed feed, String path) {
        return new TestConnector(cluster, CONNECTOR, feed.url(path));
    }

    /** Writes the {@code connector-config.json} that the runbook's commands read. */
    void save(TestConnector connector) {
        try {
            var root = JsonNodeFactory.instance.objectNode().put("name", connector.name());
            root.set("config", new ObjectMapper().valueToTree(connector.config()));
            Files.writeString(folder.resolve("connector-config.json"), root.toPrettyString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a command left on its two outputs; {@code exitCode} is 124 if it had to be ended. */
    record Result(int exitCode, String out, String err) {
    }

    /** An operator's shell in the worker's pod: in the stage's folder, with the runbook's variables set and what it unsets unset. */
    final class Shell {
        private final Map<String, String> environment = new TreeMap<>();
        private boolean terminal;
        private Duration limit = COMMAND_LIMIT;

        private Shell(String endpoint) {
            environment.put("JAR", Suite.installation().jar().toString());
            environment.put("TOPIC", CONNECTOR);
            environment.put("ENDPOINT", endpoint);
            environment.put("GROUP", "readers");
            environment.put("BROKER_JMX", "localhost:" + BROKER_JMX_PORT);
            environment.put("WORKER_LOG", worker().process().log().toString());
            environment.put("JMX_LOGIN", "");
            environment.put("JMX_PORT", Integer.toString(WORKER_JMX_PORT));
        }

        /** The values of the variables that the page has the operator set or unset. */
        Map<String, String> variables() {
            return environment;
        }

        /** Gives the commands a terminal. Their two outputs are one then. */
        Shell onTerminal() {
            terminal = true;
            return this;
        }

        /** Ends what still runs after this time, as Ctrl-C would. */
        Shell endedAfter(Duration time) {
            limit = time;
            return this;
        }

        Result run(String commands) {
            try {
                Path script = Files.writeString(folder.resolve("commands.sh"), UNSET + commands);
                File out = folder.resolve("out").toFile();
                File err = folder.resolve("err").toFile();
                List<String> command = terminal ? List.of("script", "-qec", "bash " + script, "/dev/null") : List.of("bash", script.toString());
                ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out).redirectError(err)
                    .redirectInput(new File("/dev/null"));
                builder.environment().putAll(environment);
                builder.environment().merge("PATH", folder.resolve("bin") + ":" + Suite.kafkaTools() + ":" + wscat, (path, ours) -> ours + ":" + path);
                Process process = builder.start();
                boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.descendants().forEach(ProcessHandle::destroy);
                    process.destroy();
                    process.waitFor();
                }
                return new Result(ended ? process.exitValue() : 124, Files.readString(out.toPath()), Files.readString(err.toPath()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Await.Stop("interrupted in " + commands);
            }
        }
    }

    /** @param endpoint what {@code ENDPOINT} is to be */
    Shell shell(String endpoint) {
        return new Shell(endpoint);
    }

    /** Waits for the pod to be gone and starts another one, as its deployment would. */
    void replacePod() {
        Await.until("the worker to end", TestConnector.LIMIT, () -> !worker().process().isAlive());
        worker().start();
        installKubectl();
    }

    @Override
    public void close() {
        if (cluster != null) {
            cluster.worker().close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    private void prepareFolder() throws IOException {
        Files.createDirectories(folder.resolve("bin"));
        Files.createSymbolicLink(folder.resolve("jmxterm.jar"), Path.of(System.getProperty("harness.jmxterm")));
        Files.createSymbolicLink(folder.resolve("ops"), Path.of("ops").toAbsolutePath());
        installKubectl();
    }

    private void installKubectl() {
        try {
            Path kubectl = folder.resolve("bin").resolve("kubectl");
            Files.writeString(kubectl, KUBECTL.formatted(worker().process().log(), worker().process().pid()));
            Files.setPosixFilePermissions(kubectl, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
