package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The project's scripts that fetch a tool of the tests into {@code build} and print where it is. */
final class ToolScript {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private ToolScript() {
    }

    /**
     * The path that the script, given with its arguments, printed; empty where the tool cannot be had.
     *
     * @throws IllegalStateException if it cannot be had in CI; says why
     */
    static Optional<Path> run(String... script) {
        Path log = Suite.installation().log(String.join("-", script).replace('/', '-'));
        Folders.delete(log);
        try (ServerProcess process = ServerProcess.start(script[0], log, List.of(script))) {
            int status = process.awaitExit(LIMIT);
            String said = process.logText().strip();
            if (status != 0 && System.getenv("CI") != null) {
                throw new IllegalStateException(said);
            }
            return status == 0 ? Optional.of(Path.of(said.substring(said.lastIndexOf('\n') + 1))) : Optional.empty();
        }
    }
}
