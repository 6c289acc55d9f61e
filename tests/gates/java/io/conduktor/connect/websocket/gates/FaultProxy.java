package io.conduktor.connect.websocket.gates;

import io.conduktor.connect.websocket.harness.ControlRequests;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The fault proxy of {@code rust/feed} in front of a feed; {@code websocket-feed proxy --help} lists its control requests. */
final class FaultProxy implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Pattern STARTED = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)\ncontrol on (\\S+)\n");

    private final ServerProcess process;
    private final int upstream;
    private String port;
    private ControlRequests control;

    private FaultProxy(ServerProcess process, int upstream) {
        this.process = process;
        this.upstream = upstream;
    }

    static FaultProxy start(String name, Feed feed) {
        Path log = Suite.installation().log(name);
        Folders.delete(log);
        ServerProcess process = ServerProcess.start(name, log,
            List.of(Suite.installation().feed().toString(), "proxy", "--upstream", "127.0.0.1:" + feed.port()));
        FaultProxy proxy = new FaultProxy(process, feed.port());
        process.awaitReady(LIMIT, () -> {
            Matcher started = STARTED.matcher(process.logText());
            if (!started.find()) {
                return false;
            }
            proxy.port = started.group(1);
            proxy.control = new ControlRequests(started.group(2));
            return true;
        });
        return proxy;
    }

    /** A URL of the feed, through the proxy. */
    String through(String url) {
        return url.replace(":" + upstream, ":" + port);
    }

    /** A control request, for example {@code /_strike?strike=reset}. */
    void control(String path) {
        control.post(path);
    }

    /** A counter. */
    long number(String name) {
        return control.stats().path(name).asLong();
    }

    @Override
    public void close() {
        process.close();
    }
}
