package io.conduktor.connect.websocket.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Connect worker. {@link #stop} and {@link #start} keep its files and ports; {@link #close} removes the files.
 * Not thread-safe.
 */
public final class ConnectWorker implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);

    private final Installation installation;
    private final String name;
    private final Path folder;
    private final int port;
    private final int jmxPort;
    private final boolean distributed;
    private final List<Path> connectorFiles;
    private final Map<String, String> environment;
    private final JavaCommand command;
    private final RestClient rest;
    private ServerProcess process;

    private ConnectWorker(Options options) {
        installation = options.installation;
        name = options.name;
        folder = installation.work().resolve(name);
        port = options.port != 0 ? options.port : Ports.free();
        jmxPort = options.jmxPort != 0 ? options.jmxPort : Ports.free();
        distributed = options.group != null;
        connectorFiles = List.copyOf(options.connectorFiles);
        environment = Map.copyOf(options.environment);
        List<String> jvmArguments = new ArrayList<>(argumentsOfAll());
        jvmArguments.addAll(options.jvmArguments);
        command = JavaCommand.of(installation, options.java, folder, jmxPort, jvmArguments);
        rest = new RestClient(URI.create("http://127.0.0.1:" + port));
    }

    /** Arguments for the JVM of every worker, from the system property {@code harness.worker.arguments}, for example {@code -Xcheck:jni}. */
    public static List<String> argumentsOfAll() {
        String arguments = System.getProperty("harness.worker.arguments", "");
        return arguments.isEmpty() ? List.of() : List.of(arguments.split(" "));
    }

    /** What is to be started; unless told otherwise a standalone worker with our connector as its only plugin. */
    public static Options options(Installation installation, String name, String bootstrapServers) {
        return new Options(installation, name, bootstrapServers);
    }

    /** See {@link ConnectWorker#options}. */
    public static final class Options {
        private final Installation installation;
        private final String name;
        private final String bootstrapServers;
        private final Map<String, String> properties = new HashMap<>();
        private final List<String> jvmArguments = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private final List<Path> connectorFiles = new ArrayList<>();
        private List<Path> plugins;
        private Path java = JavaCommand.currentJava();
        private String group;
        private int port;
        private int jmxPort;

        private Options(Installation installation, String name, String bootstrapServers) {
            this.installation = installation;
            this.name = name;
            this.bootstrapServers = bootstrapServers;
            this.plugins = List.of(installation.jar());
        }

        /** A distributed worker; workers of one group share the work. Topics are named after the group. */
        public Options distributed(String groupId) {
            group = groupId;
            return this;
        }

        /** The REST port; a free one if not called. */
        public Options port(int value) {
            port = value;
            return this;
        }

        /** The remote JMX port; a free one if not called. */
        public Options jmxPort(int value) {
            jmxPort = value;
            return this;
        }

        /** The JARs to load as plugins, each in a folder (and so in a class loader) of its own. */
        public Options plugins(List<Path> jars) {
            plugins = List.copyOf(jars);
            return this;
        }

        /** A worker property beyond, or instead of, the ones that are set anyway. */
        public Options property(String key, String value) {
            properties.put(key, value);
            return this;
        }

        /** How plugins are found: {@code service_load}, {@code hybrid_fail}, {@code hybrid_warn} or {@code only_scan}. */
        public Options pluginDiscovery(String value) {
            return property("plugin.discovery", value);
        }

        /** Adds arguments for its JVM, for example {@code -Xcheck:jni}. */
        public Options jvmArguments(String... arguments) {
            jvmArguments.addAll(List.of(arguments));
            return this;
        }

        /** Adds an environment variable. */
        public Options environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** Files of connectors, as properties, that a standalone worker creates when it starts. */
        public Options connectorFiles(Path... files) {
            connectorFiles.addAll(List.of(files));
            return this;
        }

        /** The {@code java} executable to run it with. */
        public Options java(Path executable) {
            java = executable;
            return this;
        }

        /** Starts the worker in fresh folders and returns when its REST API answers. */
        public ConnectWorker start() {
            Folders.delete(installation.work().resolve(name));
            Folders.delete(installation.log(name));
            ConnectWorker worker = new ConnectWorker(this);
            try {
                worker.installPlugins(plugins);
                Folders.write(worker.configuration(), worker.properties(this));
                worker.start();
                return worker;
            } catch (RuntimeException | AssertionError e) {
                worker.close();
                throw e;
            }
        }
    }

    /** Starts the stopped worker again and returns when its REST API answers. */
    public void start() {
        String main = "org.apache.kafka.connect.cli." + (distributed ? "ConnectDistributed" : "ConnectStandalone");
        List<Path> files = new ArrayList<>(List.of(configuration()));
        files.addAll(connectorFiles);
        process = ServerProcess.start(name, installation.log(name), command.run(main, files.toArray()), environment);
        process.awaitReady(START_LIMIT, rest::isReady);
    }

    /** Stops the worker (SIGTERM) and keeps its files. */
    public void stop() {
        if (process != null) {
            process.stop();
        }
    }

    public RestClient rest() {
        return rest;
    }

    /** A new connection to its remote JMX server; the caller closes it. */
    public JmxClient jmx() {
        return JmxClient.connect(jmxPort);
    }

    public int port() {
        return port;
    }

    public int jmxPort() {
        return jmxPort;
    }

    /** The worker's process; another one after each start. */
    public ServerProcess process() {
        return process;
    }

    /** Its {@code plugin.path}. */
    public Path pluginPath() {
        return folder.resolve("plugins");
    }

    @Override
    public void close() {
        stop();
        Folders.delete(folder);
    }

    private Path configuration() {
        return folder.resolve("worker.properties");
    }

    private void installPlugins(List<Path> jars) {
        try {
            Files.createDirectories(pluginPath());
            for (int i = 0; i < jars.size(); i++) {
                Path plugin = Files.createDirectories(pluginPath().resolve("plugin-" + i));
                Files.copy(jars.get(i), plugin.resolve(jars.get(i).getFileName()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> properties(Options options) {
        Map<String, String> result = new HashMap<>();
        result.put("bootstrap.servers", options.bootstrapServers);
        result.put("listeners", "http://127.0.0.1:" + port);
        result.put("plugin.path", pluginPath().toString());
        result.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        result.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        result.put("offset.flush.interval.ms", "1000");
        if (distributed) {
            result.put("group.id", options.group);
            for (String storage : List.of("offset", "config", "status")) {
                result.put(storage + ".storage.topic", options.group + "-" + storage);
                result.put(storage + ".storage.replication.factor", "1");
            }
            result.put("offset.storage.partitions", "1");
            result.put("status.storage.partitions", "1");
            result.put("scheduled.rebalance.max.delay.ms", "0");
        } else {
            result.put("offset.storage.file.filename", folder.resolve("offsets").toString());
        }
        result.putAll(options.properties);
        return result;
    }
}
