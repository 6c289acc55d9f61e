package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.RestException;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A canary in every place of a configuration that can hold a secret, servers that send them back, all our loggers at TRACE, the wire log
 * among them: no output of the worker shows one. Left out is what Connect itself shows by design: its answers with a connector's
 * configuration and its config topic, and the JVM's own command line, in java.lang:type=Runtime and among the first lines of its log.
 */
@Tag("long")
class CanariesTest {
    private static final String OURS = "io.conduktor.connect.websocket";
    private static final List<String> LOGGERS = List.of(OURS, OURS + ".wire", "okhttp3");
    private static final String STORE_PASSWORD = "canary-store-q9";
    private static final String NAME = "canaries";
    private static final String COMMAND_LINE = "jvm.args = ";
    private static final String VARIABLE = "FEED_TOKEN";
    /** How long nothing more may come from a topic before it counts as read. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    private final List<String> leaks = new ArrayList<>();
    private Cluster cluster;

    @Test
    void noOutputShowsACanary() throws IOException, GeneralSecurityException {
        Path store = trustStore();
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), NAME, Suite.broker().bootstrapServers()).distributed(NAME)
            .jvmArguments("-Djavax.net.ssl.trustStore=" + store, "-Djavax.net.ssl.trustStorePassword=" + STORE_PASSWORD)
            .environment(VARIABLE, Canaries.TOKEN)
            .property("config.providers", "env")
            .property("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
        try (Feed feed = Suite.feed(NAME); ConnectWorker worker = options.start()) {
            cluster = new Cluster(Suite.broker(), worker);
            LOGGERS.forEach(logger -> worker.rest().logLevel(logger, "TRACE"));
            connectorsThatWork(feed);
            connectorsThatFail(feed);
            storesThatCannotBeRead(store);
            configurationsThatAreRefused();
            search("the offset topic", topic(NAME + "-offset"));
            search("the status topic", topic(NAME + "-status"));
            searchLog(worker);
        }
        assertEquals(List.of(), leaks);
    }

    private void connectorsThatWork(Feed feed) {
        String path = "/numbered?rate=0&count=1&subscribe=required&stream=" + Canaries.QUERY;
        for (String url : List.of(feed.url(path), Suite.secureFeed().feed().url(path))) {
            try (TestConnector connector = connector("works-" + url.split(":")[0], url).applyAndConnect()) {
                connector.awaitSettled(1);
                Await.until("an offset", TestConnector.LIMIT, () -> connector.storedSequence() == 1);
                searchOutputs(connector);
            }
        }
        // Proof that the canaries went where they belong, so that the search is for something that is there.
        assertTrue(feed.stats().toString().contains(Canaries.SUBSCRIPTION), feed.stats()::toString);
        try (TestConnector connector = connector("headers", feed.url("/headers?subscribe=required")).applyAndConnect();
                TopicReader topic = connector.topic()) {
            String sent = topic.texts(1, TestConnector.LIMIT).get(0);
            List.of(Canaries.LISTED, Canaries.HEADER, Canaries.PROTOCOL, Canaries.TOKEN).forEach(canary -> assertTrue(sent.contains(canary), sent));
        }
        // Too long, so that the log tells of it; the echo is the subscription message.
        try (TestConnector connector = connector("oversize", feed.url("/echo")).set("websocket.max.message.bytes", "5").applyAndConnect()) {
            connector.awaitBooks("an echo", books -> books.oversize() == 1);
            searchOutputs(connector);
        }
        // The echoes acknowledge the login and the subscription, or nothing would come; they are the messages of this feed.
        TestConnector login = connector("login", feed.url("/echo"));
        Canaries.LOGIN_KEYS.forEach(login::set);
        login.set("websocket.event.topic", login.name() + "-events");
        try (TestConnector connector = login.applyAndConnect(); TopicReader topic = connector.topic()) {
            String sent = String.join("\n", topic.texts(2, TestConnector.LIMIT));
            List.of(Canaries.LOGIN, Canaries.SECRET, Canaries.MESSAGES).forEach(canary -> assertTrue(sent.contains(canary), sent));
            searchOutputs(connector);
            search("the event topic", topic(connector.name() + "-events"));
        }
        // What the call brings goes into the subscription, which the feed waits for, and shows that the token was let in.
        TestConnector access = connector("access", feed.url("/behind-token?token={{pre.token}}&count=1&subscribe=required&words=" + Canaries.SUBSCRIPTION));
        Canaries.ACCESS_KEYS.forEach(access::set);
        access.set("websocket.auth.oauth2.token.url", http(feed, "/oauth2/token?life_ms=3600000&secret=" + Canaries.CLIENT));
        access.set("websocket.preconnect.url", http(feed, "/ticket?note=" + Canaries.CALLED));
        try (TestConnector connector = access.applyAndConnect()) {
            connector.awaitSettled(1);
            searchOutputs(connector);
        }
        TestConnector basic = connector("basic", feed.url("/headers?subscribe=required"));
        Canaries.BASIC_KEYS.forEach(basic::set);
        try (TestConnector connector = basic.applyAndConnect(); TopicReader topic = connector.topic()) {
            String sent = topic.texts(1, TestConnector.LIMIT).get(0);
            String credentials = Base64.getEncoder().encodeToString(("user:" + Canaries.BASIC).getBytes(StandardCharsets.UTF_8));
            assertTrue(sent.contains("Basic " + credentials), sent);
            searchOutputs(connector);
        }
        try (TestConnector connector = connector("provided", feed.url(path)).set("websocket.auth.token", "${env:" + VARIABLE + "}").applyAndConnect()) {
            String config = connector.rest().config(connector.name()).toString();
            assertFalse(config.contains(Canaries.TOKEN), config);
            searchOutputs(connector);
        }
    }

    private static String http(Feed feed, String path) {
        return feed.url(path).replaceFirst("^ws", "http");
    }

    private void connectorsThatFail(Feed feed) {
        String all = String.join("%20", Canaries.words()).replace("+", "%2B");
        Map<String, String> urls = new TreeMap<>();
        urls.put("refused", feed.url("/status?code=403&body=" + all + "&header=X-Why:" + all));
        urls.put("redirect", feed.url("/redirect?to=/silence?token=" + Canaries.TOKEN));
        urls.put("query", feed.url("/numbered?rate=" + Canaries.QUERY));
        urls.put("unreachable", "ws://127.0.0.1:1/?token=" + Canaries.QUERY);
        urls.put("unknown-host", "ws://no-such-host.invalid/?token=" + Canaries.QUERY);
        urls.put("no-tls", feed.url("/silence?stream=" + Canaries.QUERY).replace("ws://", "wss://"));
        List<String> words = Canaries.words();
        for (int i = 0; i < words.size(); i++) {
            urls.put("closed-" + i, feed.url("/close?code=4001&after=1&reason=bad%20" + words.get(i).replace("+", "%2B")));
        }
        urls.forEach((name, url) -> {
            try (TestConnector connector = connector(name, url).set("websocket.reconnect.enabled", "false").apply()) {
                search("the trace of " + name, connector.awaitTrace());
                searchOutputs(connector);
            }
        });
    }

    /** Passwords that do not fit, and keys in PEM that are none. */
    private void storesThatCannotBeRead(Path store) throws IOException {
        Path pem = Files.writeString(store.resolveSibling("own.pem"), Canaries.pem("PRIVATE KEY", Canaries.KEY)
            + Files.readString(Suite.secureFeed().trustStore().resolveSibling("cert.pem")));
        String ssl = "websocket.ssl.";
        Map<String, Map<String, String>> stores = Map.of(
            "trust", Map.of(ssl + "truststore.location", store.toString(), ssl + "truststore.password", Canaries.STORE),
            "own", Map.of(ssl + "keystore.location", store.toString(), ssl + "keystore.password", Canaries.STORE, ssl + "key.password",
                Canaries.KEY_PASSWORD),
            "pem", Map.of(ssl + "keystore.location", pem.toString(), ssl + "keystore.type", "PEM", ssl + "key.password", Canaries.KEY_PASSWORD));
        stores.forEach((name, keys) -> {
            TestConnector connector = connector("store-" + name, "wss://localhost:1/?token=" + Canaries.QUERY);
            keys.forEach(connector::set);
            try (connector) {
                String trace = connector.apply().awaitTrace();
                assertTrue(trace.contains(ssl), trace);
                search("the trace of " + connector.name(), trace);
                searchOutputs(connector);
            }
        });
    }

