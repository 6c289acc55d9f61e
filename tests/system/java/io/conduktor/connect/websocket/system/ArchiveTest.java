package io.conduktor.connect.websocket.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.conduktor.connect.websocket.harness.ConnectWorker;
import io.conduktor.connect.websocket.harness.Feed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The component archive, laid out and described as Confluent's "Component Archive Specification" wants it. */
class ArchiveTest {
    private static final Path ARCHIVE = Path.of(System.getProperty("harness.archive"));
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");
    private static Path plugins;
    private static Path component;

    @BeforeAll
    static void unpack() throws IOException {
        plugins = Files.createDirectories(Suite.folder("archive"));
        try (ZipInputStream archive = new ZipInputStream(Files.newInputStream(ARCHIVE))) {
            for (ZipEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                Path target = plugins.resolve(entry.getName()).normalize();
                assertTrue(target.startsWith(plugins), entry::getName);
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(archive, target);
                }
            }
        }
        component = plugins.resolve(ARCHIVE.getFileName().toString().replaceFirst("\\.zip$", ""));
    }

    @Test
    void theManifestHasWhatIsRequired() throws IOException {
        JsonNode manifest = new ObjectMapper().readTree(component.resolve("manifest.json").toFile());
        for (String field : List.of("/name", "/version", "/title", "/description", "/owner/username", "/owner/type", "/owner/name",
                "/support/summary", "/documentation_url", "/source_url", "/license/0/name", "/license/0/url", "/component_types/0", "/tags/0",
                "/requirements/0", "/features/supported_encodings/0", "/release_date")) {
            String value = manifest.at(field).asText();
            assertFalse(value.isBlank() || value.contains("${"), () -> field + ": " + value);
        }
        assertEquals("source", manifest.at("/component_types/0").asText());
        assertEquals("organization", manifest.at("/owner/type").asText());
        assertTrue(manifest.at("/release_date").asText().matches("\\d{4}-\\d\\d-\\d\\d"), manifest::toString);
        // The archive's name and its folder's are made of these.
        assertEquals(component.getFileName().toString(), manifest.at("/owner/username").asText() + "-" + manifest.at("/name").asText() + "-"
            + manifest.at("/version").asText());
    }

    @Test
    void theFilesLieWhereTheyBelong() throws IOException {
        assertEquals(List.of(component), list(plugins));
        assertEquals(List.of("doc", "etc", "lib", "manifest.json"), names(component));
        Path jar = Suite.installation().jar();
        assertEquals(List.of(jar.getFileName().toString()), names(component.resolve("lib")));
        assertArrayEquals(Files.readAllBytes(jar), Files.readAllBytes(component.resolve("lib").resolve(jar.getFileName())));
        assertTrue(names(component.resolve("doc")).containsAll(List.of("LICENSE", "NOTICE", "README.md", "THIRD-PARTY-NOTICES")));
        assertTrue(names(component.resolve("etc")).contains("connector.properties"));
    }

    @Test
    void theReadmesLinksLeadSomewhere() throws IOException {
        Path readme = component.resolve("doc/README.md");
        Matcher links = LINK.matcher(Files.readString(readme));
        assertTrue(links.find());
        do {
            Path target = readme.resolveSibling(links.group(1));
            assertTrue(Files.exists(target), target::toString);
        } while (links.find());
    }

    @Test
    void aWorkerRunsTheUnpackedArchive() throws IOException {
        ConnectWorker.Options options = ConnectWorker.options(Suite.installation(), "archive-worker", Suite.broker().bootstrapServers());
        options.plugins(List.of()).property("plugin.path", plugins.toString()).pluginDiscovery("service_load");
        try (Feed feed = Suite.feed("archive"); ConnectWorker worker = options.start()) {
            JsonNode found = worker.rest().plugins();
            JsonNode plugin = StreamSupport.stream(found.spliterator(), false)
                .filter(each -> each.path("class").asText().equals(TestConnector.CLASS)).findFirst().orElseThrow();
            assertEquals(jarsVersion(), plugin.path("version").asText());
            try (TestConnector connector = new TestConnector(new Cluster(Suite.broker(), worker), "archive", feed.url("/numbered?count=1000"))) {
                connector.applyAndConnect();
                assertEquals(1000, connector.awaitSettled(1000).produced());
            }
        }
    }

    /** From the manifest of the JAR that was packed. */
    private static String jarsVersion() throws IOException {
        try (JarFile jar = new JarFile(list(component.resolve("lib")).get(0).toFile())) {
            return jar.getManifest().getMainAttributes().getValue("Implementation-Version");
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static List<String> names(Path folder) throws IOException {
        return list(folder).stream().map(file -> file.getFileName().toString()).toList();
    }
}
