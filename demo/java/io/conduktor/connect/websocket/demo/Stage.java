package io.conduktor.connect.websocket.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Installation;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.KafkaTools;
import io.conduktor.connect.websocket.harness.Ports;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** All that the demo starts: broker, worker, feed and connector, in this order, and in the reverse one at the end. */
final class Stage implements AutoCloseable {
    private static final Path EXAMPLE = Path.of("examples", "connector-config.json");
    private static final String FEED_PATH = "/market";
    private static final int KAFKA_PORT = 9092;
    private static final int REST_PORT = 8083;
    private static final int WORKER_JMX_PORT = 9999;
    private static final int BROKER_JMX_PORT = 9998;

    private final Installation installation;
    private final PrintStream out;
    private final Path configFile;
    private final Path tools;
    private int steps;
    private int step;
    private int brokerJmxPort;
    private KafkaBroker broker;
    private ConnectWorker worker;
    private Feed feed;
    private String url;
    private JsonNode connector;

    private Stage(Installation installation, PrintStream out) {
        this.installation = installation;
        this.out = out;
        this.configFile = installation.work().resolve("connector-config.json");
        this.tools = installation.work().resolve("bin");
    }

    /**
     * Starts everything and tells the steps.
     *
     * @throws IOException if the example cannot be read or a file of the demo not be written
     */
    static Stage set(Installation installation, Request request, PrintStream out) throws IOException {
        Stage stage = new Stage(installation, out);
        try {
            stage.start(request);
            return stage;
        } catch (IOException | RuntimeException | AssertionError e) {
            stage.close();
            throw e;
        }
    }

    KafkaBroker broker() {
        return broker;
    }

    ConnectWorker worker() {
        return worker;
    }

    /** Our own feed, or {@code null} if the user brought one. */
    Feed feed() {
        return feed;
    }

    /** The feed's URL without what may be secret in it. */
    String shownUrl() {
        return url.replaceFirst("(?<=://)[^/@]*@", "").replaceFirst("[?#].*$", "");
    }

    String connectorName() {
        return connector.path("name").asText();
    }

    String topic() {
        return connector.path("config").path("kafka.topic").asText();
    }

    int brokerJmxPort() {
        return brokerJmxPort;
    }

    Path folder() {
        return installation.work();
    }

    /** The folder of Kafka's command-line tools. */
    Path tools() {
        return tools;
    }

    /** The connector. */
    Path jar() {
        return installation.jar();
    }

    /** A path as the user would type it. */
    Path shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) ? here.relativize(path) : path;
    }

    String kafkaVersion() {
        return installation.version();
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
        if (broker != null) {
            broker.close();
        }
        if (feed != null) {
            feed.close();
        }
        Folders.delete(configFile);
        Folders.delete(folder().resolve(Hints.FILE));
        Folders.delete(folder().resolve(Hints.VARIABLES_FILE));
        Folders.delete(tools);
    }

    private void start(Request request) throws IOException {
        steps = request.url().isPresent() ? 3 : 4;
        int kafkaPort = port("Kafka", KAFKA_PORT);
        int restPort = port("Connect's REST API", REST_PORT);
        int jmxPort = port("the worker's JMX", WORKER_JMX_PORT);
        brokerJmxPort = Ports.preferably(BROKER_JMX_PORT);
        broker = timed("Kafka " + installation.version() + " on localhost:" + kafkaPort,
            () -> KafkaBroker.start(installation, "broker", kafkaPort, brokerJmxPort));
        worker = timed("Connect worker on http://localhost:" + restPort + ", JMX on localhost:" + jmxPort,
            () -> ConnectWorker.options(installation, "worker", broker.bootstrapServers()).port(restPort).jmxPort(jmxPort)
                .property("config.providers", "env")
                .property("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider")
                .property("config.providers.env.param.allowlist.pattern", Request.TOKEN)
                .start());
        if (request.url().isEmpty()) {
            feed = timed("feed server", () -> Feed.start(installation, "feed"));
        }
        url = request.url().orElseGet(() -> feed.url(FEED_PATH));
        connector = configuration(request);
        Files.writeString(configFile, connector.toPrettyString() + System.lineSeparator());
        KafkaTools.install(tools, installation);
        broker.createTopic(topic(), 1);
        timed("connector " + connectorName() + " for " + shownUrl(), () -> worker.rest().create(connector));
    }

    private int port(String what, int wanted) {
        int port = Ports.preferably(wanted);
        if (port != wanted) {
            out.println("Port " + wanted + " is taken: " + what + " uses " + port + " instead");
        }
        return port;
    }

    private <T> T timed(String what, Supplier<T> start) {
        out.printf("[%d/%d] %s … ", ++step, steps, what);
        out.flush();
        long before = System.nanoTime();
        T started = start.get();
        out.printf("ready after %.1f s%n", (System.nanoTime() - before) / 1e9);
        return started;
    }

    /** The example with the user's values; the token only as a reference, which the worker resolves. */
    private JsonNode configuration(Request request) throws IOException {
        JsonNode root = new ObjectMapper().readTree(EXAMPLE.toFile());
        ObjectNode config = (ObjectNode) root.path("config");
        config.put("websocket.url", url);
        if (request.url().isPresent()) {
            config.remove("websocket.subscription.message");   // the example's is for our own feed
        }
        request.subscription().ifPresent(message -> config.put("websocket.subscription.message", message));
        if (request.hasToken()) {
            config.put("websocket.auth.token", "${env:" + Request.TOKEN + "}");
        }
        return root;
    }
}