    /** Each value is refused; what Connect answers names the key and not the value. */
    private void configurationsThatAreRefused() {
        Map<String, String> wrong = new TreeMap<>(Canaries.TLS_KEYS);
        wrong.putAll(Map.of(
            "websocket.url", "wss://user:" + Canaries.PASSWORD + "@host:99999/?token=" + Canaries.QUERY,
            "websocket.headers", "no colon " + Canaries.LISTED,
            "websocket.header.X-Api-Key", Canaries.HEADER + "\r\nX-Injected: 1",
            "websocket.header.Sec-WebSocket-Key", Canaries.HEADER,
            "websocket.auth.token", Canaries.TOKEN + "\nX-Injected: 1",
            "websocket.reply.rules", "[{\"send\":\"" + Canaries.REPLY + "\"}]",
            "websocket.heartbeat.message", Canaries.HEARTBEAT + " {{reply:/" + Canaries.HEARTBEAT + "}}",
            "websocket.secret.a/b", Canaries.SECRET,
            "websocket.subscription.messages", "[\"" + Canaries.MESSAGES + "\"]"));
        wrong.forEach((key, value) -> {
            Map<String, String> config = new TreeMap<>(Map.of("name", "wrong", "connector.class", TestConnector.CLASS, "kafka.topic", "wrong"));
            config.putAll(Canaries.configuration("ws://localhost:1/?token=" + Canaries.QUERY));
            config.put(key, value);
            JsonNode answer = cluster.worker().rest().validate("WebSocketSourceConnector", config);
            assertEquals(1, answer.path("error_count").asInt(), answer::toString);
            search("the validation of " + key, answer.toString());
            try {
                cluster.worker().rest().configure("wrong", config);
                leaks.add("a wrong " + key + " was accepted");
            } catch (RestException e) {
                assertTrue(e.body().contains(key), e.body());
                search("the refusal of " + key, e.body());
            }
        });
    }

