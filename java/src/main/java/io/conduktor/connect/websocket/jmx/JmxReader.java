package io.conduktor.connect.websocket.jmx;

import io.conduktor.connect.websocket.JsonWriter;
import java.io.PrintStream;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The JAR's main class: prints attributes of a connector's MBeans, read over remote JMX. It needs nothing but this JAR and Java 11.
 * Exit codes: 0 read; 1 no such MBean or attribute; 2 wrong usage; 3 no connection. See docs/HEALTH_CHECK.md.
 */
public final class JmxReader {
    /** Moves a terminal's cursor to the top left and clears the screen (ECMA-48). */
    private static final String CLEAR = "\033[H\033[2J";

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    JmxReader(PrintStream out, PrintStream err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /** Reads as the arguments say and ends the JVM with the exit code. */
    public static void main(String[] arguments) {
        String kind = System.getenv("TERM");
        boolean terminal = System.console() != null && kind != null && !kind.equals("dumb");
        System.exit(new JmxReader(System.out, System.err, terminal).run(arguments));
    }

    /** @return the exit code */
    int run(String... arguments) {
        try {
            ReaderArguments wanted = ReaderArguments.parse(arguments);
            if (wanted.help) {
                out.println(ReaderArguments.USAGE);
            } else if (wanted.watchSeconds > 0) {
                watch(wanted);
            } else {
                print(wanted, read(wanted));
            }
            return 0;
        } catch (ReaderException e) {
            err.println(e.getMessage());
            return e.exitCode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** Until interrupted. The first reading must succeed; later ones may fail while a worker or a task restarts. */
    private void watch(ReaderArguments wanted) throws ReaderException, InterruptedException {
        Map<String, Object> values = read(wanted);
        while (true) {
            if (!wanted.json) {
                out.println((terminal ? CLEAR : "") + LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + "  " + wanted.subject() + " at "
                        + wanted.address);
            }
            print(wanted, values);
            values = readAgain(wanted);
        }
    }

    private Map<String, Object> readAgain(ReaderArguments wanted) throws InterruptedException {
        while (true) {
            TimeUnit.SECONDS.sleep(wanted.watchSeconds);
            try {
                return read(wanted);
            } catch (ReaderException e) {
                err.println(LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + "  " + e.getMessage());
            }
        }
    }

    private void print(ReaderArguments wanted, Map<String, Object> values) {
        if (wanted.json) {
            out.println(JsonWriter.write(values));
        } else if (wanted.attribute != null) {
            out.println(values.get(wanted.attribute));
        } else {
            int width = values.keySet().stream().mapToInt(String::length).max().orElse(1);
            values.forEach((name, value) -> out.printf("%-" + width + "s  %s%n", name, value));
        }
        out.flush();
    }

    /** In a thread of its own: RMI has no limit for the time that a connection or an answer takes. */
    private static Map<String, Object> read(ReaderArguments wanted) throws ReaderException, InterruptedException {
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread result = new Thread(task, "jmx-reader");
            result.setDaemon(true);
            return result;
        });
        try {
            Future<Map<String, Object>> values = thread.submit(() -> {
                try (RemoteBeans beans = RemoteBeans.connect(wanted)) {
                    return beans.read(wanted);
                }
            });
            return values.get(wanted.timeoutSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new ReaderException(ReaderException.NO_CONNECTION,
                    "JMX at " + wanted.address + " did not answer within " + wanted.timeoutSeconds + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReaderException) {
                throw (ReaderException) e.getCause();
            }
            throw new IllegalStateException("JMX at " + wanted.address, e.getCause());
        } finally {
            thread.shutdownNow();
        }
    }
}
