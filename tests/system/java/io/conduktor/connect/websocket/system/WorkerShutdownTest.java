package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A worker that the JVM checks at every JNI call, under load, ends promptly with sessions open. */
class WorkerShutdownTest {
    private static final Duration PROMPTLY = Duration.ofSeconds(10);
    /** What -Xcheck:jni says about wrong use of JNI, and Connect about a task that did not stop in time. */
    private static final Pattern FAULT = Pattern.compile("in native method|JNI local refs|Graceful stop of task");

    @Test
    void theJvmFindsNoFaultUnderLoadAndTheWorkerEndsPromptly() {
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "checked", Suite.broker().bootstrapServers());
        try (Feed feed = Suite.feed("checked"); ConnectWorker worker = options.jvmArguments("-Xcheck:jni").start()) {
            Cluster cluster = new Cluster(Suite.broker(), worker);
            WorkerLog log = WorkerLog.whole(worker);
            TestConnector load = new TestConnector(cluster, "checked-load", feed.url("/numbered?rate=10000"));
            load.applyAndConnect();
            TestConnector flood = new TestConnector(cluster, "checked-flood", feed.url("/flood"));
            flood.set("websocket.message.queue.size", "1000");
            flood.applyAndConnect();
            TestConnector large = new TestConnector(cluster, "checked-large", feed.url("/sizes?list=900000,5,3000000,900000"));
            large.applyAndConnect();
            TestConnector failing = new TestConnector(cluster, "checked-fail", feed.url("/status?code=401"));
            failing.set("websocket.reconnect.max.attempts", "1").apply();
            new TestConnector(cluster, "checked-hang", feed.url("/hang")).apply().leave();
            load.awaitBooks("records", books -> books.produced() > 50_000);
            flood.awaitBooks("records and drops", books -> books.produced() > 10_000 && books.dropped() > 0);
            large.awaitSettled(4);
            failing.awaitTrace();
            List.of(load, flood, large, failing).forEach(TestConnector::leave);
            Await.until("the hanging attempt", TestConnector.LIMIT, () -> feed.stats().path("sockets").asInt() == 4);

            long start = System.nanoTime();
            worker.stop();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            Suite.figure("a worker with four open sessions, one of them hanging in its handshake, ended %d ms after SIGTERM", took.toMillis());
            assertTrue(took.compareTo(PROMPTLY) < 0, took::toString);
            assertEquals(List.of(), log.text().lines().filter(FAULT.asPredicate()).toList());
            for (String connector : List.of("checked-load", "checked-flood", "checked-hang")) {
                List<StopNote> notes = StopNote.in(log, connector);
                assertEquals(1, notes.size(), connector);
                notes.get(0).assertBalanced();
            }
        }
    }
}
