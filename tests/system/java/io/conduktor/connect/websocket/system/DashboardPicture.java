package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Draws {@code docs/images/dashboard.png} after ten minutes of mishaps; {@code scripts/dashboard-picture} runs it. No test by its name, so
 * that it does not run with the others. The alerts keep their thresholds and windows, and only {@code for} is shortened; the connectors
 * reconnect as they do by default. docs/MONITORING.md says what else is set.
 */
class DashboardPicture {
    private static final Path PICTURE = Path.of("docs/images/dashboard.png");
    private static final Duration RANGE = Duration.ofMinutes(10);

    private Instant start;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void draw() throws Exception {
        Path python = ToolScript.run("scripts/grafana/tools", "picture").orElseThrow();
        // A small buffer in the producer, so that a broker's standstill is soon felt in the queue.
        try (MonitoredWorker monitored = MonitoredWorker.start(rules -> rules.replaceAll("for: \\d+[smh]", "for: 15s"),
                Map.of("producer.buffer.memory", "1000000")).orElseThrow()) {
            causeAndDraw(monitored, python);
        }
    }

    private void causeAndDraw(MonitoredWorker monitored, Path python) throws InterruptedException {
        try (Feed steady = Suite.feed("steady"); Feed lost = Suite.feed("lost"); Feed ended = Suite.feed("ended");
                TestConnector trades = connector(monitored, "trades", steady.url("/market?rate=500"), "50000");
                TestConnector quotes = connector(monitored, "quotes", steady.url("/numbered?rate=400"), "2000");
                TestConnector orders = connector(monitored, "orders", lost.url("/numbered?rate=200"), "10000");
                TestConnector ticker = connector(monitored, "ticker", steady.url("/numbered?rate=100&count=1200&then=close"), "10000");
                TestConnector news = connector(monitored, "news", steady.url("/sizes?list=100,2000000,100"), "10000");
                TestConnector audit = connector(monitored, "audit", ended.url("/numbered?rate=50"), "10000")) {
            audit.set("websocket.reconnect.max.attempts", "3");
            for (TestConnector connector : List.of(trades, quotes, orders, ticker, news, audit)) {
                connector.applyAndConnect();
            }
            start = Instant.now();
            sleepUntil(100);
            lost.stop();
            sleepUntil(280);
            lost.start();
            sleepUntil(380);
            monitored.cluster().broker().process().freeze();
            sleepUntil(425);
            monitored.cluster().broker().process().thaw();
            sleepUntil(490);
            ended.stop();
            sleepUntil(RANGE.toSeconds());
            draw(python, monitored.prometheus());
        }
    }

    private static TestConnector connector(MonitoredWorker monitored, String name, String url, String queue) {
        return new TestConnector(monitored.cluster(), name, url).withDefaultReconnects().set("websocket.message.queue.size", queue);
    }

    private void sleepUntil(long second) throws InterruptedException {
        Thread.sleep(Math.max(0, Duration.between(Instant.now(), start.plusSeconds(second)).toMillis()));
    }

    private static void draw(Path python, PrometheusServer prometheus) {
        Path log = Suite.installation().log("dashboard-picture");
        Folders.delete(log);
        try (ServerProcess run = ServerProcess.start("picture.py", log, List.of(python.toString(), "-B", "scripts/grafana/picture.py",
                Dashboard.FILE.toString(), prometheus.address(), Long.toString(RANGE.toSeconds()), PICTURE.toString()))) {
            assertEquals(0, run.awaitExit(Duration.ofMinutes(3)), run::logText);
        }
    }
}
