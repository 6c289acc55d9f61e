package io.conduktor.connect.websocket.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PercentilesTest {

    @Test
    void aPercentileIsTheSmallestValueThatSoManyDoNotExceed() {
        Percentiles thousand = new Percentiles(IntStream.rangeClosed(1, 1000).mapToDouble(i -> 1001 - i).toArray());
        assertEquals(500, thousand.at(50));
        assertEquals(990, thousand.at(99));
        assertEquals(999, thousand.at(99.9));
        assertEquals(1000, thousand.at(100));
    }

    @Test
    void fewValuesHaveTheirGreatestAsEveryHighPercentile() {
        Percentiles three = new Percentiles(new double[] {3, -1, 2});
        assertEquals(-1, three.at(1));
        assertEquals(2, three.at(50));
        assertEquals(3, three.at(99));
        assertEquals(3, three.at(99.9));
    }

    @Test
    void noValueHasNone() {
        assertThrows(IllegalArgumentException.class, () -> new Percentiles(new double[0]));
    }
}
