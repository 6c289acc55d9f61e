package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.conduktor.connect.websocket.harness.JmxClient;
import java.util.Map;

/** A connector's numbers as its two MBeans tell them. The two are read one after the other: they agree when nothing is under way. */
public record Books(long received, long produced, long skipped, long dropped, long oversize, long unrepresentable, long discarded, long queued,
        long inFlight, long backlog, long filtered, long duplicate, long corrupt) {
    private static final String DOMAIN = "io.conduktor.connect.websocket:";

    /** Without messages that cannot be decompressed. */
    public Books(long received, long produced, long skipped, long dropped, long oversize, long unrepresentable, long discarded, long queued,
            long inFlight, long backlog, long filtered, long duplicate) {
        this(received, produced, skipped, dropped, oversize, unrepresentable, discarded, queued, inFlight, backlog, filtered, duplicate, 0);
    }

    /** The pattern that matches the connector's MBean. */
    public static String connectorBean(String connector) {
        return DOMAIN + "type=WebSocketConnector,name=" + connector + ",*";
    }

    /** The name of its task's MBean. */
    public static String taskBean(String connector) {
        return DOMAIN + "type=WebSocketTask,name=" + connector + ",task=0";
    }

    public static Books read(JmxClient jmx, String connector) {
        Map<String, Object> of = jmx.attributes(connectorBean(connector));
        Map<String, Object> task = jmx.attributes(taskBean(connector));
        return new Books(number(of, "MessagesReceived"), number(of, "RecordsProduced"), number(task, "RecordsSkipped"),
            number(of, "MessagesDropped"), number(task, "MessagesOversize"), number(task, "MessagesUnrepresentable"),
            number(task, "MessagesDiscarded"), number(of, "QueueSize"), number(task, "MessagesInFlight"), number(of, "BacklogCount"),
            number(task, "MessagesFiltered"), number(task, "MessagesDuplicate"), number(task, "MessagesCorrupt"));
    }

    /** Nothing is still to become a record, and both MBeans say so. */
    public boolean isSettled() {
        return queued == 0 && inFlight == 0 && backlog == 0;
    }

    /** Every message received is accounted for, once. */
    public void assertBalanced() {
        long fates = produced + skipped + dropped + oversize + unrepresentable + corrupt + discarded + filtered + duplicate + queued + inFlight;
        assertEquals(received, fates, this::toString);
        assertEquals(queued + inFlight, backlog, this::toString);
    }

    private static long number(Map<String, Object> attributes, String name) {
        return ((Number) attributes.get(name)).longValue();
    }
}
