package io.conduktor.connect.websocket.system;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The instructions of {@code ops/docker/Dockerfile}, to be carried out without an engine.
 *
 * @param instructions each without line breaks, ARGs replaced
 */
record Dockerfile(List<String> instructions) {
    static final Path FILE = Path.of("ops", "docker", "Dockerfile");
    private static final Pattern ASSIGNMENT = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|(\\S+))");

    static Dockerfile read() throws IOException {
        List<String> instructions = new ArrayList<>();
        String text = Files.readAllLines(FILE).stream().filter(line -> !line.startsWith("#") && !line.isBlank())
            .collect(Collectors.joining("\n"));
        for (String line : text.replaceAll("\\\\\n\\s*", "").split("\n")) {
            String replaced = line;
            for (String argument : instructions.stream().filter(one -> one.startsWith("ARG ")).toList()) {
                String[] parts = argument.substring(4).split("=", 2);
                replaced = replaced.replace("${" + parts[0] + "}", parts[1]);
            }
            instructions.add(replaced);
        }
        return new Dockerfile(instructions);
    }

    /** The arguments of all instructions of that kind. */
    List<String> all(String instruction) {
        String beginning = instruction + " ";
        return instructions.stream().filter(line -> line.startsWith(beginning)).map(line -> line.substring(beginning.length())).toList();
    }

    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String line : all("ENV")) {
            Matcher assignment = ASSIGNMENT.matcher(line);
            while (assignment.find()) {
                environment.put(assignment.group(1), assignment.group(2) != null ? assignment.group(2) : assignment.group(3));
            }
        }
        return environment;
    }

    /** The words of a command in exec form, of CMD or HEALTHCHECK. */
    List<String> command(String instruction) throws IOException {
        String line = all(instruction).get(0);
        return List.of(new ObjectMapper().readValue(line.substring(line.indexOf('[')), String[].class));
    }

    /** Copies from the project to an image's folders under {@code root}. */
    void copyTo(Path root, Map<String, Path> replacements) throws IOException {
        for (String line : all("COPY")) {
            List<String> words = Arrays.stream(line.split(" ")).filter(word -> !word.startsWith("--")).toList();
            Path target = Files.createDirectories(Path.of(root + words.get(words.size() - 1)));
            for (String source : words.subList(0, words.size() - 1)) {
                Path file = replacements.getOrDefault(source, Path.of(source));
                Files.copy(file, target.resolve(Path.of(source).getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
