package io.conduktor.connect.websocket;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Finds and loads the native library: the file that {@link #PATH_PROPERTY} names and nothing else, or else the JAR's copy for this
 * platform. Each class loader loads a private copy, since the JVM lets only one of them load a file; the copy is deleted right after.
 */
final class NativeLibrary {
    /** System property: the file to load. */
    static final String PATH_PROPERTY = "io.conduktor.connect.websocket.native.path";
    /** System property: where the private copy is made; {@code java.io.tmpdir} by default. */
    static final String DIR_PROPERTY = "io.conduktor.connect.websocket.native.dir";

    /** What the release JAR carries; scripts/dist builds it. */
    static final List<String> RELEASE_PLATFORMS = List.of("linux-aarch64", "linux-aarch64-musl", "linux-x86_64", "linux-x86_64-musl");

    private static final String NAME = System.mapLibraryName("websocket_source");
    private static boolean loaded;

    private final String os;
    private final String arch;
    private final List<Throwable> attempts = new ArrayList<>();
    private boolean inJar;

    /** {@code os} and {@code arch} are the values of the system properties {@code os.name} and {@code os.arch}. */
    NativeLibrary(String os, String arch) {
        this.os = os;
        this.arch = arch;
    }

    /**
     * Loads the library once per class loader; may be tried again after a failure.
     *
     * @throws ConnectException with every attempt as a suppressed exception
     */
    static synchronized void load() {
        if (!loaded) {
            new NativeLibrary(System.getProperty("os.name"), System.getProperty("os.arch")).loadOrThrow();
            loaded = true;
        }
    }

    void loadOrThrow() {
        String path = System.getProperty(PATH_PROPERTY, "");
        if (path.isEmpty() ? loadFromJar() : loadFile(path)) {
            return;
        }
        ConnectException failure = new ConnectException("The WebSocket connector's native library cannot be loaded on " + os + " " + arch
                + ": " + attempts.stream().map(Throwable::getMessage).collect(Collectors.joining("; ")) + ". " + advice(path));
        attempts.forEach(failure::addSuppressed);
        throw failure;
    }

    private String advice(String path) {
        if (!path.isEmpty()) {
            return "-D" + PATH_PROPERTY + "=" + path + " must name a library for this platform; without it the JAR's own is loaded";
        }
        if (!inJar) {
            return carried(Version.platforms()) + "; -D" + PATH_PROPERTY + " in the worker's JVM options (KAFKA_OPTS) loads a library "
                    + "built for this one";
        }
        return (Version.platforms().size() == 1 ? carried(Version.platforms()) + ". " : "") + "If " + copyDirectory()
                + " is full, not writable or mounted noexec, set -D" + DIR_PROPERTY + " to another directory in the worker's JVM options (KAFKA_OPTS)";
    }

    /** What the JAR was built for. One that {@code make build} made carries its own machine's library alone. */
    static String carried(List<String> platforms) {
        if (platforms.size() == 1) {
            return "This JAR was built for " + platforms.get(0) + " only, and for systems like the one that built it; the release JAR "
                    + "(make dist) carries " + String.join(", ", RELEASE_PLATFORMS) + ", for glibc 2.17 or newer or for musl";
        }
        return platforms.isEmpty() ? "This JAR carries no library" : "This JAR carries libraries for " + String.join(", ", platforms) + " only";
    }

    private boolean loadFile(String path) {
        try {
            long missing = missingBytes(path);
            if (missing > 0) {
                throw new UnsatisfiedLinkError(path + " is cut off: " + missing + " bytes or more are missing at its end");
            }
            System.load(path);
            return true;
        } catch (LinkageError e) { // Also NoSuchMethodError: a library of another version.
            attempts.add(e);
            return false;
        }
    }

    /** 0 too where the file cannot be read: the system's loader says why. */
    private static long missingBytes(String path) {
        try {
            return ElfFile.missingBytes(Paths.get(path));
        } catch (IOException e) {
            return 0;
        }
    }

    private boolean loadFromJar() {
        return platforms().stream().anyMatch(this::loadResource);
    }

    /** The folders to try. A wrong order costs a failed attempt, not the load: the libraries refuse a foreign C library. */
    private List<String> platforms() {
        String platform = osName() + "-" + archName();
        if (!osName().equals("linux")) {
            return List.of(platform);
        }
        String musl = platform + "-musl";
        return runsOnMusl() ? List.of(musl, platform) : List.of(platform, musl);
    }

    private String osName() {
        String name = os.toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "macos" : name.startsWith("windows") ? "windows" : name;
    }

    private String archName() {
        String name = arch.toLowerCase(Locale.ROOT);
        return name.equals("amd64") ? "x86_64" : name.equals("arm64") ? "aarch64" : name;
    }

    private static boolean runsOnMusl() {
        try {
            return Files.readString(Paths.get("/proc/self/maps")).contains("ld-musl");
        } catch (IOException e) {
            return false;
        }
    }

    private boolean loadResource(String platform) {
        String resource = "/native/" + platform + "/" + NAME;
        URL url = NativeLibrary.class.getResource(resource);
        if (url == null) {
            attempts.add(new UnsatisfiedLinkError("the JAR has no " + resource));
            return false;
        }
        inJar = true;
        Path directory = null;
        try {
            Files.createDirectories(copyDirectory());
            directory = Files.createTempDirectory(copyDirectory(), "websocket-source-"); // 0700 where the file system has modes
            return loadFile(copy(url, directory.resolve(NAME)).toString());
        } catch (IOException e) {
            attempts.add(new IOException("no copy of " + resource + " could be made: " + e, e));
            return false;
        } finally {
            delete(directory);
        }
    }

    private static Path copyDirectory() {
        String directory = System.getProperty(DIR_PROPERTY);
        return Paths.get(directory == null || directory.isEmpty() ? System.getProperty("java.io.tmpdir") : directory).toAbsolutePath();
    }

    private static Path copy(URL source, Path target) throws IOException {
        URLConnection connection = source.openConnection();
        connection.setUseCaches(false); // A cached JAR stays open, and breaks when the file is replaced.
        try (CheckedInputStream in = new CheckedInputStream(connection.getInputStream(), new CRC32())) {
            Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
            // Nobody else compares them; code that runs although it is damaged could do anything.
            if (connection instanceof JarURLConnection && ((JarURLConnection) connection).getJarEntry().getCrc() != in.getChecksum().getValue()) {
                throw new IOException("the JAR is damaged, the checksum of its copy is wrong: install it again");
            }
        }
        return target;
    }

    private static void delete(Path directory) {
        if (directory == null) {
            return;
        }
        for (File file : new File[] {directory.resolve(NAME).toFile(), directory.toFile()}) {
            if (!file.delete() && file.exists()) {
                file.deleteOnExit(); // Windows keeps a loaded library.
            }
        }
    }
}
