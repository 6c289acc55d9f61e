package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** A hundred connectors on one worker beside one: processor time, threads, memory. */
final class ManySection implements Section {
    private static final int MANY = 100;
    private static final int RATE = 100;
    private static final int CREATORS = 8;
    private static final Duration CREATION_LIMIT = Duration.ofSeconds(120);
    private static final Duration WINDOW = Duration.ofSeconds(8);
    private static final Duration WARM_UP = Duration.ofSeconds(4);
    private static final String ONE = "one";
    /** The heap is fixed and touched before, so growth is native: the engine's memory, but also the stacks of Connect's and Kafka's threads. */
    private static final double IDLE_MIB = 2;

    private static final Map<String, String> RECONNECT = Map.of("websocket.reconnect.interval.ms", "1000");

    /** What was seen of the worker in one state. */
    private record State(Use use, double threads, double privateMiB, double produced) {
    }

    @Override
    public String name() {
        return "many";
    }

    @Override
    public String title() {
        return "Many tasks: " + MANY + " connectors on one worker";
    }

    @Override
    public List<Row> run(Setup setup) {
        try (TestBed bed = new TestBed(setup, "many", "-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch")) {
            bed.warmUp();
            State none = state(setup, bed, "no connector", List.of());

            bed.connect(ONE, path(), Map.of());
            State oneBusy = state(setup, bed, "one connector at " + RATE + " msg/s", List.of(ONE));
            bed.feed().control("/_pause");
            State oneIdle = state(setup, bed, "one connector, idle", List.of());
            bed.delete(ONE);

            double seconds = createAll(setup, bed);
            State manyIdle = state(setup, bed, MANY + " connectors, idle", List.of());
            wake(bed);
            State manyBusy = state(setup, bed, MANY + " connectors at " + RATE + " msg/s", names());

            List<Row> rows = new ArrayList<>();
            rows.add(processor("idle", manyIdle, oneIdle, none));
            rows.add(processor("at " + RATE + " msg/s each", manyBusy, oneBusy, none));
            rows.add(Row.higher("records written, " + MANY + " × " + RATE + " msg/s", "1/s", List.of(Series.of("connectors", manyBusy.produced),
                Series.of("sent", MANY * RATE))));
            rows.add(perTask("threads per idle task", "threads", State::threads, manyIdle, none));
            rows.add(perTask("private memory outside the heap per idle task", "MiB", State::privateMiB, manyIdle, none, Limit.atMost(IDLE_MIB)));
            rows.add(Row.lower("creating " + MANY + " connectors through REST", "s", List.of(Series.of("connectors", seconds))));
            return rows;
        }
    }

    private static String path() {
        return "/numbered?rate=" + RATE;
    }

    private static List<String> names() {
        return IntStream.range(0, MANY).mapToObj(i -> String.format("many-%02d", i)).toList();
    }

    /** Lets the worker settle, then watches it for a while, and how many records the connectors write meanwhile. */
    private static State state(Setup setup, TestBed bed, String what, List<String> connectors) {
        setup.progress(what);
        Servers.letPass(WARM_UP);
        long start = System.nanoTime();
        long before = produced(bed, connectors);
        Use use = Use.during(bed.probe(), WINDOW);
        double seconds = (System.nanoTime() - start) / 1e9; // Asking takes its time, but each connector is asked as late as before.
        double produced = (produced(bed, connectors) - before) / seconds;
        return new State(use, bed.probe().threads().size(), bed.probe().privateMiB(), produced);
    }

    /** Lets the feed send again, on new connections, since on old ones it would make up for the pause; returns when it keeps its rate. */
    private static void wake(TestBed bed) {
        long accepted = bed.feed().stats().path("accepted").asLong();
        bed.feed().control("/_close?code=1012");
        Await.until("new connections", Servers.LIMIT, () -> bed.feed().stats().path("accepted").asLong() >= accepted + MANY);
        bed.awaitConnections(MANY, Servers.LIMIT);
        bed.feed().control("/_resume");
        int second = MANY * RATE;
        Await.until("the connectors to have written what came at once", Servers.LIMIT,
            () -> names().stream().mapToLong(connector -> Account.read(bed, connector).underWay()).sum() < second / 2);
    }

    private static long produced(TestBed bed, List<String> connectors) {
        return connectors.stream().mapToLong(connector -> Account.read(bed, connector).produced()).sum();
    }

    /** Returns the seconds from the first request until the last connection; the feed is paused meanwhile. */
    private static double createAll(Setup setup, TestBed bed) {
        setup.progress(MANY + " connectors are created");
        long start = System.nanoTime();
        ExecutorService creators = Executors.newFixedThreadPool(CREATORS);
        try {
            List<Future<?>> requests = new ArrayList<>();
            names().forEach(name -> requests.add(creators.submit(() -> bed.create(name, path(), RECONNECT))));
            for (Future<?> request : requests) {
                request.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a connector could not be created", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted while connectors are created");
        } finally {
            creators.shutdownNow();
        }
        bed.awaitConnections(MANY, CREATION_LIMIT);
        return (System.nanoTime() - start) / 1e9;
    }

    private static Row processor(String what, State many, State one, State none) {
        double single = one.use.percent() - none.use.percent();
        Series hundredfold = Series.of(MANY + " × one connector", MANY * single);
        return Row.lower("worker's processor time, " + what, "% of a core",
            List.of(Series.of(MANY + " connectors", many.use.percent() - none.use.percent()), hundredfold), Limit.atMost(1, hundredfold.name()));
    }

    private static Row perTask(String what, String measure, ToDoubleFunction<State> value, State many, State none, Limit... limits) {
        double growth = value.applyAsDouble(many) - value.applyAsDouble(none);
        return Row.lower(what, measure, List.of(Series.of("one of " + MANY + " connectors", growth / MANY)), limits);
    }
}
