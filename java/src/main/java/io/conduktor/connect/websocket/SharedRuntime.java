package io.conduktor.connect.websocket;

import java.lang.management.ManagementFactory;

/** What the tasks of one class loader share: the engine, its log lines and the MBeans. */
final class SharedRuntime {
    private static SharedRuntime instance;

    final Engine engine;
    final LogPump logs;
    final MetricsRegistry metrics;

    SharedRuntime(Engine engine, MetricsRegistry metrics) {
        this.engine = engine;
        this.logs = new LogPump(engine);
        this.metrics = metrics;
    }

    /**
     * Loads the native library at the first call.
     *
     * @throws org.apache.kafka.connect.errors.ConnectException if it cannot be loaded
     */
    static synchronized SharedRuntime get() {
        if (instance == null) {
            instance = new SharedRuntime(NativeEngine.load(), new MetricsRegistry(ManagementFactory.getPlatformMBeanServer()));
        }
        return instance;
    }
}
