package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** {@code scripts/check_library.py}, which scripts/dist asks about each library of the release, on small libraries with one fault each. */
@EnabledOnOs(OS.LINUX)
class LibraryCheckTest {
    private static final String ARCH = System.getProperty("os.arch").replace("amd64", "x86_64");
    private static final String OTHER_ARCH = ARCH.equals("x86_64") ? "aarch64" : "x86_64";
    private static final String SOURCE = "int puts(const char *); int JNI_OnLoad(void) { return puts(\"x\"); }\n";

    private Path folder;

    @BeforeEach
    void makeFolder(TestInfo test) throws IOException {
        folder = Files.createDirectories(Suite.folder("library-check-" + test.getTestMethod().orElseThrow().getName()));
    }

    @Test
    void aSoundLibraryPasses() {
        HealthCheckCommand.Result result = check("linux-" + ARCH, compile(SOURCE));
        assertEquals("", result.err());
        assertEquals(0, result.exitCode());
        assertTrue(result.out().startsWith("linux-" + ARCH + ": "), result::toString);
    }

    @Test
    void theHostsOwnBuildIsRefused() {
        Path own = Path.of("target", "release", "libwebsocket_source.so").toAbsolutePath();
        if (System.getenv("CARGO_TARGET_DIR") != null) {
            own = Path.of(System.getenv("CARGO_TARGET_DIR")).resolve("release/libwebsocket_source.so").toAbsolutePath();
        }
        assertRefused("linux-" + ARCH, own, "it needs libgcc_s.so.1");
    }

    @Test
    void aNewerGlibcIsRefused() {
        String source = "int getentropy(void *, unsigned long); int JNI_OnLoad(void) { char b; return getentropy(&b, 1); }\n";
        assertRefused("linux-" + ARCH, compile(source), "it needs GLIBC_2.25, newer than 2.17");
    }

    @Test
    void glibcOnMuslIsRefused() {
        assertRefused("linux-" + ARCH + "-musl", compile(SOURCE), "so it is not linked against musl");
    }

    @Test
    void anotherMachineIsRefused() {
        assertRefused("linux-" + OTHER_ARCH, compile(SOURCE), "it is no shared library for " + OTHER_ARCH);
    }

    @Test
    void aSecondSymbolIsRefused() {
        assertRefused("linux-" + ARCH, compile(SOURCE + "int helper(void) { return 1; }\n"), "it exports JNI_OnLoad, helper (2 symbols)");
    }

    @Test
    void noSymbolIsRefused() {
        assertRefused("linux-" + ARCH, compile("int puts(const char *); static int f(void) { return puts(\"x\"); } int (*g)(void)"
            + " __attribute__((visibility(\"hidden\"))) = f;\n"), "it exports nothing");
    }

    @Test
    void aRunPathIsRefused() {
        assertRefused("linux-" + ARCH, compile(SOURCE, "-Wl,-rpath,/opt"), "it has a RUNPATH");
    }

    @Test
    void symbolsForADebuggerAreRefused() {
        assertRefused("linux-" + ARCH, compile(SOURCE, "-g"), "it is not stripped");
    }

    @Test
    void anExecutableStackIsRefused() {
        assertRefused("linux-" + ARCH, compile(SOURCE, "-Wl,-z,execstack"), "its stack is executable");
    }

    @Test
    void aLibraryThatCanBeUnloadedIsRefused() {
        assertRefused("linux-" + ARCH, compileWith(List.of(), SOURCE), "NODELETE is missing");
    }

    @Test
    void aBuildersFolderIsRefused() throws IOException {
        Path library = compile(SOURCE);
        Files.write(library, "/home/builder/.cargo/registry/lib.rs\0".getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        assertRefused("linux-" + ARCH, library, "it names the builder's folders: /home/builder/.cargo/registry/lib.rs");
    }

    @Test
    void aTestsBuildIsRefused() throws IOException {
        Path library = compile(SOURCE);
        Files.writeString(library, "WEBSOCKET_SOURCE_PANICS", StandardOpenOption.APPEND);
        assertRefused("linux-" + ARCH, library, "it panics on demand");
    }

    @Test
    void whatIsNoLibraryIsRefused() {
        assertRefused("linux-" + ARCH, write("text.so", "no library"), "readelf cannot read it");
        assertRefused("linux-" + ARCH, folder.resolve("missing.so"), "readelf cannot read it");
        assertEquals(2, check("linux-s390x", folder.resolve("missing.so")).exitCode());
    }

    private static HealthCheckCommand.Result check(String platform, Path library) {
        return HealthCheckCommand.of("python3", Path.of("scripts", "check_library.py").toAbsolutePath().toString(), platform, library.toString())
            .run();
    }

    private static void assertRefused(String platform, Path library, String fault) {
        HealthCheckCommand.Result result = check(platform, library);
        assertTrue(result.err().contains(fault), result::toString);
        assertEquals(1, result.exitCode());
        assertEquals("", result.out());
    }

    /** Compiles a sound library, but for what the further options do. */
    private Path compile(String source, String... further) {
        List<String> options = new ArrayList<>(List.of("-Wl,-z,nodelete"));
        options.addAll(List.of(further));
        return compileWith(options, source);
    }

    private Path compileWith(List<String> options, String source) {
        Path library = folder.resolve("library.so");
        List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o", library.toString()));
        command.addAll(options);
        command.add(write("library.c", source).toString());
        run(command);
        if (!options.contains("-g")) {
            run(List.of("strip", library.toString()));
        }
        return library;
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> command) {
        HealthCheckCommand.Result result = HealthCheckCommand.of(command.toArray(String[]::new)).run();
        assertEquals(0, result.exitCode(), result::toString);
    }
}
