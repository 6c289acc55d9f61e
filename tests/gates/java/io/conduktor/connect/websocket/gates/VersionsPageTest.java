package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The short form of {@link VersionsTest}, beside the smoke test on the oldest Kafka: whoever adds a release runs it. */
class VersionsPageTest {
    @Test
    void theTableHasEveryReleaseOfTheBuild() throws IOException {
        String table = VersionsTable.documented();
        Set<String> documented = table.lines().skip(2).map(row -> row.split("\\|")[1].strip()).collect(Collectors.toSet());
        assertEquals(Set.copyOf(List.of(System.getProperty("harness.kafka.matrix").split(" "))), documented);
    }

    @Test
    void versionsAreSortedByNumber() {
        assertEquals(List.of("3.9.2", "4.0.0", "4.9.1", "4.10.0", "10.0.0"),
            Stream.of("4.10.0", "10.0.0", "4.9.1", "3.9.2", "4.0.0").sorted(VersionsTable.BY_NUMBER).toList());
    }
}
