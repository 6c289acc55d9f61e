package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What settings bring: for the advice in docs/PERFORMANCE.md. Not among the sections that run by themselves. */
final class TuningSection implements Section {
    private static final String FLOOD = "/flood?size=256";
    private static final int BURST = 100_000;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration WINDOW = Duration.ofSeconds(4);
    private static final String DEFAULTS = "defaults";
    private static final Map<String, String> LARGE_BATCHES = Map.of("producer.override.batch.size", "262144");

    /** Settings beside the defaults, by what the row is called. */
    private static Map<String, Map<String, String>> settings() {
        Map<String, Map<String, String>> settings = new LinkedHashMap<>();
        settings.put(DEFAULTS, Map.of());
        settings.put("batch.size 65536", Map.of("producer.override.batch.size", "65536"));
        settings.put("batch.size 262144", LARGE_BATCHES);
        settings.put("batch.size 262144, linger.ms 50", with(LARGE_BATCHES, "producer.override.linger.ms", "50"));
        settings.put("batch.size 262144, lz4", with(LARGE_BATCHES, "producer.override.compression.type", "lz4"));
        settings.put("batch.size 262144, zstd", with(LARGE_BATCHES, "producer.override.compression.type", "zstd"));
        settings.put("batch.size 262144, poll.max.records 100", with(LARGE_BATCHES, "websocket.poll.max.records", "100"));
        settings.put("batch.size 262144, poll.max.records 10000", with(LARGE_BATCHES, "websocket.poll.max.records", "10000"));
        settings.put("batch.size 262144, poll.linger.ms 0", with(LARGE_BATCHES, "websocket.poll.linger.ms", "0"));
        settings.put("batch.size 262144, message.queue.size 100000", with(LARGE_BATCHES, "websocket.message.queue.size", "100000"));
        return settings;
    }

    @Override
    public String name() {
        return "tuning";
    }

    @Override
    public String title() {
        return "Tuning: the connector with other settings, messages of 256 B";
    }

    @Override
    public List<Row> run(Setup setup) {
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        Map<String, List<Double>> costs = new LinkedHashMap<>();
        List<Row> rows = new ArrayList<>();
        try (TestBed bed = new TestBed(setup, name())) {
            bed.warmUp();
            for (int round = 0; round < setup.rounds(); round++) {
                for (Map.Entry<String, Map<String, String>> setting : settings().entrySet()) {
                    setup.progress("round " + (round + 1) + ", " + setting.getKey());
                    measure(bed, setting.getValue(), rates.computeIfAbsent(setting.getKey(), any -> new ArrayList<>()),
                        costs.computeIfAbsent(setting.getKey(), any -> new ArrayList<>()));
                }
            }
            for (String setting : rates.keySet()) {
                rows.add(Row.higher(setting, "records per second", series(rates, setting)));
                rows.add(Row.lower(setting, "worker CPU-s per million records", series(costs, setting)));
            }
            for (int queue : List.of(1_000, 10_000, 50_000, BURST)) {
                setup.progress(String.format("a burst of %,d, queue %,d", BURST, queue));
                rows.add(Row.lower(String.format("a burst of %,d at once, message.queue.size %d", BURST, queue), "messages dropped",
                    List.of(Series.of("connector", dropped(bed, setup.rounds(), queue)))));
            }
        }
        return rows;
    }

    private static void measure(TestBed bed, Map<String, String> setting, List<Double> rates, List<Double> costs) {
        bed.connect("tuning", FLOOD, with(setting, "websocket.overflow.policy", "block"));
        Servers.letPass(WARM_UP);
        Throughput throughput = Throughput.during(bed.process(), WINDOW, () -> bed.produced("tuning"));
        rates.add(throughput.rate());
        costs.add(throughput.workerCpu());
        bed.delete("tuning");
    }

    /** How many of a burst find the queue full. */
    private static double[] dropped(TestBed bed, int rounds, int queue) {
        double[] dropped = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            bed.connect("burst", "/numbered?rate=0&count=" + BURST, Map.of("websocket.message.queue.size", Integer.toString(queue)));
            Account account = Await.value("the burst to be written", Servers.LIMIT, () -> Account.read(bed, "burst"),
                now -> now.produced() + now.lost() == BURST);
            dropped[round] = account.lost();
            bed.delete("burst");
        }
        return dropped;
    }

    private static List<Series> series(Map<String, List<Double>> values, String setting) {
        Series own = new Series("connector", values.get(setting));
        return setting.equals(DEFAULTS) ? List.of(own) : List.of(own, new Series(DEFAULTS, values.get(DEFAULTS)));
    }

    private static Map<String, String> with(Map<String, String> setting, String key, String value) {
        Map<String, String> all = new TreeMap<>(setting);
        all.put(key, value);
        return all;
    }
}
