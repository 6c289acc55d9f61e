package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Course;
import io.conduktor.connect.websocket.harness.Holding;
import io.conduktor.connect.websocket.harness.OsProcess;
import io.conduktor.connect.websocket.harness.Slope;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The judgement of the leak tests: it sees small leaks through noise, does not see any where there are none, and does not guess. */
class SlopeTest {
    private static final int POINTS = 40;
    private static final int STEP = 250;
    private static final int SEEDS = 200;

    @Test
    void findsTheSlopeOfALine() {
        Slope slope = slope(work -> 7 + 0.25 * work);
        assertEquals(0.25, slope.perUnit(), 1e-12);
        assertEquals(0, slope.error(), 1e-12);
        assertTrue(slope.isBelow(0.26));
        assertFalse(slope.isBelow(0.25));
    }

    @Test
    void aLeakOfOneDescriptorInFiftyReconnectsIsSeenThroughNoiseAndNoneIsSeenWithoutOne() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            assertFalse(slope(work -> 200 + work / 50 + 4 * random.nextGaussian()).isBelow(0.01), "seed " + seed);
            assertTrue(slope(work -> 200 + 4 * random.nextGaussian()).isBelow(0.01), "seed " + seed);
        }
    }

    @Test
    void aLeakOfTwoHundredBytesAReconnectIsSeenThroughNoiseOfAQuarterOfAMebibyte() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            assertFalse(slope(work -> 40e6 + 200 * work + 250e3 * random.nextGaussian()).isBelow(150), "seed " + seed);
            assertTrue(slope(work -> 40e6 + 250e3 * random.nextGaussian()).isBelow(150), "seed " + seed);
        }
    }

    @Test
    void whatGrowsOnceIsNoLeak() {
        assertTrue(slope(work -> work < 3000 ? 200 : 205).isBelow(0.01));
    }

    @Test
    void noiseThatHidesALeakIsNotTakenForFlatness() {
        Random random = new Random(1);
        Slope slope = slope(work -> 3e7 * random.nextGaussian());
        assertFalse(slope.isBelow(200), slope::toString);
    }

    /** A walk has slopes by chance that the plain standard error calls certain. */
    @Test
    void pointsThatErrTogetherCountForLess() {
        Random random = new Random(1);
        double[] noise = random.doubles(POINTS).map(it -> it - 0.5).toArray();
        double[] blocks = new double[POINTS];
        for (int i = 0; i < POINTS; i++) {
            blocks[i] = noise[i / 8];
        }
        double[] work = work();
        assertTrue(Slope.of(work, blocks).error() > 1.5 * Slope.of(work, noise).error());
    }

    @Test
    void tooFewPointsAreNoCourse() {
        assertThrows(IllegalArgumentException.class, () -> Slope.of(new double[] {1, 2, 3}, new double[] {1, 1, 1}));
        assertThrows(IllegalArgumentException.class, () -> Slope.of(new double[POINTS], new double[POINTS]));
    }

    /** This JVM itself, which leaks nothing, then descriptors, threads, heap and native memory, on purpose. */
    @Test
    void realLeaksAreCaught() throws IOException {
        Path file = Files.createTempFile("leak", "");
        CountDownLatch end = new CountDownLatch(1);
        List<AutoCloseable> kept = new ArrayList<>();
        List<Object> held = new ArrayList<>();
        try {
            Map<Holding, Double> one = Map.of(Holding.DESCRIPTORS, 0.5, Holding.THREADS, 0.5);
            course(() -> Files.newInputStream(file).close()).assertFlat(one);
            // Many at once, and nothing else looked at: this JVM opens and closes what it likes beside them.
            Work opens = () -> {
                for (int i = 0; i < 20; i++) {
                    kept.add(Files.newInputStream(file));
                }
            };
            assertTrue(complaint(course(opens), Map.of(Holding.DESCRIPTORS, 0.5)).contains("descriptors rise"));
            Work starts = () -> {
                for (int i = 0; i < 5; i++) {
                    thread(end);
                }
            };
            assertTrue(complaint(course(starts), Map.of(Holding.THREADS, 0.5)).contains("threads rise"));
            Map<Holding, Double> memory = Map.of(Holding.HEAP, 100_000.0);
            assertTrue(complaint(course(() -> held.add(new byte[300_000])), memory).contains("heap rise"));
            // The heap of this JVM is not fixed, so what it takes from the system must not count.
            Map<Holding, Double> outside = Map.of(Holding.NATIVE, 1_000_000.0);
            assertTrue(complaint(course(() -> held.add(touched(4_000_000))), outside).contains("native memory"));
        } finally {
            end.countDown();
            for (AutoCloseable stream : kept) {
                ((InputStream) stream).close();
            }
            Files.delete(file);
        }
    }

    private interface Work {
        void once() throws IOException;
    }

    private static Course course(Work work) throws IOException {
        Course course = new Course("call");
        OsProcess self = new OsProcess(ProcessHandle.current().pid());
        for (int i = 0; i < Slope.POINTS; i++) {
            work.once();
            course.add(i, Holding.of(self, ManagementFactory.getPlatformMBeanServer()));
        }
        return course;
    }

    private static String complaint(Course course, Map<Holding, Double> bounds) {
        return assertThrows(AssertionError.class, () -> course.assertFlat(bounds)).getMessage();
    }

    private static void thread(CountDownLatch end) {
        Thread thread = new Thread(() -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "leaked");
        thread.setDaemon(true);
        thread.start();
    }

    private static ByteBuffer touched(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
        for (int i = 0; i < bytes; i += 4096) {
            buffer.put(i, (byte) 1);
        }
        return buffer;
    }

    private static Slope slope(DoubleUnaryOperator value) {
        double[] work = work();
        double[] values = new double[POINTS];
        for (int i = 0; i < POINTS; i++) {
            values[i] = value.applyAsDouble(work[i]);
        }
        return Slope.of(work, values);
    }

    private static double[] work() {
        double[] work = new double[POINTS];
        for (int i = 0; i < POINTS; i++) {
            work[i] = i * STEP;
        }
        return work;
    }
}
