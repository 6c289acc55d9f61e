package io.conduktor.connect.websocket;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * The task as Connect sees it. Connect calls start, poll and stop on one thread, stop after the last poll and also after a start that
 * failed; commitRecord comes on the producer's thread, even after stop.
 */
public class WebSocketSourceTask extends SourceTask {
    private final Supplier<SharedRuntime> runtime;
    private volatile StartedTask started;

    public WebSocketSourceTask() {
        this(SharedRuntime::get);
    }

    WebSocketSourceTask(Supplier<SharedRuntime> runtime) {
        this.runtime = runtime;
    }

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public void start(Map<String, String> properties) {
        WebSocketSourceConnectorConfig config = new WebSocketSourceConnectorConfig(properties);
        started = StartedTask.start(config, ConnectorName.of(properties), context, runtime.get());
    }

    /** Blocks up to 500 ms and returns as soon as there is data; null if there is none. */
    @Override
    public List<SourceRecord> poll() {
        StartedTask task = started;
        return task == null ? null : task.poll();
    }

    @Override
    public void stop() {
        StartedTask task = started;
        if (task != null) {
            task.close();
        }
    }

    /** {@code metadata} is null for a record that a transform filtered or errors.tolerance skipped. */
    @Override
    public void commitRecord(SourceRecord record, RecordMetadata metadata) {
        StartedTask task = started;
        if (task != null) {
            task.committed(record, metadata != null);
        }
    }
}
