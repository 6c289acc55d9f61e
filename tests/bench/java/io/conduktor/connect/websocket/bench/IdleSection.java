package io.conduktor.connect.websocket.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What a task costs that has little to do: beside a worker without connectors, one window for each rate and round. */
final class IdleSection implements Section {
    private static final Duration WINDOW = Duration.ofSeconds(4);
    /** Until a new connector has its threads and buffers, or a deleted one has lost them. */
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final double IDLE_PERCENT = 1;
    private static final int[] RATES = {1, 100, 10_000};

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public String title() {
        return "Idle and slow feeds: one task on a worker of its own";
    }

    @Override
    public List<Row> run(Setup setup) {
        Map<String, String> paths = new LinkedHashMap<>(Map.of("0 msg/s", "/silence"));
        for (int rate : RATES) {
            paths.put(String.format("%,d msg/s", rate), "/numbered?rate=" + rate);
        }
        List<Row> rows = new ArrayList<>();
        try (TestBed bed = new TestBed(setup, "idle")) {
            bed.warmUp();
            setup.progress("a worker without connectors");
            List<Use> without = uses(setup, bed);
            paths.forEach((rate, path) -> {
                setup.progress("a task at " + rate);
                bed.connect("idle", path, Map.of());
                rows.addAll(rows(rate, uses(setup, bed), without));
                bed.delete("idle");
            });
        }
        return rows;
    }

    /** One for each round. */
    private static List<Use> uses(Setup setup, TestBed bed) {
        Servers.letPass(WARM_UP);
        List<Use> uses = new ArrayList<>();
        for (int round = 0; round < setup.rounds(); round++) {
            uses.add(Use.during(bed.process(), WINDOW));
        }
        return uses;
    }

    private static List<Row> rows(String rate, List<Use> with, List<Use> without) {
        List<Limit> limits = rate.startsWith("0 ") ? List.of(Limit.atMost(IDLE_PERCENT)) : List.of();
        return List.of(
            Row.lower("the task's threads, " + rate, "% of a core", List.of(series("connector", with, Use::percentOfTasks)),
                limits.toArray(Limit[]::new)),
            Row.lower("whole worker, " + rate, "% of a core", List.of(series("connector", with, Use::percent),
                series("worker without connectors", without, Use::percent))),
            Row.lower("wake-ups of the task's threads, " + rate, "1/s", List.of(series("connector", with, Use::wakeUpsOfTasks))),
            Row.lower("wake-ups of the engine's thread, " + rate, "1/s", List.of(series("connector", with, Use::wakeUpsOfEngines))));
    }

    private static Series series(String name, List<Use> uses, ToDoubleFunction<Use> value) {
        return Series.of(name, uses.stream().mapToDouble(value).toArray());
    }
}
