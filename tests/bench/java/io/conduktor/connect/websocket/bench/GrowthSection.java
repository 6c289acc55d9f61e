package io.conduktor.connect.websocket.bench;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.OsProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether anything of the worker grows that should not: with more messages, with longer ones, with time. It is one course, which takes one
 * round whatever is asked for: what a round has left behind would be part of the next one.
 */
final class GrowthSection implements Section {
    private static final double MIB = 1024 * 1024;
    private static final long MESSAGES = 60_000;
    private static final long LARGE_MESSAGES = 15_000;
    private static final int SIZE = 1024;
    private static final int TIMES = 10;
    private static final int SOAK_RATE = 5000;
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration BEGINNING = Duration.ofSeconds(10);
    private static final String CONNECTOR = "growth";
    /** The heap is fixed and touched before; the JVM goes on compiling meanwhile, and a short run should not fail by that. */
    private static final double MEMORY_LIMIT = 1.05;
    private static final double MEMORY_PLUS_MIB = 16;
    private static final double COUNT_PLUS = 2;
    /** The queue is full at either size: 10,000 messages of 1 KiB, or a thousand of 10 KiB. */
    private static final Map<String, String> CONFIG = Map.of("websocket.overflow.policy", "block", "websocket.overflow.block.max.ms", "600000",
        "websocket.buffer.max.bytes", "10400000");

    /** What the worker has. */
    private record Holding(double privateMiB, double descriptors, double threads) {
        static Holding of(OsProcess process) {
            return new Holding(process.privateBytes() / MIB, process.descriptors().size(), process.threads().size());
        }
    }

    @Override
    public String name() {
        return "growth";
    }

    @Override
    public String title() {
        return "Growth of the worker: ten times the messages, ten times their size, a soak (one round)";
    }

    @Override
    public List<Row> run(Setup setup) {
        List<Row> rows = new ArrayList<>();
        try (TestBed bed = new TestBed(setup, "growth", "-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch")) {
            bed.warmUp();
            rows.addAll(messagesAndSize(setup, bed));
            rows.addAll(soak(setup, bed));
        }
        return rows;
    }

    /** One connector takes ten times as many messages as before, the next one messages of ten times their size. */
    private static List<Row> messagesAndSize(Setup setup, TestBed bed) {
        setup.progress(String.format("%,d messages of %,d B, then %d times as many", MESSAGES, SIZE, TIMES));
        bed.connect(CONNECTOR, "/flood?size=" + SIZE, CONFIG);
        bed.awaitProduced(CONNECTOR, MESSAGES, LIMIT);
        Holding few = Holding.of(bed.process());
        bed.awaitProduced(CONNECTOR, TIMES * MESSAGES, LIMIT);
        Holding many = Holding.of(bed.process());
        bed.delete(CONNECTOR);

        setup.progress(String.format("messages of %,d B", TIMES * SIZE));
        bed.connect(CONNECTOR, "/flood?size=" + TIMES * SIZE, CONFIG);
        bed.awaitProduced(CONNECTOR, LARGE_MESSAGES, LIMIT);
        Holding large = Holding.of(bed.process());
        bed.delete(CONNECTOR);

        String before = String.format("after %,d", MESSAGES);
        List<Row> rows = new ArrayList<>(rows(String.format("after %,d messages", TIMES * MESSAGES), many, before, few));
        rows.addAll(rows(String.format("with messages of %d KiB", TIMES * SIZE / 1024), large, "with 1 KiB", many));
        return rows;
    }

    private static List<Row> soak(Setup setup, TestBed bed) {
        setup.progress(String.format("%,d msg/s for %d s", SOAK_RATE, setup.soak().toSeconds()));
        bed.feed().control("/_reset_stats");
        bed.connect(CONNECTOR, "/numbered?rate=" + SOAK_RATE, CONFIG);
        Servers.letPass(BEGINNING);
        Holding first = Holding.of(bed.process());
        Servers.letPass(setup.soak().minus(BEGINNING));
        Holding last = Holding.of(bed.process());
        bed.feed().control("/_pause");
        long sent = Await.value("the feed's last message to be written", Servers.LIMIT, () -> bed.feed().stats().path("sent").asLong(),
            now -> Account.read(bed, CONNECTOR).produced() == now);
        Account account = Account.read(bed, CONNECTOR);
        List<Row> rows = new ArrayList<>(rows("after the soak", last, "10 s after its beginning", first));
        rows.add(Row.lower(String.format("soak: lost or unaccounted for, of %,d", sent), "messages",
            List.of(Series.of("connector", account.lost() + Math.abs(account.unaccounted()))), Limit.atMost(0)));
        return rows;
    }

    private static List<Row> rows(String when, Holding now, String before, Holding then) {
        return List.of(
            row("private memory " + when, "MiB", now.privateMiB, before, then.privateMiB, Limit.atMost(MEMORY_LIMIT, before, MEMORY_PLUS_MIB)),
            row("descriptors " + when, "open", now.descriptors, before, then.descriptors, Limit.atMost(1, before, COUNT_PLUS)),
            row("threads " + when, "threads", now.threads, before, then.threads, Limit.atMost(1, before, COUNT_PLUS)));
    }

    private static Row row(String name, String measure, double now, String before, double then, Limit limit) {
        return Row.lower(name, measure, List.of(Series.of("worker", now), Series.of(before, then)), limit);
    }
}
