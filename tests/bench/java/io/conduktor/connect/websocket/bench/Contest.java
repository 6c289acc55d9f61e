package io.conduktor.connect.websocket.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One measure of all contenders, round by round. */
final class Contest {
    private final Map<Contender, List<Double>> values = new EnumMap<>(Contender.class);

    void add(Contender contender, double value) {
        values.computeIfAbsent(contender, any -> new ArrayList<>()).add(value);
    }

    /** The connector's, then the others'. */
    List<Series> series() {
        return values.entrySet().stream().map(entry -> new Series(entry.getKey().title(), List.copyOf(entry.getValue()))).toList();
    }

    /** The contenders in the order of that round: in every round another one is the first, in round 0 the first of the list. */
    static List<Contender> order(List<Contender> contenders, int round) {
        List<Contender> order = new ArrayList<>(contenders);
        Collections.rotate(order, -round);
        return order;
    }
}
