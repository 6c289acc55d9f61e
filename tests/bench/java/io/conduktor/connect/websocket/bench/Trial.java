package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;

/** A contender that runs on a {@link Stage}. Closing it removes the connector and its topic. */
final class Trial implements AutoCloseable {
    private final Stage stage;
    private final String topic;
    private final ServerProcess discard;
    private final TopicReader reader;
    private boolean stopped;

    /** {@code discard} reads the feed beside the contender; null if nothing does. */
    Trial(Stage stage, String topic, ServerProcess discard) {
        this.stage = stage;
        this.topic = topic;
        this.discard = discard;
        this.reader = stage.reader(topic);
    }

    /** The topic, from its beginning. */
    TopicReader topic() {
        return reader;
    }

    void awaitFirst() {
        Await.until("records in " + topic, Servers.LIMIT, () -> reader.size() > 0);
    }

    /** Lets it run for so long. */
    void run(Duration time) {
        Servers.letPass(time);
        requireDiscard();
    }

    /** Lets it run for so long and counts what the topic has gained. */
    Throughput measure(Duration window) {
        Throughput throughput = Throughput.during(stage.workerProcess(), window, reader::size);
        requireDiscard();
        return throughput;
    }

    private void requireDiscard() {
        if (discard != null && !discard.isAlive()) {
            throw new IllegalStateException("the reader beside a null source has ended; its output:\n" + discard.logText());
        }
    }

    /** Ends the writing; the topic stays until {@link #close}. */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        try (discard) {
            stage.removeConnector(topic);
        }
    }

    @Override
    public void close() {
        try (reader) {
            stop();
        } finally {
            stage.removeTopic(topic);
        }
    }
}
