package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
    private static final double MIB = 1024 * 1024;
    private static final int MANY = 100;
    private static final int RATE = 100;
    private static final int CREATORS = 8;
    private static final Duration CREATION_LIMIT = Duration.ofSeconds(120);
    private static final Duration WINDOW = Duration.ofSeconds(4);
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final String ONE = "one";
    /** The heap is fixed and touched before, so growth is native: the engine's memory, but also the stacks of Connect's and Kafka's threads. */
    private static final double IDLE_MIB = 2;
    /** Of all together: one in a hundred of a core each. */
    private static final double IDLE_PERCENT = MANY;

    private static final Map<String, String> RECONNECT = Map.of("websocket.reconnect.interval.ms", "1000");

    /**
     * What was seen of the worker in one state.
     *
     * @param percent of a core, in each round
     * @param produced records per second, in each round
     */
    private record State(double[] percent, double[] produced, double threads, double privateMiB) {
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
            State one = state(setup, bed, "one connector at " + RATE + " msg/s", List.of(ONE));
            bed.feed().control("/_pause");
            bed.delete(ONE);

            double seconds = createAll(setup, bed);
            State manyIdle = state(setup, bed, MANY + " connectors, idle", List.of());
            wake(bed);
            State manyBusy = state(setup, bed, MANY + " connectors at " + RATE + " msg/s", names());

            List<Row> rows = new ArrayList<>();
            rows.add(Row.lower("worker's processor time, idle", "% of a core", List.of(new Series(MANY + " connectors", more(manyIdle, none, 1))),
                Limit.atMost(IDLE_PERCENT)));
            Series hundredfold = new Series(MANY + " × one connector", more(one, none, MANY));
            rows.add(Row.lower("worker's processor time, at " + RATE + " msg/s each", "% of a core",
                List.of(new Series(MANY + " connectors", more(manyBusy, none, 1)), hundredfold), Limit.atMost(1, hundredfold.name())));
            double[] sent = new double[setup.rounds()];
            Arrays.fill(sent, MANY * RATE);
            rows.add(Row.higher("records written, " + MANY + " × " + RATE + " msg/s", "1/s", List.of(Series.of("connectors", manyBusy.produced),
                Series.of("sent", sent))));
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

    /** Lets the worker settle, then watches it for as many windows as rounds, and how many records the connectors write meanwhile. */
    private static State state(Setup setup, TestBed bed, String what, List<String> connectors) {
        setup.progress(what);
        Servers.letPass(WARM_UP);
        double[] percent = new double[setup.rounds()];
        double[] rates = new double[setup.rounds()];
        long then = System.nanoTime();
        long before = produced(bed, connectors);
        for (int round = 0; round < setup.rounds(); round++) {
            percent[round] = Use.during(bed.process(), WINDOW).percent();
            long now = System.nanoTime(); // Asking takes its time, but each connector is asked as late as before.
            long produced = produced(bed, connectors);
            rates[round] = (produced - before) / ((now - then) / 1e9);
            then = now;
            before = produced;
        }
        return new State(percent, rates, bed.process().threads().size(), bed.process().privateBytes() / MIB);
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
        return connectors.stream().mapToLong(bed::produced).sum();
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

    /** By how much one state takes more of a core than another, round by round, so many times. */
    private static List<Double> more(State state, State other, int times) {
        return IntStream.range(0, state.percent.length).mapToObj(round -> times * (state.percent[round] - other.percent[round])).toList();
    }

    private static Row perTask(String what, String measure, ToDoubleFunction<State> value, State many, State none, Limit... limits) {
        double growth = value.applyAsDouble(many) - value.applyAsDouble(none);
        return Row.lower(what, measure, List.of(Series.of("one of " + MANY + " connectors", growth / MANY)), limits);
    }
}
