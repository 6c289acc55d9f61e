package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.fail;

import io.conduktor.connect.websocket.system.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;

/** A {@code java} executable whose JVM sees other files than the rest of the machine, by mounts of its own. */
final class FaultyJava {
    private FaultyJava() {
    }

    /**
     * A script that mounts and then becomes {@code java}. Skips the test where nothing can be mounted (it needs root with CAP_SYS_ADMIN, or
     * a kernel that grants its users namespaces); it fails there if {@code REQUIRE_CONFINEMENT} is set.
     *
     * @param mounts shell commands
     */
    static Path mounting(String name, String mounts) {
        Path folder = Suite.folder(name + "-java");
        Path java = folder.resolve("java");
        String unshare = "unshare --mount" + (System.getProperty("user.name").equals("root") ? "" : " --map-root-user");
        String real = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try {
            Files.createDirectories(folder);
            Files.writeString(java, "#!/bin/sh\nexec " + unshare + " sh -euc '" + mounts + "\nexec \"$@\"' sh " + real + " \"$@\"\n");
            Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path out = folder.resolve("try.log");
            Process tried = new ProcessBuilder(java.toString(), "-version").redirectErrorStream(true).redirectOutput(out.toFile()).start();
            assumeOrFail(tried.waitFor() == 0, "nothing can be mounted here: " + Files.readString(out, StandardCharsets.UTF_8).strip());
            return java;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void assumeOrFail(boolean possible, String reason) {
        if (!possible && System.getenv("REQUIRE_CONFINEMENT") != null) {
            fail(reason);
        }
        Assumptions.assumeTrue(possible, reason);
    }

    /** A new folder that a mount can lie on. */
    static Path mountPoint(String name) {
        try {
            return Files.createDirectories(Suite.folder(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
