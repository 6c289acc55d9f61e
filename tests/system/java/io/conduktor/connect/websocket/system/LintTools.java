package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * What {@code scripts/lint-tools} fetches.
 *
 * @param folder holds {@code hadolint} and {@code java}, the latter of version 21
 */
record LintTools(Path folder) {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Skips the test where they cannot be had; fails it in CI. */
    static LintTools require() {
        Path log = Suite.installation().log("lint-tools");
        Folders.delete(log);
        try (ServerProcess script = ServerProcess.start("scripts/lint-tools", log, List.of("scripts/lint-tools"))) {
            int status = script.awaitExit(LIMIT);
            String said = script.logText().strip();
            if (status != 0 && System.getenv("CI") != null) {
                throw new IllegalStateException(said);
            }
            Assumptions.assumeTrue(status == 0, said);
            return new LintTools(Path.of(said.substring(said.lastIndexOf('\n') + 1)));
        }
    }

    String tool(String name) {
        return folder.resolve(name).toString();
    }
}
