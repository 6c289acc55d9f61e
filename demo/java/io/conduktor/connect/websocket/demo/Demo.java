package io.conduktor.connect.websocket.demo;

import io.conduktor.connect.websocket.harness.Installation;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jline.utils.Signals;

/**
 * Starts everything, shows it until the user or the clock ends it, and tells in one line what came of it. Exit status: 0 if
 * records arrived in Kafka, 1 if none did or the demo could not start.
 */
public final class Demo {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final CountDownLatch end = new CountDownLatch(1);
    /** UTF-8 also where the locale is plain C, as in containers; terminals show it all the same. */
    private final PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    /** Held here, since the lock lasts as long as the open file. */
    private FileChannel lock;

    private Demo() {
    }

    public static void main(String[] arguments) {
        int status;
        try {
            status = new Demo().run(Request.from(System.getenv()));
        } catch (InterruptedException | IOException | RuntimeException | AssertionError e) {
            System.out.println();
            System.err.println("demo: " + (e.getMessage() == null ? e : e.getMessage()));
            status = 1;
        }
        System.exit(status);
    }

    private int run(Request request) throws IOException, InterruptedException {
        Installation installation = Installation.fromSystemProperties();
        lock = lock(installation.work());
        Signals.register("INT", end::countDown);
        Signals.register("TERM", end::countDown);
        Snapshot last;
        String topic;
        try (Stage stage = Stage.set(installation, request, out)) {
            topic = stage.topic();
            last = watch(stage, request);
            out.println("Stopping…");
        }
        out.println(summary(last, topic));
        return last.records() > 0 ? 0 : 1;
    }

    /** Two demos in one folder would delete each other's files. The lock goes with the process, however that ends. */
    private static FileChannel lock(Path folder) throws IOException {
        Files.createDirectories(folder);
        FileChannel file = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (file.tryLock() == null) {
            file.close();
            throw new IllegalStateException("another demo is running in " + folder + "; end it first");
        }
        return file;
    }

    private Snapshot watch(Stage stage, Request request) throws IOException, InterruptedException {
        try (Sampler sampler = new Sampler(stage); View view = view(stage)) {
            while (true) {
                Snapshot snapshot = sampler.sample();
                view.show(snapshot);
                boolean timeIsUp = request.duration().filter(limit -> snapshot.elapsed().compareTo(limit) >= 0).isPresent();
                if (timeIsUp || view.pause(INTERVAL)) {
                    return snapshot;
                }
            }
        }
    }

    private View view(Stage stage) throws IOException {
        Hints hints = new Hints(stage);
        hints.save(stage.folder());
        return Boolean.getBoolean("demo.terminal")
            ? new TerminalView(new Panel(stage, hints), end)
            : new PlainView(hints, stage, out, end);
    }

    private static String summary(Snapshot last, String topic) {
        double seconds = Math.max(1, last.elapsed().toMillis() / 1e3);
        String result = last.records() > 0
            ? String.format("%,d records arrived in Kafka topic %s within %.0f s (%,.0f per second)", last.records(), topic, seconds,
                last.records() / seconds)
            : "no record arrived in Kafka topic " + topic + last.problem().map(problem -> " (" + problem + ")").orElse("");
        return result + "; messages dropped since the task's last start: " + last.attribute("MessagesDropped") + "; all processes ended, their data is removed";
    }
}
