package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The JAR's main class, run from the JAR alone, on real workers. */
class JmxReaderOnWorkerTest {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String STORE_PASSWORD = "changeit";

    @Test
    void readsBothMBeans() throws IOException {
        try (Feed feed = Suite.feed("reader"); TestConnector connector = connector("reader", feed.url("/numbered?rate=0&count=500"))) {
            connector.applyAndConnect();
            connector.awaitSettled(500);
            String address = "127.0.0.1:" + Suite.shared().worker().jmxPort();
            assertEquals(new HealthCheckCommand.Result(0, "true", ""), reader(address, "reader", "isConnected"));
            assertEquals(new HealthCheckCommand.Result(0, "500", ""), reader(address, "reader", "RecordsProduced"));
            assertEquals("0", reader("--task", "0", address, "reader", "MessagesInFlight").out());
            JsonNode all = new ObjectMapper().readTree(reader("--json", address, "reader").out());
            assertEquals(500, all.path("MessagesReceived").asLong());
            assertTrue(all.path("isConnected").isBoolean() && all.path("DropRate").isDouble() && all.size() >= 12, all::toString);
            HealthCheckCommand.Result table = reader(address, "reader");
            assertTrue(table.out().lines().anyMatch(line -> line.matches("MessagesReceived +500")), table::toString);

            HealthCheckCommand.Result unknown = reader(address, "nobody", "isConnected");
            assertEquals(1, unknown.exitCode());
            assertTrue(unknown.err().startsWith("no MBean of connector nobody at ") && unknown.err().contains("name=reader"), unknown::toString);
            assertEquals(2, reader(address).exitCode());
            assertEquals(3, reader("127.0.0.1:1", "reader").exitCode());
        }
    }

    @Test
    void watches() {
        try (Feed feed = Suite.feed("reader-watch"); TestConnector connector = connector("reader-watch", feed.url("/silence"))) {
            connector.applyAndConnect();
            String address = "127.0.0.1:" + Suite.shared().worker().jmxPort();
            Path log = Suite.folder("reader-watch").resolve("watch.log");
            List<String> command = List.of(JAVA, "-jar", Suite.installation().jar().toString(), "--json", address, "reader-watch", "watch", "1");
            try (ServerProcess watch = ServerProcess.start("watch", log, command)) {
                watch.awaitReady(TestConnector.LIMIT, () -> watch.logText().contains("\"isConnected\":true"));
                feed.control("/_refuse?on=true");
                feed.control("/_drop");
                watch.awaitReady(TestConnector.LIMIT, () -> watch.logText().contains("\"isConnected\":false"));
            }
        }
    }

    /** As docs/HEALTH_CHECK.md sets it up: a password file, and TLS for the registry too. */
    @Test
    void readsThroughPasswordAndTls() throws IOException {
        Path folder = Files.createDirectories(Suite.folder("jmx-secured"));
        secret(folder.resolve("jmxremote.password"), "monitor s3cret-of-jmx\n");
        secret(folder.resolve("jmxremote.access"), "monitor readonly\n");
        secret(folder.resolve("jmxremote.tls"), "javax.net.ssl.keyStore=" + folder.resolve("jmx.p12") + "\njavax.net.ssl.keyStorePassword="
            + STORE_PASSWORD + "\n");
        Path login = secret(folder.resolve("login"), "s3cret-of-jmx\n");
        makeStores(folder);
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "jmx-secured-worker", Suite.broker().bootstrapServers());
        options.pluginDiscovery("service_load").jvmArguments(property("authenticate", "true"),
            property("password.file", folder.resolve("jmxremote.password")), property("access.file", folder.resolve("jmxremote.access")), property("ssl", "true"), property("registry.ssl", "true"),
            property("ssl.config.file", folder.resolve("jmxremote.tls")));
        try (Feed feed = Suite.feed("jmx-secured"); ConnectWorker worker = options.start()) {
            String[] trust = {"-Djavax.net.ssl.trustStore=" + folder.resolve("trust.p12"), "-Djavax.net.ssl.trustStorePassword=" + STORE_PASSWORD};
            worker.rest().configure("secured", Map.of("connector.class", TestConnector.CLASS, "tasks.max", "1", "websocket.url",
                feed.url("/silence"), "kafka.topic", "secured"));
            worker.rest().awaitRunning("secured", TestConnector.LIMIT);
            String address = "127.0.0.1:" + worker.jmxPort();
            String[] reader = {"--tls", "--user", "monitor", "--password-file", login.toString(), address, "secured", "isConnected"};
            Await.value("a connection", TestConnector.LIMIT, () -> reader(trust, reader), result -> result.out().equals("true"));
            HealthCheckCommand check = HealthCheckTool.CONNECTOR.script(worker, "secured").with("JMX_USER", "monitor").with("JMX_TLS", "true")
                .with("JMX_PASSWORD_FILE", login.toString()).with("JMX_JAVA_OPTS", String.join(" ", trust));
            assertEquals(new HealthCheckCommand.Result(0, "OK: Connector healthy", ""), check.run());

            HealthCheckCommand.Result nobody = reader(trust, "--tls", address, "secured");
            assertTrue(nobody.exitCode() == 3 && nobody.err().contains("refused the login"), nobody::toString);
            HealthCheckCommand.Result untrusted = reader(new String[0], reader);
            assertTrue(untrusted.exitCode() == 3 && untrusted.err().startsWith("no JMX connection to "), untrusted::toString);
            HealthCheckCommand.Result plain = reader(address, "secured");
            assertTrue(plain.exitCode() == 3 && plain.err().endsWith("it takes --tls"), plain::toString);
            assertTrue(!(nobody.toString() + untrusted).contains("s3cret-of-jmx"));
        }
    }

    private static void makeStores(Path folder) {
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        keytool(keytool, "-genkeypair", "-alias", "jmx", "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-storetype",
            "PKCS12", "-keystore", folder.resolve("jmx.p12").toString(), "-storepass", STORE_PASSWORD);
        keytool(keytool, "-exportcert", "-alias", "jmx", "-keystore", folder.resolve("jmx.p12").toString(), "-storepass", STORE_PASSWORD, "-file",
            folder.resolve("jmx.crt").toString());
        keytool(keytool, "-importcert", "-noprompt", "-alias", "jmx", "-keystore", folder.resolve("trust.p12").toString(), "-storetype", "PKCS12",
            "-storepass", STORE_PASSWORD, "-file", folder.resolve("jmx.crt").toString());
    }

    private static void keytool(String... command) {
        HealthCheckCommand.Result result = HealthCheckCommand.of(command).run();
        assertEquals(0, result.exitCode(), result::toString);
    }

    private static String property(String name, Object value) {
        return "-Dcom.sun.management.jmxremote." + name + "=" + value;
    }

    private static Path secret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static TestConnector connector(String name, String url) {
        return new TestConnector(Suite.shared(), name, url);
    }

    private static HealthCheckCommand.Result reader(String... arguments) {
        return reader(new String[0], arguments);
    }

    private static HealthCheckCommand.Result reader(String[] jvmArguments, String... arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(List.of(jvmArguments));
        command.addAll(List.of("-jar", Suite.installation().jar().toString()));
        command.addAll(List.of(arguments));
        return HealthCheckCommand.of(command.toArray(String[]::new)).run();
    }
}
