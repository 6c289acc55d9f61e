package io.conduktor.connect.websocket.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One measure of both contenders, round by round. */
final class Duel {
    private final Map<Contender, List<Double>> values = new EnumMap<>(Contender.class);

    void add(Contender contender, double value) {
        values.computeIfAbsent(contender, any -> new ArrayList<>()).add(value);
    }

    /** The connector's, then the null source's. */
    List<Series> series() {
        return values.entrySet().stream().map(entry -> new Series(entry.getKey().title(), List.copyOf(entry.getValue()))).toList();
    }

    /** The contenders in the order of that round: each is first in every other one. */
    static List<Contender> order(int round) {
        return round % 2 == 0 ? List.of(Contender.CONNECTOR, Contender.NULL_SOURCE) : List.of(Contender.NULL_SOURCE, Contender.CONNECTOR);
    }
}
