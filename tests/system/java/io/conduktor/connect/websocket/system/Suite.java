package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.KafkaTools;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.apache.kafka.connect.transforms.Transformation;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * The servers that test classes share. Each is started when it is first asked for and stopped after the last test. Tests keep to
 * connectors, topics and feeds of their own.
 */
public final class Suite implements LauncherSessionListener {
    private static final Installation INSTALLATION = Installation.fromSystemProperties();
    private static final Deque<AutoCloseable> STARTED = new ArrayDeque<>();
    private static KafkaBroker broker;
    private static Cluster shared;
    private static Cluster standalone;
    private static SecureFeed secureFeed;
    private static Path kafkaTools;
    private static Optional<MonitoredWorker> monitored;

    /** For JUnit's service loader. */
    public Suite() {
    }

    public static Installation installation() {
        return INSTALLATION;
    }

    /** The broker of the Kafka version under test. */
    public static synchronized KafkaBroker broker() {
        if (broker == null) {
            broker = started(KafkaBroker.start(INSTALLATION, "broker"));
        }
        return broker;
    }

    /** A distributed worker, alone in its group. It trusts what a JVM trusts by default, and has {@link SlowTransform}. */
    public static synchronized Cluster shared() {
        if (shared == null) {
            ConnectWorker.Options options = ConnectWorker.options(INSTALLATION, "shared", broker().bootstrapServers());
            options.distributed("shared").pluginDiscovery("service_load").plugins(List.of(INSTALLATION.jar(), transformJar()));
            shared = new Cluster(broker(), started(options.start()));
        }
        return shared;
    }

    /** A feed that serves TLS with a certificate of its own authority. */
    public static synchronized SecureFeed secureFeed() {
        if (secureFeed == null) {
            secureFeed = started(SecureFeed.start(INSTALLATION));
        }
        return secureFeed;
    }

    /** A standalone worker that trusts {@link #secureFeed} and reads secrets from files and from {@code FEED_…} variables. */
    public static synchronized Cluster standalone() {
        if (standalone == null) {
            ConnectWorker.Options options = ConnectWorker.options(INSTALLATION, "standalone", broker().bootstrapServers());
            options.jvmArguments(secureFeed().trustArguments());
            options.environment("FEED_TOKEN", "t0ken-of-the-environment");
            options.property("config.providers", "file,env");
            options.property("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
            options.property("config.providers.file.param.allowed.paths", INSTALLATION.work().toString());
            options.property("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
            options.property("config.providers.env.param.allowlist.pattern", "FEED_.*");
            standalone = new Cluster(broker(), started(options.start()));
        }
        return standalone;
    }

    /** The folder with Kafka's command-line tools. */
    public static synchronized Path kafkaTools() {
        if (kafkaTools == null) {
            kafkaTools = folder("kafka-tools");
            KafkaTools.install(kafkaTools, INSTALLATION);
        }
        return kafkaTools;
    }

    /**
     * A worker under the eyes of a Prometheus whose alerts decide after seconds, with a broker of its own; empty where Prometheus cannot be
     * had.
     *
     * @throws IllegalStateException if it cannot be had in CI; says why
     */
    public static synchronized Optional<MonitoredWorker> monitored() throws IOException {
        if (monitored == null) {
            monitored = MonitoredWorker.start(MonitoredWorker::hasty, Map.of());
            monitored.ifPresent(Suite::started);
        }
        return monitored;
    }

    /** A feed of the caller's own; the caller closes it. */
    public static Feed feed(String name, String... arguments) {
        return Feed.start(INSTALLATION, "feed-" + name, arguments);
    }

    /** An empty folder for a test's files. */
    public static Path folder(String name) {
        Path folder = INSTALLATION.work().resolve(name);
        Folders.delete(folder);
        return folder;
    }

    /** Prints a measured figure, so that it can be quoted. */
    public static void figure(String format, Object... values) {
        System.out.println("FIGURE " + String.format(format, values));
    }

    @Override
    public void launcherSessionClosed(LauncherSession session) {
        stopAll();
    }

    private static Path transformJar() {
        String name = SlowTransform.class.getName();
        String file = name.replace('.', '/') + ".class";
        Path jar = folder("transform").resolve("slow-transform.jar");
        try (InputStream compiled = Suite.class.getClassLoader().getResourceAsStream(file)) {
            Files.createDirectories(jar.getParent());
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
                out.putNextEntry(new ZipEntry(file));
                compiled.transferTo(out);
                out.putNextEntry(new ZipEntry("META-INF/services/" + Transformation.class.getName()));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized <T extends AutoCloseable> T started(T server) {
        STARTED.push(server);
        return server;
    }

    private static synchronized void stopAll() {
        while (!STARTED.isEmpty()) {
            try {
                STARTED.pop().close();
            } catch (Exception e) {
                System.err.println("A server could not be stopped: " + e);
            }
        }
    }
}
