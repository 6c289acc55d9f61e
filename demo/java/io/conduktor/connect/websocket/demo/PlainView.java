package io.conduktor.connect.websocket.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One line every few seconds, for files and pipes. */
final class PlainView implements View {
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final int VALUE_LENGTH = 100;

    private final PrintStream out;
    private final CountDownLatch end;
    private Duration next = Duration.ZERO;

    /** @param end counted down when the user wants to end */
    PlainView(Hints hints, Stage stage, PrintStream out, CountDownLatch end) {
        this.out = out;
        this.end = end;
        out.println("Try in another terminal: " + hints.preparation());
        hints.commands().forEach(command -> out.println("  " + command));
        out.println("The worker's log: " + stage.shown(stage.worker().process().log()));
    }

    @Override
    public void show(Snapshot snapshot) {
        if (snapshot.elapsed().compareTo(next) < 0) {
            return;
        }
        next = snapshot.elapsed().plus(INTERVAL).minusMillis(INTERVAL.toMillis() / 4);
        out.printf("%4d s  connector %s, task %s, connected %s, %,.0f records/s, %,d in Kafka, %s dropped, queue %s%s%s%n",
            snapshot.elapsed().toSeconds(), snapshot.connectorState(), snapshot.taskState(), snapshot.attribute("isConnected"),
            snapshot.rate(), snapshot.records(), snapshot.attribute("MessagesDropped"), snapshot.attribute("QueueSize"),
            snapshot.problem().map(problem -> ", problem: " + printable(problem)).orElse(""),
            snapshot.last().map(last -> ", last: " + cut(last.value())).orElse(""));
    }

    @Override
    public boolean pause(Duration time) throws InterruptedException {
        return end.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        out.flush();
    }

    private static String cut(String value) {
        String line = printable(value);
        return line.length() <= VALUE_LENGTH ? line : line.substring(0, VALUE_LENGTH) + "…";
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
