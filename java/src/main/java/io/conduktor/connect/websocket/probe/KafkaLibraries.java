package io.conduktor.connect.websocket.probe;

import java.io.File;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds those of Kafka's JARs that the connector's own classes are made for. They are not in this JAR: a worker has them. */
final class KafkaLibraries {
    /** The beginnings of their names. */
    private static final List<String> NEEDED = List.of("kafka-clients-", "connect-api-", "slf4j-api-", "jackson-databind-", "jackson-core-",
            "jackson-annotations-");
    /** Where images and packages have them: Apache, Strimzi and Debian packages, Confluent, Bitnami. */
    private static final List<String> USUAL = List.of("/opt/kafka/libs", "/usr/share/java/kafka", "/opt/bitnami/kafka/libs", "/usr/local/kafka/libs",
            "/opt/homebrew/opt/kafka/libexec/libs");

    private KafkaLibraries() {
    }

    /**
     * The JARs of the first folder that has them all; {@code kafka} is Kafka's folder or its {@code libs}, or null to look for it.
     *
     * @throws ProbeException if they are nowhere
     */
    static List<File> find(String kafka) throws ProbeException {
        List<File> folders = kafka != null ? inAndUnder(kafka) : usual();
        for (File folder : folders) {
            List<File> found = in(folder);
            if (!found.isEmpty()) {
                return found;
            }
        }
        String where = kafka == null ? "neither on the class path nor in the usual places" : "not in " + kafka;
        throw new ProbeException("Kafka's JARs are " + where + ": name Kafka's folder with --kafka DIR or KAFKA_HOME; its libs must have " + String.join("*, ", NEEDED) + "*");
    }

    private static List<File> usual() {
        Stream<File> classPath = Arrays.stream(System.getProperty("java.class.path", "").split(File.pathSeparator)).map(File::new)
                .filter(file -> file.getName().startsWith(NEEDED.get(0))).map(File::getAbsoluteFile).map(File::getParentFile);
        String home = System.getenv("KAFKA_HOME");
        List<File> folders = classPath.collect(Collectors.toCollection(ArrayList::new));
        if (home != null && !home.isEmpty()) {
            folders.addAll(inAndUnder(home));
        }
        folders.addAll(besideThisJar());
        USUAL.forEach(folder -> folders.add(new File(folder)));
        return folders;
    }

    /** Plugins often lie in a folder of Kafka's own: {@code kafka/plugins/websocket/this.jar}. */
    private static List<File> besideThisJar() {
        List<File> folders = new ArrayList<>();
        try {
            File jar = new File(KafkaLibraries.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            for (File folder = jar.getParentFile(); folder != null; folder = folder.getParentFile()) {
                folders.add(new File(folder, "libs"));
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // Not a file, so nothing lies beside it.
        }
        return folders;
    }

    private static List<File> inAndUnder(String folder) {
        return List.of(new File(folder, "libs"), new File(folder));
    }

    /** One JAR for each of those needed, or none at all. */
    private static List<File> in(File folder) {
        String[] names = Objects.requireNonNullElse(folder.list(), new String[0]);
        List<File> found = NEEDED.stream()
                .map(needed -> Arrays.stream(names)
                        .filter(name -> name.matches(needed + "\\d.*[.]jar") && !name.matches(".*-(sources|test|javadoc)[.]jar"))
                        .sorted().findFirst().orElse(null))
                .filter(Objects::nonNull).map(name -> new File(folder, name)).collect(Collectors.toList());
        return found.size() == NEEDED.size() ? found : List.of();
    }
}
