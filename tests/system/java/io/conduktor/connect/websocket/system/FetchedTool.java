package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Programs that a script of the project fetches for the tests. */
final class FetchedTool {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private FetchedTool() {
    }

    /**
     * The folder that the script prints as its last line; empty where the programs cannot be had.
     *
     * @param script its name in {@code scripts}
     * @throws IllegalStateException if they cannot be had in CI; says why
     */
    static Optional<Path> folder(String script) {
        Path log = Suite.installation().log(script + "-script");
        Folders.delete(log);
        try (ServerProcess process = ServerProcess.start("scripts/" + script, log, List.of("scripts/" + script))) {
            int status = process.awaitExit(LIMIT);
            String said = process.logText().strip();
            if (status != 0 && System.getenv("CI") != null) {
                throw new IllegalStateException(said);
            }
            return status == 0 ? Optional.of(Path.of(said.substring(said.lastIndexOf('\n') + 1))) : Optional.empty();
        }
    }
}
