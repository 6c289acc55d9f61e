package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a native library that is damaged, or is another one, as docs/INSTALL.md has it; and that nothing of it ends the JVM. */
@EnabledOnOs(OS.LINUX)
class DamagedLibraryTest {
    private static final int ELF_MACHINE = 18;
    private static final byte X86_64 = 62;
    private static final byte AARCH64 = (byte) 183;
    private static final String FILE = System.mapLibraryName("websocket_source");

    @TempDir
    Path temporary;
    private byte[] library;
    private String page;

    @BeforeEach
    void read() throws IOException {
        try (InputStream in = NativeLibrary.class.getResourceAsStream("/native/" + Version.platforms().get(0) + "/" + FILE)) {
            library = in.readAllBytes();
        }
        page = Files.readString(Path.of("docs", "INSTALL.md"));
    }

    @AfterEach
    void restore() {
        System.clearProperty(NativeLibrary.PATH_PROPERTY);
        System.clearProperty(NativeLibrary.DIR_PROPERTY);
    }

    /** Loads the plugin's classes and this library anew, and returns what the operator is told. */
    private String failure(Path file, Path... resources) throws Exception {
        System.setProperty(NativeLibrary.PATH_PROPERTY, file.toString());
        try (NativeLibraryTest.OwnLoader loader = new NativeLibraryTest.OwnLoader(resources)) {
            Method load = loader.loadClass(NativeEngine.class.getName()).getDeclaredMethod("load");
            load.setAccessible(true);
            Throwable failure = assertThrows(InvocationTargetException.class, () -> load.invoke(null)).getCause();
            assertEquals(ConnectException.class, failure.getClass(), failure::toString);
            assertTrue(failure.getMessage().contains("-D" + NativeLibrary.PATH_PROPERTY), failure::toString);
            return failure.getMessage();
        }
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(Files.createTempDirectory(temporary, "file").resolve(FILE), content);
    }

    /** The operator is told these words, and the page explains them. */
    private void assertTold(String words, String told) {
        assertTrue(told.contains(words), told);
        assertTrue(page.contains(words), () -> "docs/INSTALL.md does not tell of: " + words);
    }

    /** The system's loader would map and read what is not there; the JVM then ends by SIGBUS, and with it the worker. */
    @Test
    void aFileThatIsCutOffIsNotLoaded() throws Exception {
        for (int length : List.of(64, 1000, 4096, library.length / 2, library.length - 5000)) {
            byte[] part = Arrays.copyOf(library, length);
            String told = failure(file(part));
            assertTold(" is cut off: ", told);
            assertTold(" bytes or more are missing at its end", told);
        }
        assertEquals(0, ElfFile.missingBytes(file(library)));
    }

    @Test
    void whatIsNoLibraryIsToldInTheSystemsWords() throws Exception {
        assertTold("file too short", failure(file(new byte[0])));
        assertTold("file too short", failure(file(Arrays.copyOf(library, 20))));
        assertTold("invalid ELF header", failure(file("no library, but some text that is longer than a header of a library is\n".repeat(9)
                .getBytes(StandardCharsets.UTF_8))));
        assertTrue(failure(temporary).contains(temporary.toString()));
    }

    @Test
    void anotherMachinesIsToldInTheJvmsWords() throws Exception {
        boolean here = library[ELF_MACHINE] == X86_64;
        library[ELF_MACHINE] = here ? AARCH64 : X86_64;
        String told = failure(file(library));
        assertTrue(told.contains(here ? "AARCH64" : "AMD 64"), told);
        assertTold("Possible cause: can't load", told);
    }

    @Test
    void someOtherLibraryIsToldApart() throws Exception {
        Path other = Path.of(System.getProperty("java.home"), "lib", System.mapLibraryName("prefs"));
        assertTold("The native library that was loaded is not the WebSocket connector's", failure(file(Files.readAllBytes(other))));
    }

    @Test
    void anotherVersionsIsToldApart() throws Exception {
        Path properties = temporary.resolve(Version.class.getPackageName().replace('.', '/')).resolve("version.properties");
        Files.createDirectories(properties.getParent());
        Files.writeString(properties, "version=9.9.9\nplatforms=" + String.join(" ", Version.platforms()) + "\n");
        String told = failure(file(library), temporary);
        assertTold("The native library is version ", told);
        assertTrue(told.contains("version " + Version.current() + " but the WebSocket connector is version 9.9.9; "), told);
    }

    @Test
    void aDamagedJarIsNotLoaded() throws Exception {
        String entry = "native/linux-riscv64/" + FILE;
        Path jar = temporary.resolve("damaged.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            ZipEntry stored = new ZipEntry(entry);
            stored.setMethod(ZipEntry.STORED); // What is deflated is mostly refused by the inflater.
            stored.setSize(library.length);
            CRC32 crc = new CRC32();
            crc.update(library);
            stored.setCrc(crc.getValue());
            out.putNextEntry(stored);
            out.write(library);
        }
        byte[] bytes = Files.readAllBytes(jar);
        bytes[bytes.length / 2] ^= 1;
        Files.write(jar, bytes);
        System.setProperty(NativeLibrary.DIR_PROPERTY, temporary.resolve("copies").toString());
        try (NativeLibraryTest.OwnLoader loader = new NativeLibraryTest.OwnLoader(jar)) {
            var constructor = loader.loadClass(NativeLibrary.class.getName()).getDeclaredConstructor(String.class, String.class);
            constructor.setAccessible(true);
            Method load = constructor.getDeclaringClass().getDeclaredMethod("loadOrThrow");
            load.setAccessible(true);
            Object riscv = constructor.newInstance("Linux", "riscv64");
            String told = assertThrows(InvocationTargetException.class, () -> load.invoke(riscv)).getCause().getMessage();
            assertTold("the JAR is damaged", told);
            assertTrue(told.contains("/" + entry), told);
        }
        try (Stream<Path> left = Files.list(temporary.resolve("copies"))) {
            assertEquals(0, left.count());
        }
    }
}
