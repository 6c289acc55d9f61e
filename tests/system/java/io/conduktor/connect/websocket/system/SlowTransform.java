package io.conduktor.connect.websocket.system;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;

/** A transform that takes 30 ms for each record, as one that asks another system does. */
public final class SlowTransform implements Transformation<SourceRecord> {
    private static final long MILLIS = 30;

    /** For Connect. */
    public SlowTransform() {
    }

    @Override
    public SourceRecord apply(SourceRecord record) {
        try {
            Thread.sleep(MILLIS);
            return record;
        } catch (InterruptedException e) {
            throw new ConnectException(e);
        }
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    @Override
    public void configure(Map<String, ?> configs) {
    }

    @Override
    public void close() {
    }
}
