package io.conduktor.connect.websocket.jmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JmxReaderTest {
    private static final String PRICES = "type=WebSocketConnector,name=prices,url=feed_p";

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private JmxServer server;

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return reader(false).run(arguments);
    }

    private JmxReader reader(boolean terminal) {
        return new JmxReader(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8), terminal);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    private void assertFails(int exitCode, String message, String... arguments) {
        assertEquals(exitCode, run(arguments), err());
        assertTrue(err().contains(message), err());
        assertEquals(1, err().lines().count(), err());
        assertEquals("", out());
    }

    @Test
    void printsOneValue() {
        server = new JmxServer(null).add(PRICES);
        assertEquals(0, run(server.address(), "prices", "isConnected"), err());
        assertEquals("true\n", out());
        server.connected(false);
        assertEquals(0, run(server.serviceUrl(), "prices", "isConnected"), err());
        assertEquals("false\n", out());
        assertEquals(0, run("--json", server.address(), "prices", "DropRate"), err());
        assertEquals("{\"DropRate\":0.5}\n", out());
        assertEquals("", err());
    }

    @Test
    void printsAllAttributes() {
        server = new JmxServer(null).add(PRICES);
        assertEquals(0, run(server.address(), "prices"), err());
        assertEquals("ConnectorName     prices \"x\"\nDropRate          0.5\nMessagesReceived  1234567890123\nisConnected       true\n",
                out().lines().sorted().map(line -> line + "\n").reduce("", String::concat));
        assertEquals(0, run(server.address(), "prices", "--json"), err());
        for (String part : new String[] {"\"ConnectorName\":\"prices \\\"x\\\"\"", "\"DropRate\":0.5", "\"MessagesReceived\":1234567890123",
                "\"isConnected\":true"}) {
            assertTrue(out().contains(part), out());
        }
    }

    @Test
    void findsTheBeanByTheConnectorsNameAlone() {
        server = new JmxServer(null).add("type=WebSocketConnector,name=price,url=u").add("type=WebSocketConnector,name=prices2,url=u")
                .add("type=WebSocketConnector,name=\"we,ird \\\"n\\*me\\\"\",url=\"a\\?b\"").add("type=WebSocketTask,name=prices,task=1");
        assertEquals(0, run(server.address(), "we,ird \"n*me\"", "isConnected"), err());
        assertEquals(0, run("--task", "1", server.address(), "prices", "isConnected"), err());
        assertFails(1, "no MBean of connector prices at " + server.address(), server.address(), "prices", "isConnected");
        assertTrue(err().contains("name=prices2"), err());
        assertFails(1, "no MBean of task 0 of connector prices", server.address(), "prices", "--task", "0");
    }

    @Test
    void asksWhichOfSeveralBeansIsMeant() {
        server = new JmxServer(null).add(PRICES).add("type=WebSocketConnector,name=prices,url=\"b\\?c\"");
        assertFails(1, "choose one with --url: b?c, feed_p", server.address(), "prices", "isConnected");
        assertEquals(0, run("--url", "b?c", server.address(), "prices", "isConnected"), err());
        assertFails(1, "with url other", "--url", "other", server.address(), "prices", "isConnected");
    }

    @Test
    void namesTheAttributesThereAre() {
        server = new JmxServer(null).add(PRICES);
        assertFails(1, "has no attribute Connected, it has: ", server.address(), "prices", "Connected");
        assertTrue(err().contains("isConnected") && err().contains("MessagesReceived"), err());
    }

    @Test
    void saysThatNothingListens() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 0, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        assertFails(3, "no JMX connection to 127.0.0.1:" + port + ": Connection refused", "127.0.0.1:" + port, "prices");
    }

    @Test
    void givesUpOnAServerThatDoesNotAnswer() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + silent.getLocalPort();
            assertFails(3, "JMX at " + address + " did not answer within 1 s", "--timeout", "1", address, "prices");
        }
    }

    @Test
    void logsInWithAPasswordFile() throws IOException {
        Path users = secret("jmxremote.password", "monitor s3cret\n");
        server = new JmxServer(users.toString()).add(PRICES);
        Path right = secret("right", "s3cret\n");
        assertEquals(0, run("--user", "monitor", "--password-file", right.toString(), server.address(), "prices", "isConnected"), err());
        assertEquals("true\n", out());
        Path wrong = secret("wrong", "guessed");
        assertFails(3, "refused the login: ", "--user", "monitor", "--password-file", wrong.toString(), server.address(), "prices");
        assertFalse(err().contains("guessed"), err());
        assertFails(3, "refused the login: ", server.address(), "prices");
    }

    @Test
    void refusesWrongUsage() throws IOException {
        assertFails(2, "ADDRESS and CONNECTOR are needed");
        assertFails(2, "ADDRESS and CONNECTOR are needed", "localhost:9999");
        assertFails(2, "unknown option --jsn", "--jsn", "localhost:9999", "prices");
        assertFails(2, "ADDRESS must be HOST:PORT", "localhost", "prices");
        assertFails(2, "no JMX address: localhost:99999: port out of range", "localhost:99999", "prices");
        assertFails(2, "ADDRESS is no JMX service URL", "service:nonsense", "prices");
        assertFails(2, "too many arguments from more", "localhost:9999", "prices", "isConnected", "more");
        assertFails(2, "watch needs a whole number from 1 to 86400, not 0", "localhost:9999", "prices", "watch", "0");
        assertFails(2, "--task needs a whole number", "--task", "first", "localhost:9999", "prices");
        assertFails(2, "--task needs a value", "localhost:9999", "prices", "--task");
        assertFails(2, "--task and --url exclude each other", "--task", "0", "--url", "u", "localhost:9999", "prices");
        assertFails(2, "need each other", "--user", "monitor", "localhost:9999", "prices");
        assertFails(2, "cannot read the password file", "--user", "m", "--password-file", folder + "/none", "localhost:9999", "prices");
        assertFails(2, "is empty", "--user", "m", "--password-file", secret("empty", "").toString(), "localhost:9999", "prices");
        assertEquals(0, run("--help"));
        assertTrue(out().startsWith("Usage: java -jar"), out());
    }

    @Test
    void watchesThroughATasksRestart() throws InterruptedException {
        server = new JmxServer(null).add(PRICES);
        int[] exitCode = {-1};
        Thread watcher = new Thread(() -> exitCode[0] = reader(true).run(server.address(), "prices", "watch", "1"));
        watcher.start();
        try {
            awaitText("the first table", this::out, text -> text.startsWith("\033[H\033[2J") && text.contains("isConnected       true"));
            server.remove(PRICES);
            awaitText("the loss", this::err, text -> text.contains("no MBean of connector prices"));
            server.connected(false);
            server.add(PRICES);
            awaitText("the next table", this::out, text -> text.contains("isConnected       false"));
        } finally {
            watcher.interrupt();
            watcher.join(TimeUnit.SECONDS.toMillis(20));
        }
        assertEquals(0, exitCode[0]);
    }

    @Test
    void watchesAsJsonLines() throws InterruptedException {
        server = new JmxServer(null).add(PRICES);
        Thread watcher = new Thread(() -> reader(false).run("--json", server.address(), "prices", "watch", "1"));
        watcher.start();
        try {
            awaitText("two readings", this::out, text -> text.lines().count() >= 2);
            assertTrue(out().lines().allMatch(line -> line.startsWith("{") && line.endsWith("}")), out());
        } finally {
            watcher.interrupt();
            watcher.join(TimeUnit.SECONDS.toMillis(20));
        }
    }

    private Path secret(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private interface Text {
        String get();
    }

    private static void awaitText(String what, Text text, Predicate<String> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!wanted.test(text.get())) {
            assertTrue(System.nanoTime() < deadline, () -> "not within 20 s: " + what + "; last: " + text.get());
            Thread.sleep(10);
        }
    }
}
