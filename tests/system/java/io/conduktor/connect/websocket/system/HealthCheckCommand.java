package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs an operator's command to its end, as a shell would. */
final class HealthCheckCommand {
    private final List<String> command;
    private final Map<String, String> environment = new TreeMap<>();

    private HealthCheckCommand(List<String> command) {
        this.command = command;
    }

    static HealthCheckCommand of(String... command) {
        return new HealthCheckCommand(new ArrayList<>(List.of(command)));
    }

    /** The script in {@code ops}. */
    static HealthCheckCommand script(String... arguments) {
        HealthCheckCommand result = of(Path.of("ops", "health-check.sh").toAbsolutePath().toString());
        result.command.addAll(List.of(arguments));
        return result;
    }

    HealthCheckCommand with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** What a command left. Texts are without the last line's end. */
    record Result(int exitCode, String out, String err) {
        /** Compares all but the end of the output: the words up to there are what operators look for. */
        void assertBegins(int code, String beginning) {
            assertEquals(code + " " + beginning, exitCode + " " + out.substring(0, Math.min(out.length(), beginning.length())), this::toString);
        }
    }

    Result run() {
        try {
            Path folder = Files.createTempDirectory(Suite.installation().work(), "command");
            File out = folder.resolve("out").toFile();
            File err = folder.resolve("err").toFile();
            ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out).redirectError(err)
                .redirectInput(new File("/dev/null"));
            builder.environment().putAll(environment);
            int exitCode = builder.start().waitFor();
            return new Result(exitCode, Files.readString(out.toPath()).stripTrailing(), Files.readString(err.toPath()).stripTrailing());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
