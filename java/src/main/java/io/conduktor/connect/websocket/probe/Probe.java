package io.conduktor.connect.websocket.probe;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;

/**
 * Runs a connector's configuration against its server, without Kafka, and tells what comes and which keys that speaks for. Needs this JAR, Java
 * 11 and a few of Kafka's own JARs, which it finds on every machine with Kafka Connect. See docs/CONNECTING.md.
 */
public final class Probe {
    /** Messages came. */
    static final int RECEIVED = 0;
    /** No connection, or no message. */
    static final int FAILED = 1;
    /** The command line or the configuration is wrong, or Kafka's JARs are missing. */
    static final int USAGE = 2;

    private static final String PROGRAM = "io.conduktor.connect.websocket.probe.ProbeRun";

    private Probe() {
    }

    /** Probes as the arguments say and ends the JVM with the exit code. */
    public static void main(String[] arguments) {
        System.exit(run(System.out, System.err, arguments));
    }

    /** @return the exit code */
    static int run(PrintStream out, PrintStream err, String... arguments) {
        try {
            ProbeArguments wanted = ProbeArguments.parse(arguments);
            if (wanted.help) {
                out.println(ProbeArguments.USAGE);
                return RECEIVED;
            }
            return runWith(KafkaLibraries.find(wanted.kafka), out, err, arguments);
        } catch (ProbeException e) {
            err.println(e.getMessage());
            return USAGE;
        } catch (IOException | URISyntaxException | ReflectiveOperationException e) {
            err.println("the probe cannot be loaded: " + e);
            return USAGE;
        }
    }

    /** With a class loader that has nothing but this JAR and Kafka's, whatever else is on the class path. */
    private static int runWith(List<File> libraries, PrintStream out, PrintStream err, String... arguments)
            throws IOException, URISyntaxException, ReflectiveOperationException {
        URL[] urls = new URL[libraries.size() + 1];
        urls[0] = Probe.class.getProtectionDomain().getCodeSource().getLocation();
        for (int i = 0; i < libraries.size(); i++) {
            urls[i + 1] = libraries.get(i).toURI().toURL();
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(loader);
            return (int) loader.loadClass(PROGRAM).getMethod("run", PrintStream.class, PrintStream.class, String[].class)
                    .invoke(null, out, err, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof NoClassDefFoundError) {
                err.println("Kafka's JARs are not complete: " + e.getCause().getMessage());
            } else {
                err.println("the probe cannot go on: " + e.getCause());
            }
            return USAGE;
        } catch (UnsupportedClassVersionError e) {
            err.println("Kafka's JARs need a newer Java than " + System.getProperty("java.version"));
            return USAGE;
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
