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
    private static final int WARM_UPS = 20;
    /** Fillings of the queue in each round; the rivals take turns. */
    private static final int DRAINS = 4;
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
                rows.addAll(rows(setup, size + " B", feed.url("/numbered?count=" + MESSAGES + "&size=" + size)));
            }
        }
        try (TextServer server = TextServer.start(mixed(MIXED_SIZE), MESSAGES)) {
            rows.addAll(rows(setup, MIXED_SIZE + " B, 30 % non-ASCII", server.url()));
        }
        return rows;
    }

    private static List<Row> rows(Setup setup, String what, String url) {
        setup.progress("hand-over, " + what);
        HandOver handOver = new HandOver(url, MESSAGES);
        for (int i = 0; i < WARM_UPS; i++) {
            handOver.fromQueue();
            handOver.inPlace();
        }
        handOver.floor();
        Rounds rounds = new Rounds();
        for (int round = 0; round < setup.rounds(); round++) {
            rounds.measure(handOver);
        }
        return rounds.rows("hand-over, " + what);
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
        private final List<Cost> queue = new ArrayList<>();
        private final List<Cost> java = new ArrayList<>();
        private final List<Cost> floor = new ArrayList<>();

        void measure(HandOver handOver) {
            List<Cost> ofQueue = new ArrayList<>();
            List<Cost> ofJava = new ArrayList<>();
            for (int i = 0; i < DRAINS; i++) {
                ofQueue.add(handOver.fromQueue());
                ofJava.add(handOver.inPlace());
            }
            queue.add(mean(ofQueue));
            java.add(mean(ofJava));
            floor.add(handOver.floor());
        }

        List<Row> rows(String name) {
            return List.of(
                Row.lower(name, "ns CPU/record", List.of(series("connector", queue, Cost::cpuNanos),
                    series("Java, in place", java, Cost::cpuNanos)), Limit.atMost(CPU_LIMIT, "Java, in place")),
                Row.lower(name, "heap bytes/record", List.of(series("connector", queue, Cost::bytes),
                    series("value, record, offset", floor, Cost::bytes)), Limit.atMost(BYTES_LIMIT, "value, record, offset")));
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
