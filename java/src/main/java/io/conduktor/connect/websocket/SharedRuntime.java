package io.conduktor.connect.websocket;

import java.lang.management.ManagementFactory;

/** What the tasks of one class loader share: the engine, its log lines, the MBeans and the watch for paused tasks. */
final class SharedRuntime {
    private static SharedRuntime instance;

    final Engine engine;
    final PauseWatch pauses;
    final LogPump logs;
    final MetricsRegistry metrics;

    SharedRuntime(Engine engine, MetricsRegistry metrics) {
        this.engine = engine;
        this.pauses = new PauseWatch(engine, System::nanoTime);
        this.logs = new LogPump(engine, pauses::round);
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
