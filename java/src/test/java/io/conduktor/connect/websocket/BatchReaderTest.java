package io.conduktor.connect.websocket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchReaderTest {
    private static final long MICROS = 1_700_000_000_000_000L;

    private static byte[] expected() {
        return new Batches().text("hello", MICROS + 1).text("", MICROS + 2)
                .binary(new byte[] {0, (byte) 0xff, (byte) 0x80}, MICROS + 3)
                .text("grüße 日本 \uD83D\uDE80", MICROS + 4).bytes();
    }

    private static List<String> read(byte[] batch, int end) {
        List<String> records = new ArrayList<>();
        BatchReader.read(batch, end, (kind, micros, bytes, offset, length) -> {
            byte[] payload = Arrays.copyOfRange(bytes, offset, offset + length);
            records.add(micros - MICROS + (kind == BatchReader.TEXT ? " " + new String(payload, StandardCharsets.UTF_8)
                    : " bytes " + Arrays.toString(payload)));
        });
        return records;
    }

    @Test
    void theGoldenFileIsTheFormatOfThisSideToo() throws IOException {
        byte[] golden = Files.readAllBytes(Paths.get("tests/golden/batch.bin"));
        assertArrayEquals(expected(), golden);
        assertEquals(List.of("1 hello", "2 ", "3 bytes [0, -1, -128]", "4 grüße 日本 \uD83D\uDE80"), read(golden, golden.length));
    }

    @Test
    void readsNoFurtherThanTheEnd() {
        byte[] batch = Arrays.copyOf(expected(), 4096);
        assertEquals(List.of("1 hello"), read(batch, 21));
        assertEquals(List.of(), read(batch, 0));
    }

    @Test
    void passesExtensionsOver() {
        byte[] batch = new Batches().record(0, "a".getBytes(StandardCharsets.UTF_8), MICROS, 40_000).text("b", MICROS).bytes();
        assertEquals(List.of("0 a", "0 b"), read(batch, batch.length));
    }

    @Test
    void refusesWhatIsNoBatch() {
        byte[] cut = new Batches().text("hello", MICROS).bytes();
        assertThrows(IllegalStateException.class, () -> read(cut, cut.length - 1));
        assertThrows(IllegalStateException.class, () -> read(cut, 10));
        byte[] negative = cut.clone();
        negative[3] = (byte) 0x80;
        assertThrows(IllegalStateException.class, () -> read(negative, negative.length));
        byte[] unknownKind = cut.clone();
        unknownKind[4] = 2;
        assertThrows(IllegalStateException.class, () -> read(unknownKind, unknownKind.length));
    }
}
