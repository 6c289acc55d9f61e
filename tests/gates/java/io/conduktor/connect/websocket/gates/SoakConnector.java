package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.TopicReader;
import io.conduktor.connect.websocket.system.Books;
import io.conduktor.connect.websocket.system.Cluster;
import io.conduktor.connect.websocket.system.LogLine;
import io.conduktor.connect.websocket.system.Numbers;
import io.conduktor.connect.websocket.system.StopNote;
import io.conduktor.connect.websocket.system.TestConnector;
import io.conduktor.connect.websocket.system.WorkerLog;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** One connector of the soak: what it is told, what state it should be in, and what has been read of its topic. Not thread-safe. */
final class SoakConnector implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    /** How long a restart may take to show in the status. */
    private static final Duration RESTART_PATIENCE = Duration.ofSeconds(3);

    /** What Connect was told last. */
    enum Told {
        RUN, PAUSE, STOP
    }

    private final String name;
    private final Map<String, String> config;
    private final Pattern expectedTrouble;
    private final boolean numbered;
    private Told told = Told.RUN;
    private boolean connects = true;
    private TestConnector connector;
    private TopicReader topic;
    private long lastRestart = System.nanoTime() - RESTART_PATIENCE.toNanos();
    private long read;
    private long lastNumber = -1;

    /**
     * @param config what is special about it
     * @param expectedTrouble what its lines at WARN and ERROR may contain, as a regular expression
     * @param numbered whether its topic's records are numbers that rise
     */
    SoakConnector(String name, String url, Map<String, String> config, String expectedTrouble, boolean numbered) {
        this.name = name;
        this.config = new TreeMap<>(config);
        this.config.put("websocket.url", url);
        this.expectedTrouble = Pattern.compile(expectedTrouble);
        this.numbered = numbered;
    }

    String name() {
        return name;
    }

    /** Whether its topic's records are numbers that rise. */
    boolean isNumbered() {
        return numbered;
    }

    /** Looks at it on this worker from now on. */
    void attach(Cluster cluster) {
        detach();
        connector = new TestConnector(cluster, name, config.get("websocket.url"));
        config.forEach(connector::set);
    }

    private void detach() {
        if (connector != null) {
            connector.leave();
            connector = null;
        }
    }

    void create() {
        connector.apply();
        told = Told.RUN;
    }

    void change(String key, String value) {
        config.put(key, value);
        connector.set(key, value).apply();
    }

    /** Changes to another feed, which may never open a connection. */
    void wander(String url, boolean stillConnects) {
        connects = stillConnects;
        change("websocket.url", url);
    }

    void pause() {
        connector.rest().pause(name);
        told = Told.PAUSE;
    }

    void resume() {
        connector.rest().resume(name);
        told = Told.RUN;
    }

    void restartTask() {
        eventually("the task to be restarted", () -> connector.rest().restartTask(name, 0));
    }

    void restart() {
        eventually("the connector to be restarted", () -> connector.rest().restart(name));
    }

    /** Stops it, removes its offsets and lets it run again. */
    void startOver() {
        connector.rest().stop(name);
        told = Told.STOP;
        connector.awaitStopped();
        eventually("the offsets to be removed", () -> connector.rest().resetOffsets(name));
        assertEquals(0, connector.storedSequence(), name);
        resume();
    }

    void deleteAndCreate() {
        connector.delete();
        create();
    }

    /** Connect refuses a command while its group is at work on another one, and does not know a task that it has not made yet. */
    private static void eventually(String what, Runnable command) {
        Await.until(what, TestConnector.LIMIT, () -> {
            command.run();
            return true;
        });
    }

    /** Waits until it runs and, if its feed allows, has a connection; restarts its task if that failed as it may. */
    void awaitRunning() {
        if (told != Told.RUN) {
            resume();
        }
        Await.until(name + " to run", TestConnector.LIMIT, () -> {
            JsonNode status = connector.rest().status(name);
            JsonNode task = status.path("tasks").path(0);
            if (task.path("state").asText().equals("FAILED")) {
                String trace = task.path("trace").asText();
                if (!trace.contains("websocket.overflow.policy=fail")) {
                    throw new Await.Stop(name + " failed: " + trace);
                }
                if (System.nanoTime() - lastRestart > RESTART_PATIENCE.toNanos()) {
                    lastRestart = System.nanoTime();
                    restart();
                }
                return false;
            }
            return status.path("tasks").size() == 1 && task.path("state").asText().equals("RUNNING")
                && status.path("connector").path("state").asText().equals("RUNNING")
                && connector.hasBeans() && connects == (boolean) connector.jmx().attribute(Books.connectorBean(name), "isConnected");
        });
    }

    /** Waits until nothing is under way, with the feed paused or slow; then every message must be accounted for. */
    Books awaitBalanced() {
        Books books = connector.awaitBooks("to settle", Books::isSettled);
        books.assertBalanced();
        return books;
    }

    /** Reads what is new in the topic: each number must be larger than the one before. */
    void readTopic(Cluster cluster) {
        if (!numbered) {
            return;
        }
        if (topic == null) {
            topic = new TopicReader(cluster.broker().bootstrapServers(), name);
        }
        long size = topic.size();
        Await.until("the records of " + name, TestConnector.LIMIT, () -> {
            topic.next(POLL).forEach(record -> {
                long number = Numbers.of(TopicReader.text(record));
                if (number <= lastNumber) {
                    throw new Await.Stop(name + ": " + number + " follows " + lastNumber + " as record " + read);
                }
                lastNumber = number;
                read++;
            });
            return read >= size;
        });
    }

    /** The lines that tell of trouble which nobody made. */
    List<LogLine> unexpectedTrouble(WorkerLog log) {
        Predicate<LogLine> expected = line -> expectedTrouble.matcher(line.text()).find();
        return log.lines().stream().filter(LogLine::isTrouble).filter(line -> line.isOf(name)).filter(expected.negate()).toList();
    }

    /** All that the sessions counted as produced since the beginning is in Kafka, and no more than that and what was not acknowledged. */
    void assertHistory(Cluster cluster, WorkerLog whole) {
        List<StopNote> notes = StopNote.in(whole, name);
        notes.forEach(StopNote::assertBalanced);
        Books now = awaitBalanced();
        readTopic(cluster);
        long produced = now.produced() + notes.stream().mapToLong(StopNote::produced).sum();
        long unacknowledged = notes.stream().mapToLong(StopNote::unacknowledged).sum();
        assertTrue(produced <= read && read <= produced + unacknowledged, () -> name + ": " + read + " records; " + produced
            + " counted as produced and " + unacknowledged + " as not acknowledged in " + notes.size() + " sessions before this one");
    }

    /** How many records of the topic were read. */
    long read() {
        return read;
    }

    @Override
    public void close() {
        detach();
        if (topic != null) {
            topic.close();
        }
    }
}