    private TestConnector connector(String name, String url) {
        TestConnector connector = new TestConnector(cluster, "secret-" + name, url);
        Canaries.configuration(url).forEach(connector::set);
        return connector;
    }

    private void searchOutputs(TestConnector connector) {
        String name = connector.name();
        for (String path : List.of("/connectors/" + name + "/status", "/connectors/" + name + "/tasks/0/status", "/connectors/" + name + "/topics",
                "/connectors/" + name + "/offsets", "/connectors?expand=status", "/connectors", "/connector-plugins", "/admin/loggers",
                "/connector-plugins/WebSocketSourceConnector/config")) {
            search(path, connector.rest().request("GET", path, null).toString());
        }
        search("the validation of " + name, connector.rest().validate("WebSocketSourceConnector", connector.config()).toString());
        JmxClient jmx = connector.jmx();
        for (ObjectName bean : jmx.names("*:*")) {
            search("the name of an MBean", bean.toString());
            if (!bean.toString().equals("java.lang:type=Runtime")) {
                searchAttributes(jmx, bean.toString());
            }
        }
        search("the names of threads", new OsProcess(cluster.worker().process().pid()).threads().toString());
    }

    private void searchAttributes(JmxClient jmx, String bean) {
        try {
            search(bean, jmx.attributes(bean).toString());
        } catch (IllegalStateException e) {
            // Kafka's clients come and go; what is still there must be readable.
            assertTrue(jmx.names(bean).isEmpty(), e::toString);
        }
    }

    /** Our own lines must be clean, and of what others log nothing may be ours in disguise: a stack trace, for example. */
    private void searchLog(ConnectWorker worker) {
        WorkerLog log = WorkerLog.whole(worker);
        assertTrue(log.lines().stream().anyMatch(line -> line.level().equals("TRACE") && line.logger().equals(OURS + ".wire")), "no wire log");
        log.lines().stream().filter(line -> line.isOurs() || LOGGERS.contains(line.logger())).forEach(line -> search("our log", line.toString()));
        log.text().lines().filter(line -> LogLine.parse(line).isEmpty() && !line.strip().startsWith(COMMAND_LINE))
            .forEach(line -> search("the log's further lines", line));
        Map<String, Long> others = log.lines().stream().filter(line -> !line.isOurs() && !Canaries.in(line.text()).isEmpty())
            .collect(Collectors.groupingBy(LogLine::logger, TreeMap::new, Collectors.counting()));
        Suite.figure("Lines of others with a canary in them, by logger: %s", others);
        others.forEach((logger, lines) -> leaks.add(lines + " lines of " + logger));
    }

    private void search(String where, String text) {
        List<String> found = Canaries.in(text);
        if (!found.isEmpty() || text.contains(STORE_PASSWORD)) {
            leaks.add(where + " shows " + found + ": " + text.substring(0, Math.min(text.length(), 500)));
        }
    }

    /** All that a topic holds. */
    private String topic(String name) {
        StringBuilder text = new StringBuilder();
        try (TopicReader topic = new TopicReader(Suite.broker().bootstrapServers(), name)) {
            for (List<ConsumerRecord<byte[], byte[]>> records = topic.next(QUIET); !records.isEmpty(); records = topic.next(QUIET)) {
                records.forEach(record -> {
                    Stream.of(record.key(), record.value()).filter(bytes -> bytes != null).forEach(bytes -> text.append(utf8(bytes)).append('\n'));
                    for (Header header : record.headers()) {
                        text.append(header.key()).append(utf8(header.value()));
                    }
                });
            }
        }
        assertFalse(text.isEmpty(), name + " is empty");
        return text.toString();
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The secure feed's trust store under a password that can be recognised. */
    private static Path trustStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Suite.secureFeed().trustStore())) {
            store.load(in, "changeit".toCharArray());
        }
        Path file = Files.createDirectories(Suite.folder("canaries-tls")).resolve("trust.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, STORE_PASSWORD.toCharArray());
        }
        return file;
    }
}
