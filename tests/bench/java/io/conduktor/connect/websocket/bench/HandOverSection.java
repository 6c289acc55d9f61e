package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.HandOver;
import io.conduktor.connect.websocket.HandOver.Cost;
import io.conduktor.connect.websocket.harness.Feed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** From the engine's full queue to source records, in this JVM, beside Java that makes the same records of its own arrays. */
final class HandOverSection implements Section {
    private static final int[] SIZES = {128, 256, 1024};
    private static final int MIXED_SIZE = 256;
    private static final int MESSAGES = 100_000;
    /** Before the first round; for further sizes a few do, since the code is the same. */
    private static final int WARM_UPS = 20;
    private static final int FURTHER_WARM_UPS = 3;
    /** Fillings of the queue in each round; the rivals take turns. */
    private static final int DRAINS = 3;
    private static final String JAVA = "Java, in place";
    private static final String FLOOR = "value, record, offset";
    private static final double CPU_LIMIT = 1.3;
    private static final double BYTES_LIMIT = 1.05;

    @Override
    public String name() {
        return "handover";
    }

    @Override
    public String title() {
        return "Hand-over: the engine's full queue → Java strings and source records";
    }

    @Override
    public List<Row> run(Setup setup) {
        List<Row> rows = new ArrayList<>();
        try (Feed feed = Feed.start(setup.installation(), "handover-feed")) {
            for (int size : SIZES) {
                rows.addAll(rows(setup, size + " B", feed.url("/numbered?count=" + MESSAGES + "&size=" + size),
                    size == SIZES[0] ? WARM_UPS : FURTHER_WARM_UPS));
            }
        }
        try (TextServer server = TextServer.start(mixed(MIXED_SIZE), MESSAGES)) {
            rows.addAll(rows(setup, MIXED_SIZE + " B, 30 % non-ASCII", server.url(), FURTHER_WARM_UPS));
        }
        return rows;
    }

    private static List<Row> rows(Setup setup, String what, String url, int warmUps) {
        setup.progress(what);
        HandOver handOver = new HandOver(url, MESSAGES);
        new Rounds().measure(handOver, warmUps);
        Rounds rounds = new Rounds();
        for (int round = 0; round < setup.rounds(); round++) {
            rounds.measure(handOver, DRAINS);
        }
        return rounds.rows(what);
    }

    /** Text of that many bytes in UTF-8, three of ten characters of which are Cyrillic: two bytes each. */
    private static String mixed(int bytes) {
        String ten = "priceжщцqt";
        StringBuilder result = new StringBuilder(ten.repeat(bytes / ten.getBytes(StandardCharsets.UTF_8).length));
        int missing = bytes - result.toString().getBytes(StandardCharsets.UTF_8).length;
        return result.append("x".repeat(missing)).toString();
    }

    /** One value for each round and rival. */
    private static final class Rounds {
        private final List<Cost> records = new ArrayList<>();
        private final List<Cost> recordsInPlace = new ArrayList<>();
        private final List<Cost> strings = new ArrayList<>();
        private final List<Cost> stringsInPlace = new ArrayList<>();
        private final List<Cost> floor = new ArrayList<>();

        void measure(HandOver handOver, int drains) {
            List<List<Cost>> costs = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < drains; i++) {
                costs.get(0).add(handOver.records());
                costs.get(1).add(handOver.recordsInPlace());
                costs.get(2).add(handOver.strings());
                costs.get(3).add(handOver.stringsInPlace());
            }
            records.add(mean(costs.get(0)));
            recordsInPlace.add(mean(costs.get(1)));
            strings.add(mean(costs.get(2)));
            stringsInPlace.add(mean(costs.get(3)));
            floor.add(handOver.floor());
        }

        List<Row> rows(String what) {
            return List.of(
                Row.lower("strings alone, " + what, "ns CPU each", List.of(series("connector", strings, Cost::cpuNanos),
                    series(JAVA, stringsInPlace, Cost::cpuNanos))),
                Row.lower("records, " + what, "ns CPU each", List.of(series("connector", records, Cost::cpuNanos),
                    series(JAVA, recordsInPlace, Cost::cpuNanos)), Limit.atMost(CPU_LIMIT, JAVA)),
                Row.lower("records, " + what, "heap bytes each", List.of(series("connector", records, Cost::bytes),
                    series(FLOOR, floor, Cost::bytes)), Limit.atMost(BYTES_LIMIT, FLOOR)));
        }

        private static Cost mean(List<Cost> costs) {
            return new Cost(mean(costs, Cost::cpuNanos), mean(costs, Cost::nanos), mean(costs, Cost::bytes));
        }

        private static double mean(List<Cost> costs, ToDoubleFunction<Cost> value) {
            return costs.stream().mapToDouble(value).average().orElseThrow();
        }

        private static Series series(String name, List<Cost> costs, ToDoubleFunction<Cost> value) {
            return new Series(name, costs.stream().map(value::applyAsDouble).toList());
        }
    }
}
