package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.TopicReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** From the server's sending to the broker's append, beside the null source at the same rate on the same worker. */
final class DelaySection implements Section {
    private static final int SIZE = 256;
    private static final double MILLIS = 1e3;
    private static final List<Double> PERCENTS = List.of(50.0, 99.0, 99.9);
    private static final List<Contender> CONTENDERS = List.of(Contender.CONNECTOR, Contender.NULL_SOURCE);
    private static final List<Load> LOADS = List.of(new Load(SIZE, 100, ProducerSetting.DEFAULT), new Load(SIZE, 1_000, ProducerSetting.DEFAULT),
        new Load(SIZE, 20_000, ProducerSetting.DEFAULT), new Load(SIZE, 20_000, ProducerSetting.TUNED),
        new Load(SIZE, 20_000, ProducerSetting.NO_LINGER));
    private static final Duration COMPILATION = Duration.ofSeconds(5);
    private static final Duration WARM_UP = Duration.ofMillis(1500);
    private static final Duration WINDOW = Duration.ofSeconds(3);
    /** Below so many messages per second, since a percentile needs some. */
    private static final Duration LONG_WINDOW = Duration.ofSeconds(5);
    private static final int MANY = 1_000;
    private static final Duration READING = Duration.ofSeconds(30);
    /** Fewer records than this part of what the rate brings mean that the machine cannot carry it. */
    private static final double COMPLETE = 0.8;
    /** Beyond it chance decides. */
    private static final double HIGHEST_LIMITED = 99;

    @Override
    public String name() {
        return "delay";
    }

    @Override
    public String title() {
        return "Delay: server → append to the topic, " + SIZE + " B, on a real worker and a real broker";
    }

    @Override
    public List<Row> run(Setup setup) {
        Map<Load, Map<Double, Contest>> delays = new HashMap<>();
        try (Stage stage = new Stage(setup, name())) {
            warmUp(setup, stage);
            for (int round = 0; round < setup.rounds(); round++) {
                for (Load load : LOADS) {
                    for (Contender contender : Contest.order(CONTENDERS, round)) {
                        Percentiles measured = measure(stage, contender, load);
                        setup.progress("round " + (round + 1) + ", " + load + ", " + contender.title() + ": p50 "
                            + Series.number(measured.at(50)) + " ms, p99 " + Series.number(measured.at(99)) + " ms");
                        for (double percent : PERCENTS) {
                            delays.computeIfAbsent(load, any -> new HashMap<>()).computeIfAbsent(percent, any -> new Contest())
                                .add(contender, measured.at(percent));
                        }
                    }
                }
            }
        }
        return rows(delays);
    }

    private static void warmUp(Setup setup, Stage stage) {
        Load load = new Load(SIZE, 20_000, ProducerSetting.DEFAULT);
        for (Contender contender : CONTENDERS) {
            setup.progress("warm-up, " + contender.title());
            try (Trial trial = stage.start(contender, load, 0)) {
                trial.run(COMPILATION);
            }
        }
    }

    private static Percentiles measure(Stage stage, Contender contender, Load load) {
        Duration window = load.rate() < MANY ? LONG_WINDOW : WINDOW;
        try (Trial trial = stage.start(contender, load, 0)) {
            trial.run(WARM_UP.plus(window));
            trial.stop();
            return new Percentiles(delays(trial.topic(), load, window));
        }
    }

    /** Of the records that were appended in the window, which begins when the warm-up is over. */
    private static double[] delays(TopicReader topic, Load load, Duration window) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        topic.read(topic.size(), READING, records::add);
        long begin = records.get(0).timestamp() + WARM_UP.toMillis();
        long end = begin + window.toMillis();
        double[] delays = records.stream().filter(record -> record.timestamp() >= begin && record.timestamp() < end)
            .mapToDouble(StampedRecord::delayMillis).toArray();
        double expected = load.rate() * window.toMillis() / MILLIS;
        if (delays.length < COMPLETE * expected) {
            throw new IllegalStateException("this machine cannot carry the load (" + load + "): " + delays.length + " records were appended in "
                + window.toMillis() + " ms");
        }
        return delays;
    }

    private static List<Row> rows(Map<Load, Map<Double, Contest>> delays) {
        String nullSource = Contender.NULL_SOURCE.title();
        List<Row> rows = new ArrayList<>();
        for (Load load : LOADS) {
            for (double percent : PERCENTS) {
                String measure = "p" + (percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent)) + ", ms";
                Limit[] limits = percent > HIGHEST_LIMITED ? new Limit[0] : new Limit[] {Limit.atMost(1.2, nullSource, 2.0)};
                rows.add(Row.lower(load.toString(), measure, delays.get(load).get(percent).series(), limits));
            }
        }
        return rows;
    }
}
