package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;

/** A contender that runs on a {@link Stage}. Closing it removes the connector and its topic. */
final class Trial implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final double NANOS = 1e9;
    private static final double MILLION = 1e6;

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

    /**
     * What was written in a span of time.
     *
     * @param rate records per second
     * @param workerCpu the worker's processor seconds per million records
     */
    record Throughput(double rate, double workerCpu) {
    }

    /** The topic, from its beginning. */
    TopicReader topic() {
        return reader;
    }

    void awaitFirst() {
        Await.until("records in " + topic, LIMIT, () -> reader.size() > 0);
    }

    /** Lets it run for so long. */
    void run(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        if (discard != null && !discard.isAlive()) {
            throw new IllegalStateException("the reader beside a null source has ended; its output:\n" + discard.logText());
        }
    }

    /** Lets it run for so long and counts what the topic has gained. */
    Throughput measure(Duration window) {
        ProcessProbe worker = stage.workerProbe();
        long begin = System.nanoTime();
        long first = reader.size();
        double cpuBefore = worker.cpuSeconds();
        run(window);
        long records = reader.size() - first;
        double seconds = (System.nanoTime() - begin) / NANOS;
        double cpu = worker.cpuSeconds() - cpuBefore;
        if (records == 0) {
            throw new IllegalStateException("nothing was written to " + topic + " in " + seconds + " s");
        }
        return new Throughput(records / seconds, cpu / records * MILLION);
    }

    /** Ends the writing; the topic stays until {@link #close}. */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        stage.removeConnector(topic);
        if (discard != null) {
            discard.stop();
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
