package io.conduktor.connect.websocket.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The whole connector on a real worker, as fast as it can, beside the null source on the same worker. */
final class ConnectorSection implements Section {
    private static final String NULL_SOURCE = Contender.NULL_SOURCE.title();
    private static final int MIDDLE_SIZE = 256;
    /** With this load all contenders run, with the others only two: the third would take minutes more. */
    private static final Load WITH_ALL = new Load(MIDDLE_SIZE, 0, ProducerSetting.DEFAULT);
    private static final List<Contender> TWO = List.of(Contender.CONNECTOR, Contender.NULL_SOURCE);
    private static final List<Load> LOADS = Stream.of(ProducerSetting.DEFAULT, ProducerSetting.TUNED)
        .flatMap(producer -> Stream.of(128, MIDDLE_SIZE, 1024).map(size -> new Load(size, 0, producer))).toList();
    /** For the JIT compiler, before anything is measured: of the two with each producer; the third runs the null source's code. */
    private static final Duration COMPILATION = Duration.ofSeconds(4);
    private static final Duration WARM_UP = Duration.ofSeconds(1);
    private static final Duration WINDOW = Duration.ofMillis(2500);

    @Override
    public String name() {
        return "connector";
    }

    @Override
    public String title() {
        return "Connector: socket → topic, on a real worker and a real broker";
    }

    @Override
    public List<Row> run(Setup setup) {
        Map<Load, Contest> rates = new HashMap<>();
        Map<Load, Contest> costs = new HashMap<>();
        try (Stage stage = new Stage(setup, name())) {
            Map<Load, Double> latest = warmUp(setup, stage);
            for (int round = 0; round < setup.rounds(); round++) {
                for (Load load : LOADS) {
                    for (Contender contender : Contest.order(contenders(load), round)) {
                        Throughput throughput = measure(stage, contender, load, latest);
                        setup.progress("round " + (round + 1) + ", " + load + ", " + contender.title() + ": " + Series.number(throughput.rate())
                            + " records per second, " + Series.number(throughput.workerCpu()) + " CPU-s per million");
                        rates.computeIfAbsent(load, any -> new Contest()).add(contender, throughput.rate());
                        costs.computeIfAbsent(load, any -> new Contest()).add(contender, throughput.workerCpu());
                    }
                }
            }
        }
        return rows(rates, costs);
    }

    private static List<Contender> contenders(Load load) {
        return load.equals(WITH_ALL) ? List.of(Contender.values()) : TWO;
    }

    /**
     * Keeps in {@code latest} what the connector has reached; the feed sends that much beside a null source. If a null source is the first
     * of its round, it is what the connector reached in the round before.
     */
    private static Throughput measure(Stage stage, Contender contender, Load load, Map<Load, Double> latest) {
        try (Trial trial = stage.start(contender, load, latest.getOrDefault(load, 0.0))) {
            trial.run(WARM_UP);
            Throughput throughput = trial.measure(WINDOW);
            if (contender == Contender.CONNECTOR) {
                latest.put(load, throughput.rate());
            }
            return throughput;
        }
    }

    private static Map<Load, Double> warmUp(Setup setup, Stage stage) {
        Map<Load, Double> latest = new HashMap<>();
        for (ProducerSetting producer : List.of(ProducerSetting.DEFAULT, ProducerSetting.TUNED)) {
            Load load = new Load(MIDDLE_SIZE, 0, producer);
            for (Contender contender : TWO) {
                setup.progress("warm-up, " + load + ", " + contender.title());
                try (Trial trial = stage.start(contender, load, latest.getOrDefault(load, 0.0))) {
                    Throughput throughput = trial.measure(COMPILATION);
                    latest.putIfAbsent(load, throughput.rate());
                }
            }
        }
        return latest;
    }

    private static List<Row> rows(Map<Load, Contest> rates, Map<Load, Contest> costs) {
        List<Row> rows = new ArrayList<>();
        for (Load load : LOADS) {
            rows.add(Row.higher(load.toString(), "records per second", rates.get(load).series(), Limit.atLeast(0.95, NULL_SOURCE)));
            rows.add(Row.lower(load.toString(), "worker CPU-s per million records", costs.get(load).series(), Limit.atMost(1.10, NULL_SOURCE)));
        }
        return rows;
    }
}
