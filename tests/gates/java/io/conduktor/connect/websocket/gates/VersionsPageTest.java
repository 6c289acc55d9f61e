package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The short form of {@link VersionsTest}, beside the smoke test on the oldest Kafka: whoever adds a release runs it. */
class VersionsPageTest {
    @Test
    void theTableHasEveryReleaseOfTheBuild() throws IOException {
        String table = VersionsTable.documented();
        Set<String> documented = table.lines().skip(2).map(row -> row.split("\\|")[1].strip()).collect(Collectors.toSet());
        assertEquals(Set.copyOf(List.of(System.getProperty("harness.kafka.matrix").split(" "))), documented);
    }
}
