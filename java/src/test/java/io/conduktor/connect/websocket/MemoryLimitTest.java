package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryLimitTest {
    private static final long GIBIBYTE = 1024 * 1024 * 1024;

    @Test
    void isAQuarterOfTheMemoryUnlessItIsSet() {
        assertEquals(GIBIBYTE, MemoryLimit.bytes(null, 4 * GIBIBYTE));
        assertEquals(2_000_000, MemoryLimit.bytes(" 2000000 ", GIBIBYTE));
        assertEquals(MemoryLimit.MINIMUM, MemoryLimit.bytes(null, 1000));
        assertTrue(MemoryLimit.bytes() >= MemoryLimit.MINIMUM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "1048575", "-1", "1G", "99999999999999999999"})
    void otherValuesAreRefusedByName(String value) {
        String message = assertThrows(ConfigException.class, () -> MemoryLimit.bytes(value, GIBIBYTE)).getMessage();
        assertTrue(message.contains(MemoryLimit.PROPERTY + " must be a number of bytes, 1048576 or more, not '" + value + "'"), message);
    }
}
