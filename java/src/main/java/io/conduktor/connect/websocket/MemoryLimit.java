package io.conduktor.connect.websocket;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.apache.kafka.common.config.ConfigException;

/** What the queues of all tasks of a worker may hold together, in bytes. They lie outside the heap, which {@code -Xmx} does not bound. */
final class MemoryLimit {
    static final String PROPERTY = "io.conduktor.connect.websocket.memory.max.bytes";
    static final long MINIMUM = 1024 * 1024;
    /** What the property does, in the words of the keys' documentation. */
    static final String DOC = "System property of the worker's JVM (KAFKA_OPTS): bytes that the queues of all the worker's tasks hold together, at "
            + "most. A single task may hold up to four times what is left, so that one full queue leaves a fifth to the others. A task that finds "
            + "no room does as " + WebSocketSourceConnectorConfig.OVERFLOW_POLICY_CONFIG + " says. By default a quarter of the memory of the "
            + "container, or of the machine, as the JVM sees it.";
    private static final int DEFAULT_SHARE = 4;

    private MemoryLimit() {
    }

    /** @throws ConfigException if the property is set to something else than a legal number */
    static long bytes() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return bytes(System.getProperty(PROPERTY), system.getTotalPhysicalMemorySize());
    }

    /** {@code configured} is the property's value or null. */
    static long bytes(String configured, long memory) {
        if (configured == null) {
            return Math.max(MINIMUM, memory / DEFAULT_SHARE);
        }
        try {
            long bytes = Long.parseLong(configured.trim());
            if (bytes >= MINIMUM) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new ConfigException("The system property " + PROPERTY + " must be a number of bytes, " + MINIMUM + " or more, not '"
                + configured + "'");
    }
}
