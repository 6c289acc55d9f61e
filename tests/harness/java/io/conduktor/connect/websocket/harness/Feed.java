package io.conduktor.connect.websocket.harness;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Our scripted WebSocket server ({@code rust/feed}, whose SCENARIOS.md lists paths and control requests). {@link #stop} and
 * {@link #start} keep its port. Not thread-safe.
 */
public final class Feed implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Pattern LISTENING = Pattern.compile("listening on (wss?)://[^\\s:]+:(\\d+)");

    private final Installation installation;
    private final String name;
    private final List<String> arguments;
    private int port;
    private String scheme;
    private ServerProcess process;

    private Feed(Installation installation, String name, int port, List<String> arguments) {
        this.installation = installation;
        this.name = name;
        this.port = port;
        this.arguments = arguments;
    }

    /** Starts a feed on a free port. */
    public static Feed start(Installation installation, String name, String... arguments) {
        return start(installation, name, Ports.free(), arguments);
    }

    /** @param arguments beyond the address, as {@code websocket-feed --help} lists them */
    public static Feed start(Installation installation, String name, int port, String... arguments) {
        Folders.delete(installation.log(name));
        Feed feed = new Feed(installation, name, port, List.of(arguments));
        try {
            feed.start();
            return feed;
        } catch (RuntimeException | AssertionError e) {
            feed.close();
            throw e;
        }
    }

    /** Starts the stopped feed again, on the same port, and returns when it listens. */
    public void start() {
        List<String> command = new ArrayList<>(List.of(installation.feed().toString(), "--listen", "127.0.0.1:" + port));
        command.addAll(arguments);
        Folders.delete(installation.log(name));
        process = ServerProcess.start(name, installation.log(name), command);
        process.awaitReady(START_LIMIT, () -> {
            Matcher listening = LISTENING.matcher(process.logText());
            if (!listening.find()) {
                return false;
            }
            scheme = listening.group(1);
            port = Integer.parseInt(listening.group(2));
            return true;
        });
    }

    /** @param path a scenario with its parameters, for example {@code /numbered?rate=100} */
    public String url(String path) {
        return scheme + "://127.0.0.1:" + port + path;
    }

    public int port() {
        return port;
    }

    /** {@code GET /_stats}: the server's counters. */
    public JsonNode stats() {
        return controlRequests().stats();
    }

    /** A control request, for example {@code /_close?code=1012}. As {@link #stats} only without TLS. */
    public void control(String path) {
        controlRequests().post(path);
    }

    /** Stops the server; its connections are closed by the kernel. */
    public void stop() {
        if (process != null) {
            process.stop();
        }
    }

    /** The server's process; another one after each start. */
    public ServerProcess process() {
        return process;
    }

    @Override
    public void close() {
        stop();
    }

    private ControlRequests controlRequests() {
        return new ControlRequests("http://127.0.0.1:" + port);
    }
}
