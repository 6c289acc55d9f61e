package io.conduktor.connect.websocket.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;

/** What a JVM holds on to, each as one number. */
public enum Holding {
    DESCRIPTORS("descriptors"),
    THREADS("threads"),
    /** Bytes of private memory outside the heap: the engine's, and the JVM's own. Means something only if the heap is fixed and touched. */
    NATIVE("native memory"),
    /** Bytes of the heap that a collection leaves. */
    HEAP("heap"),
    CLASSES("classes"),
    MBEANS("MBeans");

    /** What makes {@link #NATIVE} mean something, and keeps the JVM's own share of it still. By default only each fourth collection takes all. */
    private static final String[] STEADY = {"-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:MarkSweepAlwaysCompactCount=1", "-XX:TieredStopAtLevel=1"};
    private static final String DIAGNOSTICS = "com.sun.management:type=DiagnosticCommand";
    private static final String TRIM = "systemTrimNativeHeap";

    private final String title;

    Holding(String title) {
        this.title = title;
    }

    /** Its name in texts. */
    public String title() {
        return title;
    }

    /** Arguments for a JVM whose memory is to be measured: a heap of that many MiB, in memory from the start, and a JVM that soon stops growing. */
    public static String[] steadyJvm(int heapMiB) {
        String[] arguments = Arrays.copyOf(STEADY, STEADY.length + 2);
        arguments[STEADY.length] = "-Xms" + heapMiB + "m";
        arguments[STEADY.length + 1] = "-Xmx" + heapMiB + "m";
        return arguments;
    }

    /**
     * What the JVM holds now. Collects its garbage first, and gives freed native memory back to the system where the JVM knows how (17.0.9 and
     * newer).
     */
    public static Map<Holding, Long> of(OsProcess process, MBeanServerConnection jvm) {
        try {
            invoke(jvm, "java.lang:type=Memory", "gc");
            boolean trims = Arrays.stream(jvm.getMBeanInfo(new ObjectName(DIAGNOSTICS)).getOperations()).anyMatch(it -> it.getName().equals(TRIM));
            if (trims) {
                invoke(jvm, DIAGNOSTICS, TRIM);
            }
            Map<Holding, Long> holdings = new EnumMap<>(Holding.class);
            CompositeData heap = (CompositeData) jvm.getAttribute(new ObjectName(ManagementFactory.MEMORY_MXBEAN_NAME), "HeapMemoryUsage");
            holdings.put(HEAP, (Long) heap.get("used"));
            holdings.put(NATIVE, process.privateBytes() - (Long) heap.get("committed"));
            holdings.put(DESCRIPTORS, (long) process.descriptors().size());
            holdings.put(THREADS, (long) process.threads().size());
            Object classes = jvm.getAttribute(new ObjectName(ManagementFactory.CLASS_LOADING_MXBEAN_NAME), "LoadedClassCount");
            holdings.put(CLASSES, ((Number) classes).longValue());
            holdings.put(MBEANS, jvm.getMBeanCount().longValue());
            return holdings;
        } catch (JMException e) {
            throw new IllegalStateException("what the JVM holds cannot be read", e);
        } catch (IOException e) {
            throw new UncheckedIOException("what the JVM holds cannot be read", e);
        }
    }

    private static void invoke(MBeanServerConnection jvm, String name, String operation) throws JMException, IOException {
        jvm.invoke(new ObjectName(name), operation, new Object[0], new String[0]);
    }
}
