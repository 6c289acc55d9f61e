package io.conduktor.connect.websocket.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeConfigTest {
    @TempDir
    Path folder;

    private Map<String, String> read(String name, String text) throws Exception {
        return ProbeConfig.read(Files.writeString(folder.resolve(name), text).toString());
    }

    @Test
    void everyFormIsRead() throws Exception {
        Map<String, String> expected = Map.of("name", "c", "websocket.url", "ws://h/", "websocket.ping.interval.ms", "5");
        assertEquals(expected, read("a.json", "{\"name\":\"c\",\"config\":{\"websocket.url\":\"ws://h/\",\"websocket.ping.interval.ms\":5}}"));
        assertEquals(expected, read("b.json", "{\"name\":\"c\",\"websocket.url\":\"ws://h/\",\"websocket.ping.interval.ms\":\"5\"}"));
        assertEquals(expected, read("c.properties", "# a comment\nname=c\nwebsocket.url=ws://h/\nwebsocket.ping.interval.ms=5\n"));
    }

    @Test
    void variablesAreReplacedAsKafkaDoesIt() throws Exception {
        Path secrets = Files.writeString(folder.resolve("feed.properties"), "token=t0ken\n");
        String name = System.getenv().keySet().stream().filter(key -> key.matches("\\w+")).findFirst().orElseThrow();
        Map<String, String> config = read("v.json", "{\"websocket.url\":\"ws://h/\",\"websocket.auth.token\":\"${file:" + secrets + ":token}\",\"a\":\"x-${env:"
                + name + "}\",\"b\":\"${vault:x:y}\"}");
        assertEquals("t0ken", config.get("websocket.auth.token"));
        assertEquals("x-" + System.getenv(name), config.get("a"));
        assertEquals("${vault:x:y}", config.get("b"), "the session tells of it");
    }

    @Test
    void whatCannotBeReadIsToldWithoutAValue() {
        ProbeException missing = assertThrows(ProbeException.class, () -> ProbeConfig.read(folder.resolve("missing.json").toString()));
        assertTrue(missing.getMessage().contains("missing.json"), missing.getMessage());
        ProbeException broken = assertThrows(ProbeException.class, () -> read("broken.json", "{\"websocket.auth.token\":\"c4n4ry\",\n oops}"));
        assertTrue(broken.getMessage().contains("no JSON at line 2"), broken.getMessage());
        assertFalse(broken.getMessage().contains("c4n4ry"), broken.getMessage());
        assertTrue(assertThrows(ProbeException.class, () -> read("other.json", "{\"config\":{}}")).getMessage().contains("websocket.url"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--seconds c.json", "--seconds 0 c.json", "--messages x c.json", "--nonsense c.json", "a.json b.json", "c.json --kafka"})
    void wrongUsageIsTold(String arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(Probe.USAGE, run(err, arguments.isEmpty() ? new String[0] : arguments.split(" ")));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("--help"), err::toString);
    }

    @Test
    void helpNamesEveryOption() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertEquals(0, run(out, "--help"));
        for (String option : new String[] {"--seconds", "--messages", "--quiet", "--kafka", "Exit codes", "Probe"}) {
            assertTrue(out.toString(StandardCharsets.UTF_8).contains(option), option);
        }
    }

    @Test
    void kafkasJarsAreFoundWholeOrNotAtAll() throws Exception {
        Path libs = Files.createDirectories(folder.resolve("kafka/libs"));
        for (String name : new String[] {"kafka-clients-4.3.1.jar", "kafka-clients-4.3.1-test.jar", "connect-api-4.3.1.jar", "slf4j-api-1.7.36.jar",
            "jackson-databind-2.21.2.jar", "jackson-core-2.21.2.jar"}) {
            Files.createFile(libs.resolve(name));
        }
        String kafka = folder.resolve("kafka").toString();
        assertTrue(assertThrows(ProbeException.class, () -> KafkaLibraries.find(kafka)).getMessage().contains("jackson-annotations-"));
        File last = Files.createFile(libs.resolve("jackson-annotations-2.21.jar")).toFile();
        assertEquals(6, KafkaLibraries.find(kafka).size());
        assertTrue(KafkaLibraries.find(libs.toString()).contains(last));
        assertTrue(KafkaLibraries.find(kafka).stream().anyMatch(file -> file.getName().equals("kafka-clients-4.3.1.jar")));
    }

    private static int run(ByteArrayOutputStream told, String... arguments) {
        PrintStream stream = new PrintStream(told, true, StandardCharsets.UTF_8);
        return Probe.run(stream, stream, arguments);
    }
}
