package io.conduktor.connect.websocket.harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A process that the harness started. Its output is appended to a file, it reads nothing, and it ends with this JVM at the latest.
 * Methods may be called from any thread.
 */
public final class ServerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int TAIL_LINES = 30;
    private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(ServerProcess::stopAll, "stop-processes"));
    }

    private final String name;
    private final Path log;
    private final Process process;

    private ServerProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /** Starts the command without waiting for anything. */
    public static ServerProcess start(String name, Path log, List<String> command) {
        return start(name, log, command, Map.of());
    }

    /** The same with further environment variables. */
    public static ServerProcess start(String name, Path log, List<String> command, Map<String, String> environment) {
        try {
            Files.createDirectories(log.getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            Process process = builder.start();
            ServerProcess server = new ServerProcess(name, log, process);
            RUNNING.add(server);
            process.onExit().thenRun(() -> RUNNING.remove(server));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name + ": " + command.get(0), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The file with its standard output and error output. */
    public Path log() {
        return log;
    }

    /** All that it has written so far. */
    public String logText() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits like {@link Await#until}, but gives up as soon as the process has died.
     *
     * @throws Await.Stop if the process died; carries the end of its log
     */
    public void awaitReady(Duration limit, Await.Condition ready) {
        Await.until(name + " to be ready (log: " + log + ")", limit, () -> {
            if (!isAlive()) {
                throw new Await.Stop(name + " ended with status " + process.exitValue() + "; the end of " + log + ":\n" + logTail());
            }
            return ready.holds();
        });
    }

    /** Waits for its end and returns the exit status. */
    public int awaitExit(Duration limit) {
        Await.until(name + " to end", limit, () -> !isAlive());
        return process.exitValue();
    }

    /** Asks the process to end (SIGTERM) and makes it end if it does not listen; returns when it and its children are gone. */
    public void stop() {
        process.destroy();
        if (!endsWithin(PATIENCE)) {
            kill();
        }
        RUNNING.remove(this);
    }

    /** Ends the process without a chance to tidy up (SIGKILL), its children too, and returns when they are gone. */
    public void kill() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        endsWithin(PATIENCE);
        RUNNING.remove(this);
    }

    /** Freezes the process (SIGSTOP) as a long pause of its machine would. */
    public void freeze() {
        signal("STOP");
    }

    /** Ends {@link #freeze}. */
    public void thaw() {
        signal("CONT");
    }

    @Override
    public void close() {
        stop();
    }

    /** Sends it a signal, for example {@code HUP}. */
    public void signal(String signal) {
        try {
            int status = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).inheritIO().start().waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + signal + " " + pid() + " (" + name + ") ended with status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean endsWithin(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return false;
        }
    }

    /** The last lines that it has written. */
    String logTail() {
        List<String> lines = logText().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }

    /** All at once, since together they must be gone before whoever ended this JVM loses patience. */
    private static void stopAll() {
        RUNNING.forEach(server -> server.process.destroy());
        RUNNING.forEach(ServerProcess::stop);
    }
}
