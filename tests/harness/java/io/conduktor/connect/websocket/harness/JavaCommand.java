package io.conduktor.connect.websocket.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The command line of a Kafka program in a JVM of its own, with the logging that Connect's own configuration has. */
final class JavaCommand {
    private static final String LOG4J2 = "log4j2.xml";
    private static final String RELOAD4J = "reload4j.properties";

    private final List<String> command = new ArrayList<>();

    private JavaCommand() {
    }

    /** The {@code java} of the JVM that runs this. */
    static Path currentJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /**
     * @param folder a folder of the process, for the logging configuration
     * @param jmxPort the port of a remote JMX server on the loopback interface, or 0 for none
     */
    static JavaCommand of(Installation installation, Path java, Path folder, int jmxPort, List<String> jvmArguments) {
        JavaCommand result = new JavaCommand();
        result.add(java.toString(), "-Xmx512m", "-Djava.net.preferIPv4Stack=true");
        result.add(logging(installation, folder));
        if (jmxPort != 0) {
            result.add("-Dcom.sun.management.jmxremote.port=" + jmxPort, "-Dcom.sun.management.jmxremote.rmi.port=" + jmxPort,
                "-Dcom.sun.management.jmxremote.host=127.0.0.1", "-Djava.rmi.server.hostname=127.0.0.1",
                "-Dcom.sun.management.jmxremote.authenticate=false", "-Dcom.sun.management.jmxremote.ssl=false");
        }
        result.command.addAll(jvmArguments);
        result.add("-cp", installation.libraries() + "/*");
        return result;
    }

    List<String> run(String mainClass, Object... arguments) {
        List<String> result = new ArrayList<>(command);
        result.add(mainClass);
        Stream.of(arguments).map(Object::toString).forEach(result::add);
        return result;
    }

    private void add(String... arguments) {
        command.addAll(List.of(arguments));
    }

    /** Kafka 4 logs through Log4j 2, older versions through reload4j: whichever is among the libraries. */
    private static String logging(Installation installation, Path folder) {
        try (Stream<Path> libraries = Files.list(installation.libraries())) {
            boolean log4j2 = libraries.anyMatch(library -> library.getFileName().toString().startsWith("log4j-core-"));
            return log4j2
                ? "-Dlog4j2.configurationFile=" + copyOf(LOG4J2, folder)
                : "-Dlog4j.configuration=file:" + copyOf(RELOAD4J, folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path copyOf(String resource, Path folder) throws IOException {
        try (InputStream configuration = JavaCommand.class.getResourceAsStream(resource)) {
            Files.createDirectories(folder);
            Path file = folder.resolve(resource);
            Files.copy(configuration, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        }
    }
}
