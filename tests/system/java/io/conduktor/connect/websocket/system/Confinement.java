package io.conduktor.connect.websocket.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs a command as containers and hardened services do: everything is read-only but some folders, which are empty file systems of their
 * own. Needs root, or a kernel that grants its users namespaces; elsewhere the command runs as it is, and that is told.
 */
final class Confinement {
    private Confinement() {
    }

    /** Whether this machine allows it; asked by trying. */
    static boolean isPossible(Path folder) {
        return HealthCheckCommand.of(confined(Map.of(folder, "noexec"), List.of("true")).toArray(new String[0])).run().exitCode() == 0;
    }

    /** @param folders what can be written to, with an option of its mount: {@code exec} or {@code noexec} */
    static List<String> command(Map<Path, String> folders, List<String> command) {
        if (isPossible(folders.keySet().iterator().next())) {
            return confined(folders, command);
        }
        System.out.println("Not confined, since this user may not mount (unshare --mount): " + command.get(0));
        return command;
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
