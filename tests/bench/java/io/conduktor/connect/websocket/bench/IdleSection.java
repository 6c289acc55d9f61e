package io.conduktor.connect.websocket.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a task costs that has little to do: beside a worker without connectors, one window for each rate. */
final class IdleSection implements Section {
    private static final Duration WINDOW = Duration.ofSeconds(8);
    /** Until a new connector has its threads and buffers, or a deleted one has lost them. */
    private static final Duration WARM_UP = Duration.ofSeconds(3);
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
            Servers.letPass(WARM_UP);
            Use without = Use.during(bed.probe(), WINDOW);
            paths.forEach((rate, path) -> {
                setup.progress("a task at " + rate);
                rows.addAll(rows(rate, use(bed, path), without));
            });
        }
        return rows;
    }

    private static Use use(TestBed bed, String path) {
        bed.connect("idle", path, Map.of());
        Servers.letPass(WARM_UP);
        Use use = Use.during(bed.probe(), WINDOW);
        bed.delete("idle");
        return use;
    }

    private static List<Row> rows(String rate, Use with, Use without) {
        List<Limit> limits = rate.startsWith("0 ") ? List.of(Limit.atMost(IDLE_PERCENT)) : List.of();
        return List.of(
            Row.lower("the task's threads, " + rate, "% of a core", List.of(Series.of("connector", with.percentOfTasks())),
                limits.toArray(Limit[]::new)),
            Row.lower("whole worker, " + rate, "% of a core", List.of(Series.of("connector", with.percent()),
                Series.of("worker without connectors", without.percent()))),
            Row.lower("wake-ups of the task's threads, " + rate, "1/s", List.of(Series.of("connector", with.wakeUpsOfTasks()))),
            Row.lower("wake-ups of the engine's thread, " + rate, "1/s", List.of(Series.of("connector", with.wakeUpsOfEngines()))));
    }
}
