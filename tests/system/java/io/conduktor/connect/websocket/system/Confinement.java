package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.fail;

import io.conduktor.connect.websocket.system.HealthCheckCommand.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs a command as containers and hardened services do: everything is read-only but some folders, which are empty file systems of their
 * own. Needs root with CAP_SYS_ADMIN, or a kernel that grants its users namespaces; most containers have neither, and then the command runs
 * as it is.
 *
 * @param command the command to start
 * @param obstacle why it is not confined; empty if it is
 */
record Confinement(List<String> command, String obstacle) {
    /** @param folders what can be written to, with an option of its mount: {@code exec} or {@code noexec} */
    static Confinement of(Map<Path, String> folders, List<String> command) {
        Result tried = HealthCheckCommand.of(confined(folders, List.of("true")).toArray(new String[0])).run();
        return tried.exitCode() == 0 ? new Confinement(confined(folders, command), "") : new Confinement(command, tried.err());
    }

    boolean isReal() {
        return obstacle.isEmpty();
    }

    /**
     * For the end of a test that has passed: where its command ran unconfined it has not shown what it is for, and counts as skipped. It
     * fails instead if {@code REQUIRE_CONFINEMENT} is set.
     */
    void assumeReal() {
        String reason = "passed, but not confined, for nothing can be mounted here: " + obstacle;
        if (!isReal() && System.getenv("REQUIRE_CONFINEMENT") != null) {
            fail(reason);
        }
        Assumptions.assumeTrue(isReal(), reason);
    }

    private static List<String> confined(Map<Path, String> folders, List<String> command) {
        StringBuilder script = new StringBuilder("mount -o remount,bind,ro \"$(stat -c %m \"$PWD\")\"\n");
        folders.forEach((folder, options) -> script.append("mount -t tmpfs -o ").append(options).append(",nosuid,nodev,mode=1777 tmpfs '")
            .append(folder).append("'\n"));
        script.append("! touch ./confined 2> /dev/null\nexec \"$@\"");
        List<String> result = new ArrayList<>(List.of("unshare", "--mount"));
        if (!System.getProperty("user.name").equals("root")) {
            result.add("--map-root-user");
        }
        result.addAll(List.of("sh", "-euc", script.toString(), "sh"));
        result.addAll(command);
        return result;
    }
}
