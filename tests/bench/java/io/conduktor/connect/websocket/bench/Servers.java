package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.harness.KafkaBroker;
import io.conduktor.connect.websocket.harness.OsProcess;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.UnaryOperator;

/** A feed, a broker and a standalone worker, for one section. One thread starts and stops them, any may ask for them. */
final class Servers implements AutoCloseable {
    /** For whatever is waited for while nothing is measured. */
    static final Duration LIMIT = Duration.ofSeconds(60);

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Feed feed;
    private final KafkaBroker broker;
    private final ConnectWorker worker;

    /**
     * Starts all three and returns when they answer.
     *
     * @param name begins the names of their folders and logs
     * @param options sets what the worker has beyond the harness's defaults
     */
    Servers(Setup setup, String name, UnaryOperator<ConnectWorker.Options> options) {
        setup.progress("a feed, a broker and a worker are started");
        try {
            feed = closing(Feed.start(setup.installation(), name + "-feed"));
            broker = closing(KafkaBroker.start(setup.installation(), name + "-broker"));
            worker = closing(options.apply(ConnectWorker.options(setup.installation(), name + "-worker", broker.bootstrapServers())).start());
            closing(worker.process()::kill); // Nothing is kept, so nobody waits for the worker to write all it has.
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Closes that one too, before all that came before it. */
    <T extends AutoCloseable> T closing(T resource) {
        started.push(resource);
        return resource;
    }

    Feed feed() {
        return feed;
    }

    KafkaBroker broker() {
        return broker;
    }

    ConnectWorker worker() {
        return worker;
    }

    /** Of the worker. */
    OsProcess process() {
        return new OsProcess(worker.process().pid());
    }

    /** Lets time pass while something is measured, or warms up. */
    static void letPass(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted while measuring");
        }
    }

    /** Stops all, the last one first; one that does not stop is told of, and keeps no other running. */
    @Override
    public void close() {
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception | AssertionError e) {
                System.err.println("  a server could not be stopped: " + e);
            }
        }
    }
}
