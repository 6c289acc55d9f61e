package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the commands of a page are run: the JAR and {@code ops} are in it. Closing it deletes it.
 *
 * @param path the user's home at the same time
 */
record OperatorFolder(Path path) implements AutoCloseable {
    static OperatorFolder create(String name) throws IOException {
        Path folder = Files.createDirectories(Suite.folder(name));
        Files.createSymbolicLink(folder.resolve("ops"), Path.of("ops").toAbsolutePath());
        Path jar = Suite.installation().jar();
        Files.copy(jar, folder.resolve(jar.getFileName()));
        return new OperatorFolder(folder);
    }

    /** What the pages write as {@code <version>}. */
    static String version() {
        return Suite.installation().jar().getFileName().toString().replaceAll(".*-(\\d.*)\\.jar", "$1");
    }

    HealthCheckCommand shell(String commands) {
        return HealthCheckCommand.of("bash", "-euo", "pipefail", "-c", "cd '" + path + "'\n" + commands).with("HOME", path.toString())
            .with("JAR", Suite.installation().jar().toString());
    }

    @Override
    public void close() {
        Folders.delete(path);
    }
}
