package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.slf4j.LoggerFactory;

/** The JAR's classes can be collected once their task has stopped; the native library's code stays mapped, as docs/RELIABILITY.md says. */
class ClassUnloadingTest {
    private static final int LOADERS = 3;
    private static final String TASK = "io.conduktor.connect.websocket.WebSocketSourceTask";

    @Test
    @EnabledOnOs(OS.LINUX)
    void classLoadersAreCollectedAfterTheirTasks() throws Exception {
        LoggerFactory.getLogger(ClassUnloadingTest.class); // Log4j keeps the class loader that logs first; in a worker that is Connect's.
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        long mapped = mappedLibraries();
        try (Feed feed = Suite.feed("unloading")) {
            for (int i = 0; i < LOADERS; i++) {
                loaders.add(useAndDrop(feed, "unloading-" + i));
            }
        }
        Await.until("the class loaders to be collected", TestConnector.LIMIT, () -> {
            System.gc();
            return loaders.stream().allMatch(loader -> loader.get() == null);
        });
        assertEquals(0, ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("io.conduktor.connect.websocket:*"), null).size());
        assertEquals(LOADERS, mappedLibraries() - mapped, "copies of the library that stay mapped");
    }

    /** Runs a task on classes of its own, and keeps nothing of them. */
    private static WeakReference<ClassLoader> useAndDrop(Feed feed, String name) throws Exception {
        URL jar = Suite.installation().jar().toUri().toURL();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar}, ClassUnloadingTest.class.getClassLoader())) {
            Class<?> type = loader.loadClass(TASK);
            assertNotSame(type.getClassLoader(), ClassUnloadingTest.class.getClassLoader());
            SourceTask task = (SourceTask) type.getConstructor().newInstance();
            task.start(Map.of("name", name, "websocket.url", feed.url("/numbered?rate=1000"), "kafka.topic", "none"));
            try {
                Await.value("records", TestConnector.LIMIT, () -> {
                    List<SourceRecord> records = task.poll();
                    return records == null ? 0 : records.size();
                }, records -> records > 0);
            } finally {
                task.stop();
            }
            return new WeakReference<>(loader);
        }
    }

    /** Copies of the native library in this process: mapped from files that are deleted. */
    private static long mappedLibraries() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream().filter(line -> line.contains("/websocket-source-"))
            .map(line -> line.replaceFirst(".*?(/.*)", "$1")).distinct().count();
    }
}
