package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The project's scripts that fetch a tool of the tests into {@code build} and print where it is. */
public final class ToolScript {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private ToolScript() {
    }

    /** What a script ended with, and all that it printed. */
    private record Outcome(int status, String said) {
        Path path() {
            return Path.of(said.substring(said.lastIndexOf('\n') + 1));
        }
    }

    /**
     * The path that the script, given with its arguments, printed; empty where the tool cannot be had.
     *
     * @throws IllegalStateException if it cannot be had in CI; says why
     */
    static Optional<Path> run(String... script) {
        Outcome outcome = outcome(script);
        return outcome.status() == 0 ? Optional.of(outcome.path()) : Optional.empty();
    }

    /** The same, but skips the test where the tool cannot be had. */
    public static Path require(String... script) {
        Outcome outcome = outcome(script);
        Assumptions.assumeTrue(outcome.status() == 0, outcome.said());
        return outcome.path();
    }

    private static Outcome outcome(String... script) {
        Path log = Suite.installation().log(String.join("-", script).replace('/', '-'));
        Folders.delete(log);
        try (ServerProcess process = ServerProcess.start(script[0], log, List.of(script))) {
            Outcome outcome = new Outcome(process.awaitExit(LIMIT), process.logText().strip());
            if (outcome.status() != 0 && System.getenv("CI") != null) {
                throw new IllegalStateException(outcome.said());
            }
            return outcome;
        }
    }
}
