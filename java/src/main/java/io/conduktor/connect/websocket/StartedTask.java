package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.SslKeys.INSECURE;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task that runs: complete from the start, closed once. */
final class StartedTask {
    /** One stream, hence one task. */
    private static final int TASK = 0;
    private static final long POLL_MILLIS = 500;
    private static final long LAST_LINES_MILLIS = 300;
    private static final Logger log = LoggerFactory.getLogger(WebSocketSourceTask.class);

    private final String connector;
    private final SharedRuntime runtime;
    private final LogPump.Session session;
    private final RecordPoller poller;
    private final TaskMetrics metrics;
    private final InFlightLimit limit;
    private final AtomicBoolean closed = new AtomicBoolean();

    private StartedTask(String connector, SharedRuntime runtime, LogPump.Session session, RecordPoller poller, TaskMetrics metrics) {
        this.connector = connector;
        this.runtime = runtime;
        this.session = session;
        this.poller = poller;
        this.metrics = metrics;
        this.limit = new InFlightLimit(metrics::handedOver, metrics::done, System::nanoTime);
    }

    /**
     * Opens the session; does not wait for its connection. The context may be null outside Connect.
     *
     * @throws ConfigException if the engine refuses a setting
     * @throws ConnectException if the task cannot start
     */
    static StartedTask start(WebSocketSourceConnectorConfig config, String connector, SourceTaskContext context, SharedRuntime runtime) {
        WebSocketUrl url = config.url();
        long sequence = SourceOffsets.lastSequence(context == null ? null : context.offsetStorageReader(), url);
        String sessionId = UUID.randomUUID().toString();
        Function<WebSocketSourceConnectorConfig, String> json =
                now -> SessionSettings.json(now, connector, TASK, MemoryLimit.bytes(), context != null);
        String settings = json.apply(config);
        TlsStores stores = new TlsStores();
        LogPump.Session session;
        try (TlsMaterial tls = stores.read(config)) {
            session = runtime.logs.open(() -> runtime.engine.open(settings, tls));
        } catch (NativeException e) {
            throw translate(connector, e);
        }
        long handle = session.handle();
        TaskMetrics metrics = new TaskMetrics(connector, TASK, url, stats -> runtime.engine.stats(handle, stats),
                () -> runtime.engine.texts(handle));
        FreshSettings fresh;
        StartedTask task;
        try {
            fresh = new FreshSettings(connector, runtime.engine, handle, () -> context.configs(), json, stores::read, config.originalsStrings());
            RecordPoller poller = new RecordPoller(runtime.engine, handle, config, sessionId, sequence, fresh);
            task = new StartedTask(connector, runtime, session, poller, metrics);
        } catch (Throwable e) { // Out of memory, say: nobody else would ever close the session.
            runtime.engine.close(handle, new long[Stat.values().length]);
            session.awaitEnd(LAST_LINES_MILLIS);
            throw e;
        }
        runtime.metrics.add(metrics);
        runtime.pauses.add(handle, config.getPauseDisconnectMs(), () -> metrics.isAcknowledged() && !fresh.isRunning());
        if (config.speaksTls() && config.configValues().flag(INSECURE)) {
            log.warn("WebSocket connector {}: " + INSECURE + "=true: no server is checked. Whoever is on the way to {} can read everything, "
                    + "credentials among it, and send anything in its name. Set the trust store instead", connector, url.host());
        }
        log.info("WebSocket task started: connector={} url={} topic={} session_id={} sequence={}", connector, url,
                config.getKafkaTopic(), sessionId, sequence);
        return task;
    }

    /**
     * Records of messages or events that came within 500 ms, or null.
     *
     * @throws ConnectException if the session has ended for good, or by a defect
     */
    List<SourceRecord> poll() {
        try {
            List<SourceRecord> records = limit.hasRoom() ? poller.poll(POLL_MILLIS) : null;
            if (records != null) {
                metrics.recordsHandedOver(records.size());
            }
            return records;
        } catch (NativeException e) {
            if (e.code() == NativeException.Code.CLOSED) {
                return null;
            }
            throw translate(connector, e);
        } catch (IllegalStateException e) {
            throw defect(connector, e);
        }
    }

    /** Counts a record that Connect is done with. Cheap; any thread, also after {@link #close}. */
    void committed(SourceRecord record, boolean written) {
        if (poller.isEvent(record)) {
            metrics.eventDone();
        } else if (written) {
            metrics.recordProduced();
        } else {
            metrics.recordSkipped();
        }
    }

    /** Ends the session within a second and tells what is lost. Later calls do nothing. */
    void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        runtime.pauses.remove(session.handle());
        try {
            metrics.end(finalStats -> runtime.engine.close(session.handle(), finalStats));
        } catch (NativeException e) {
            log.warn("WebSocket connector {}: the connection could not be closed cleanly: {}", connector, e.getMessage());
        }
        session.awaitEnd(LAST_LINES_MILLIS);
        MetricsSnapshot last = metrics.sinceStart();
        long discarded = last.get(Stat.DISCARDED);
        long unacknowledged = last.inFlight();
        if (discarded > 0 || unacknowledged > 0) {
            log.warn("WebSocket connector {}: stopped with {} received messages discarded from the queue and {} records handed over but "
                    + "not acknowledged by Kafka", connector, discarded, unacknowledged);
        }
        runtime.metrics.remove(metrics, discarded, unacknowledged);
        log.info("WebSocket task stopped: connector={} received={} produced={}", connector, last.get(Stat.RECEIVED), last.produced());
    }

    private static RuntimeException translate(String connector, NativeException e) {
        switch (e.code()) {
            case CONFIG:
                return new ConfigException("WebSocket connector " + connector + ": " + e.getMessage());
            case BUSY:
                return new IllegalStateException("WebSocket connector " + connector + ": two polls at once", e);
            case FAILED:
                return new ConnectException("WebSocket connector " + connector + ": " + e.getMessage() + ". Remove the cause, then restart the "
                        + "task: POST /connectors/" + connector + "/restart?includeTasks=true&onlyFailed=true", e);
            default:
                return defect(connector, e);
        }
    }

    private static ConnectException defect(String connector, RuntimeException cause) {
        return new ConnectException("WebSocket connector " + connector + ": internal error: " + cause.getMessage() + ". Restart the task: "
                + "POST /connectors/" + connector + "/restart?includeTasks=true. Please report this error with the worker's log", cause);
    }
}
