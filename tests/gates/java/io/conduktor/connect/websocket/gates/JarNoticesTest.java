package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.system.Suite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The JAR says what it is made of and under which licences. */
class JarNoticesTest {
    private static final Pattern LISTED = Pattern.compile("(?m)^  (\\S+ \\d\\S*), under (\\S.*)$");

    @Test
    void theJarCarriesItsLicences() throws IOException {
        try (JarFile jar = new JarFile(Suite.installation().jar().toFile())) {
            for (String name : List.of("LICENSE", "NOTICE", "THIRD-PARTY-NOTICES")) {
                assertEquals(Files.readString(Path.of(name)), text(jar, "META-INF/" + name), name);
            }
            assertTrue(text(jar, "META-INF/NOTICE").contains("THIRD-PARTY-NOTICES"));
            List<String> crates = LISTED.matcher(text(jar, "META-INF/THIRD-PARTY-NOTICES")).results().map(MatchResult::group).toList();
            // What the libraries cannot be without: TLS, its cryptography, URLs, JNI.
            for (String crate : List.of("rustls ", "aws-lc-rs ", "url ", "jni ")) {
                assertTrue(crates.stream().anyMatch(line -> line.strip().startsWith(crate)), () -> crate + "is missing in " + crates);
            }
            // Java classes of others would need their licences too.
            assertEquals(List.of(), jar.stream().map(JarEntry::getName)
                .filter(name -> name.endsWith(".class") && !name.startsWith("io/conduktor/connect/websocket/")).toList());
        }
    }

    private static String text(JarFile jar, String name) throws IOException {
        try (InputStream in = jar.getInputStream(jar.getJarEntry(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
