package io.conduktor.connect.websocket.bench;

import java.util.List;
import java.util.Map;

/**
 * A connector's numbers as its MBeans tell them, in messages.
 *
 * @param lost for whatever reason
 * @param underWay queued, or handed over and not yet acknowledged
 */
record Account(long received, long produced, long skipped, long lost, long underWay) {
    private static final List<String> LOSSES = List.of("MessagesDropped", "MessagesOversize", "MessagesUnrepresentable", "MessagesCorrupt",
        "MessagesDiscarded");

    static Account read(TestBed bed, String connector) {
        Map<String, Object> numbers = bed.attributes(connector);
        return new Account(number(numbers, "MessagesReceived"), number(numbers, "RecordsProduced"), number(numbers, "RecordsSkipped"),
            LOSSES.stream().mapToLong(loss -> number(numbers, loss)).sum(),
            number(numbers, "QueueSize") + number(numbers, "MessagesInFlight"));
    }

    /** Messages of which nobody knows what became of them; 0 when nothing is under way, for the MBeans are read one after the other. */
    long unaccounted() {
        return received - produced - skipped - lost - underWay;
    }

    private static long number(Map<String, Object> numbers, String name) {
        return ((Number) numbers.get(name)).longValue();
    }
}
