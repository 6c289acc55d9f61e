package io.conduktor.connect.websocket;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A program that runs the connector's task on a real feed, without a worker: scripts/dist runs it on the release's JAR, on each JVM that it
 * can run. Prints one line when all messages came, in order and uncut; ends with 1 and the reason otherwise.
 */
public final class SessionCheck {
    private static final long LIMIT_SECONDS = 60;

    private SessionCheck() {
    }

    /** @param arguments the URL of a feed's {@code /numbered} scenario, and how many messages it sends */
    public static void main(String[] arguments) {
        int count = Integer.parseInt(arguments[1]);
        WebSocketSourceTask task = new WebSocketSourceTask();
        task.start(Map.of("name", "session-check", "websocket.url", arguments[0], "kafka.topic", "none",
                "websocket.reconnect.enabled", "false"));
        try {
            receive(task, count);
        } finally {
            task.stop();
        }
        System.out.println(System.getProperty("os.arch") + ", Java " + System.getProperty("java.version") + ": " + count
                + " messages over " + arguments[0].replaceFirst(":.*", ""));
    }

    private static void receive(WebSocketSourceTask task, int count) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        int next = 0;
        while (next < count) {
            List<SourceRecord> records = task.poll();
            for (SourceRecord record : records == null ? List.<SourceRecord>of() : records) {
                String message = (String) record.value();
                if (!message.startsWith("{\"n\":" + next + ",") || !message.endsWith("\"}")) {
                    throw new IllegalStateException("message " + next + " is " + message);
                }
                next++;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("only " + next + " messages came within " + LIMIT_SECONDS + " s");
            }
        }
    }
}
