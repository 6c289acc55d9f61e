package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Course;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.Holding;
import io.conduktor.connect.websocket.harness.JmxClient;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.Slope;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Everything mixed on one worker under {@code -Xcheck:jni}, in random order: rounds of commands and of faults of the feeds, and after each
 * round everything runs again, the books balance, the topics go on rising and the log has no trouble that nobody made.
 */
@Tag("long")
@Timeout(value = 1, unit = TimeUnit.DAYS) // MINUTES says how long it takes; each of its waits has a limit of its own.
class SoakTest {
    private static final double SHARE = 0.6;
    /** The worker is restarted in the first part only, so that the rest is one course of one JVM. */
    private static final double RESTARTS_END = 0.35;
    private static final double WARM_UP_END = 0.55;
    private static final int WORKER_RESTARTS = 2;
    private static final int ACTIONS = 8;
    private static final int GAP_MILLIS = 500;
    private static final int HEAP_MIB = 256;
    private static final Map<Holding, Double> BY_ACTION = Map.of(Holding.DESCRIPTORS, 0.1, Holding.THREADS, 0.1, Holding.NATIVE, 60_000.0,
        Holding.HEAP, 20_000.0, Holding.CLASSES, 1.0, Holding.MBEANS, 0.1);

    private enum Action {
        PAUSE, RESUME, RESTART_TASK, RESTART, CHANGE, START_OVER, DELETE_AND_CREATE, DROP_ALL, CLOSE_ALL, REFUSE_ALL, WANDER
    }

    private final Random random = SoakOptions.random("soak");
    private final Map<Action, Integer> actions = new EnumMap<>(Action.class);
    private final List<SoakConnector> connectors = new ArrayList<>();
    private Feed feed;
    private ConnectWorker worker;
    private Cluster cluster;

    @Test
    void everythingMixed() {
        try (Feed ours = Suite.feed("soak"); ConnectWorker started = start()) {
            feed = ours;
            worker = started;
            cluster = new Cluster(Suite.broker(), worker);
            SoakMix.of(feed, Suite.secureFeed().feed()).forEach(connectors::add);
            connectors.forEach(connector -> connector.attach(cluster));
            connectors.forEach(SoakConnector::create);
            run();
        } finally {
            connectors.forEach(SoakConnector::close);
        }
    }

    private void run() {
        long start = System.nanoTime();
        long length = SoakOptions.share(SHARE).toNanos();
        int restarts = 0;
        int rounds = 0;
        Course course = new Course("action");
        settle(WorkerLog.whole(worker));
        while (System.nanoTime() - start < length || course.points() < Slope.POINTS) {
            double passed = (System.nanoTime() - start) / (double) length;
            WorkerLog log = WorkerLog.fromNow(worker);
            feed.control("/_resume");
            if (restarts < WORKER_RESTARTS && passed > RESTARTS_END * (restarts + 0.5) / WORKER_RESTARTS) {
                restartWorker();
                restarts++;
            }
            for (int i = 0; i < ACTIONS; i++) {
                act(Action.values()[random.nextInt(Action.values().length)], connectors.get(random.nextInt(connectors.size())));
                Await.elapse(Duration.ofMillis(random.nextInt(GAP_MILLIS)));
            }
            settle(log);
            rounds++;
            if (restarts == WORKER_RESTARTS && passed > WARM_UP_END) {
                measure(course, rounds * ACTIONS);
            }
        }
        course.lines(BY_ACTION).forEach(line -> Suite.figure("%s", line));
        connectors.stream().filter(SoakConnector::isNumbered).forEach(connector -> {
            connector.assertHistory(cluster, WorkerLog.whole(worker));
        });
        Suite.figure("soak: %d rounds, %d restarts of the worker, %s; %,d records read", rounds, restarts, actions,
            connectors.stream().mapToLong(SoakConnector::read).sum());
        WorkerLog log = WorkerLog.whole(worker);
        for (String event : List.of("Queue full, dropping message", "Queue full, reading stopped", "Connection is given up", "Connection paused")) {
            Suite.figure("soak: %d lines with '%s'", log.ours().stream().filter(line -> line.text().contains(event)).count(), event);
        }
        assertTrue(actions.size() == Action.values().length, () -> "too short for every action: " + actions);
        course.assertFlat(BY_ACTION);
    }

    private void act(Action action, SoakConnector connector) {
        actions.merge(action, 1, Integer::sum);
        int choice = random.nextInt(1000);
        switch (action) {
            case PAUSE -> {
                connector.pause();
                Await.elapse(Duration.ofMillis(choice)); // Queues fill.
            }
            case RESUME -> connector.resume();
            case RESTART_TASK -> connector.restartTask();
            case RESTART -> connector.restart();
            case CHANGE -> connector.change("websocket.poll.max.records", Integer.toString(1 + choice));
            case START_OVER -> connector.startOver();
            case DELETE_AND_CREATE -> connector.deleteAndCreate();
            case DROP_ALL -> feed.control("/_drop");
            case CLOSE_ALL -> feed.control("/_close?code=" + (choice % 2 == 0 ? 1012 : 1000));
            case REFUSE_ALL -> {
                feed.control("/_refuse?on=true");
                feed.control("/_drop");
                Await.elapse(Duration.ofMillis(choice));
                feed.control("/_refuse?on=false");
            }
            default -> SoakMix.wander(connectors, feed, choice);
        }
    }

    /** Everything is told to run, with the feed paused, and then every invariant must hold. */
    private void settle(WorkerLog log) {
        feed.control("/_pause");
        connectors.forEach(SoakConnector::awaitRunning);
        connectors.forEach(SoakConnector::awaitBalanced);
        connectors.forEach(connector -> connector.readTopic(cluster));
        assertSockets();
        List<LogLine> trouble = new ArrayList<>();
        connectors.forEach(connector -> trouble.addAll(connector.unexpectedTrouble(log)));
        log.ours().stream().filter(LogLine::isTrouble).filter(line -> line.context().isEmpty()).forEach(trouble::add);
        assertEquals(List.of(), trouble);
        String text = log.text();
        assertFalse(text.contains("WARNING in native method"), "-Xcheck:jni complains in " + worker.process().log());
        assertFalse(text.contains("Graceful stop of task"), "Connect lost patience with a task");
    }

    /** No connector has two connections, and each has one session. A feed that closes after some messages holds still now, since it is paused. */
    private void assertSockets() {
        Await.until("one connection for each connector at most", TestConnector.LIMIT, () -> {
            for (JsonNode target : feed.stats().path("by_target")) {
                if (target.path("open").asInt() > 1) {
                    return false;
                }
            }
            List<String> threads = new OsProcess(worker.process().pid()).engineThreads();
            return threads.stream().filter(thread -> thread.startsWith("ws-0-")).count() == connectors.size();
        });
    }

    private void measure(Course course, int done) {
        try (JmxClient jmx = worker.jmx()) {
            course.add(done, Holding.of(new OsProcess(worker.process().pid()), jmx.connection()));
        }
    }

    private void restartWorker() {
        worker.stop();
        worker.start();
        connectors.forEach(connector -> connector.attach(cluster));
    }

    private static ConnectWorker start() {
        return ConnectWorker.options(Suite.installation(), "soak", Suite.broker().bootstrapServers()).distributed("soak").pluginDiscovery("service_load")
            .jvmArguments(Holding.steadyJvm(HEAP_MIB)).jvmArguments(Suite.secureFeed().trustArguments()).jvmArguments("-Xcheck:jni")
            .environment("MALLOC_ARENA_MAX", "2").start();
    }
}
