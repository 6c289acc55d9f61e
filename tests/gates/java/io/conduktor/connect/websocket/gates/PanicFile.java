package io.conduktor.connect.websocket.gates;

import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.system.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Tells a worker's engine where to panic. Its places: {@code load}, {@code version}, {@code check}, {@code take-logs} and {@code log-levels} for the
 * whole worker; {@code open}, {@code poll}, {@code take-events}, {@code refresh}, {@code stats}, {@code texts}, {@code pause-if-unpolled},
 * {@code close}, {@code engine-start}, {@code engine-message} and {@code engine-close} followed by a connector's name; {@code look-up} followed by a host's.
 */
final class PanicFile {
    /** Where scripts/gates/boundary puts the library with the feature {@code deliberate-panics}. */
    static final Path LIBRARY = Path.of("target", "deliberate-panics", "debug", System.mapLibraryName("websocket_source")).toAbsolutePath();

    private static final String VARIABLE = "WEBSOCKET_SOURCE_PANICS";
    private final Path file;

    private PanicFile(Path file) {
        this.file = file;
    }

    /** A file in which nothing is to panic yet, and which the worker is told of. */
    static PanicFile of(String name, ConnectWorker.Options worker) {
        PanicFile panics = new PanicFile(Suite.folder(name).resolve("panics"));
        panics.heal();
        worker.environment(VARIABLE, panics.file.toString());
        return panics;
    }

    /** These places panic from now on, and no others. */
    void set(String... places) {
        try {
            Files.createDirectories(file.getParent());
            // In one step, so that no place reads a part.
            Path next = Files.write(file.resolveSibling("next"), List.of(places));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing panics from now on. */
    void heal() {
        set();
    }
}
