package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    Path temporary;

    @AfterEach
    void restore() {
        System.clearProperty(NativeLibrary.PATH_PROPERTY);
        System.clearProperty(NativeLibrary.DIR_PROPERTY);
    }

    private static ConnectException failure(NativeLibrary library) {
        return assertThrows(ConnectException.class, library::loadOrThrow);
    }

    @Test
    void aPlatformWithoutLibraryListsEveryAttempt() {
        ConnectException failure = failure(new NativeLibrary("Linux", "s390x"));
        assertTrue(failure.getMessage().contains("on Linux s390x"), failure.getMessage());
        assertEquals(2, failure.getSuppressed().length);
        String attempts = failure.getSuppressed()[0].getMessage() + failure.getSuppressed()[1].getMessage();
        assertTrue(attempts.contains("/native/linux-s390x/") && attempts.contains("/native/linux-s390x-musl/"), attempts);
        assertTrue(failure.getMessage().contains(NativeLibrary.carried(Version.platforms())), failure.getMessage());
        assertEquals(1, failure(new NativeLibrary("Mac OS X", "arm64")).getSuppressed().length);
        assertTrue(failure(new NativeLibrary("Mac OS X", "arm64")).getMessage().contains("/native/macos-aarch64/"));
        assertTrue(failure(new NativeLibrary("Windows Server 2022", "amd64")).getMessage().contains("/native/windows-x86_64/"));
    }

    @Test
    void aJarOfOnePlatformSaysSoAndNamesTheReleases() throws IOException {
        String text = NativeLibrary.carried(List.of("linux-x86_64"));
        assertTrue(text.startsWith("This JAR was built for linux-x86_64 only"), text);
        assertTrue(text.contains("the release JAR (make dist) carries " + String.join(", ", NativeLibrary.RELEASE_PLATFORMS)), text);
        Matcher built = Pattern.compile("(?m)^    (linux-\\S+) +\\S+$").matcher(Files.readString(Path.of("scripts/dist")));
        assertEquals(NativeLibrary.RELEASE_PLATFORMS, built.results().map(line -> line.group(1)).sorted().collect(Collectors.toList()));
    }

    @Test
    void aReleaseListsItsPlatforms() {
        assertEquals("This JAR carries libraries for linux-aarch64, linux-x86_64 only",
                NativeLibrary.carried(List.of("linux-aarch64", "linux-x86_64")));
        assertEquals("This JAR carries no library", NativeLibrary.carried(List.of()));
    }

    @Test
    void theJarNamesThePlatformsWhoseLibrariesItHas() {
        assertFalse(Version.platforms().isEmpty());
        for (String platform : Version.platforms()) {
            String library = "/native/" + platform + "/" + System.mapLibraryName("websocket_source");
            assertNotNull(NativeLibrary.class.getResource(library), library);
        }
    }

    @Test
    void anExplicitPathHasNoFallback() {
        String path = temporary.resolve("missing.so").toString();
        System.setProperty(NativeLibrary.PATH_PROPERTY, path);
        ConnectException failure = failure(new NativeLibrary(System.getProperty("os.name"), System.getProperty("os.arch")));
        assertEquals(1, failure.getSuppressed().length);
        assertTrue(failure.getMessage().contains(path) && failure.getMessage().contains("-D" + NativeLibrary.PATH_PROPERTY),
                failure.getMessage());
    }

    @Test
    void aCorruptFileSaysSo() throws IOException {
        Path file = Files.writeString(temporary.resolve("corrupt.so"), "no library");
        System.setProperty(NativeLibrary.PATH_PROPERTY, file.toString());
        ConnectException failure = failure(new NativeLibrary("Linux", "amd64"));
        assertTrue(failure.getSuppressed()[0] instanceof UnsatisfiedLinkError);
        assertTrue(failure.getMessage().contains(failure.getSuppressed()[0].getMessage()), failure.getMessage());
    }

    @Test
    void aCorruptCopyInTheJarIsTriedAndRemoved() throws Exception {
        Path jar = Files.createDirectory(temporary.resolve("jar"));
        for (String platform : new String[] {"linux-riscv64", "linux-riscv64-musl"}) {
            Path library = jar.resolve("native/" + platform + "/" + System.mapLibraryName("websocket_source"));
            Files.createDirectories(library.getParent());
            Files.writeString(library, "no library");
        }
        Path copies = temporary.resolve("copies/made");
        System.setProperty(NativeLibrary.DIR_PROPERTY, copies.toString());
        try (OwnLoader loader = new OwnLoader(jar)) {
            Class<?> library = loader.loadClass(NativeLibrary.class.getName());
            var constructor = library.getDeclaredConstructor(String.class, String.class);
            constructor.setAccessible(true);
            var load = library.getDeclaredMethod("loadOrThrow");
            load.setAccessible(true);
            Object instance = constructor.newInstance("Linux", "riscv64");
            Throwable failure = assertThrows(InvocationTargetException.class, () -> load.invoke(instance)).getCause();
            assertEquals(2, failure.getSuppressed().length);
            assertTrue(failure.getMessage().contains("If " + copies + " is full, not writable or mounted noexec"), failure.getMessage());
            assertTrue(failure.getMessage().contains("-D" + NativeLibrary.DIR_PROPERTY), failure.getMessage());
            assertEquals(Version.platforms().size() == 1, failure.getMessage().contains("This JAR was built for "), failure.getMessage());
            Path file = Files.writeString(temporary.resolve("file"), "");
            System.setProperty(NativeLibrary.DIR_PROPERTY, file.resolve("below").toString());
            failure = assertThrows(InvocationTargetException.class, () -> load.invoke(constructor.newInstance("Linux", "riscv64"))).getCause();
            assertTrue(failure.getMessage().contains("no copy of /native/linux-riscv64/") && failure.getMessage().contains(file.toString()),
                    failure.getMessage());
        }
        try (Stream<Path> left = Files.list(copies)) {
            assertEquals(0, left.count());
        }
    }

    /** Has classes of its own for the plugin's, as Connect's plugin class loaders do, and one more directory of resources. */
    static final class OwnLoader extends URLClassLoader {
        OwnLoader(Path... directories) throws IOException {
            super(urls(directories), NativeLibraryTest.class.getClassLoader());
        }

        private static URL[] urls(Path... directories) throws IOException {
            URL[] urls = new URL[directories.length];
            for (int i = 0; i < urls.length; i++) {
                urls[i] = directories[i].toUri().toURL();
            }
            return urls;
        }

        @Override
        public URL getResource(String name) {
            URL own = findResource(name);
            return own != null ? own : super.getResource(name);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null || !name.startsWith(NativeLibrary.class.getPackageName())) {
                    return loaded != null ? loaded : super.loadClass(name, resolve);
                }
                try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    return defineClass(name, bytes, 0, bytes.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        }
    }
}
