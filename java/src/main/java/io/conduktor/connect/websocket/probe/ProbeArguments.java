package io.conduktor.connect.websocket.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The command line of {@link Probe}. */
final class ProbeArguments {
    static final String USAGE = String.join(System.lineSeparator(),
            "Usage: java -cp kafka-connect-websocket-<version>.jar io.conduktor.connect.websocket.probe.Probe [OPTION]... CONFIG",
            "Runs a WebSocket source connector's configuration against its server, without a worker and without writing to Kafka, and",
            "tells what comes and which keys that speaks for.",
            "  CONFIG           a connector's configuration: JSON as for Connect's REST API (with or without name and config), or .properties.",
            "                   ${env:NAME}, ${file:PATH:KEY} and ${directory:PATH:FILE} are replaced as Kafka's own ConfigProviders do it",
            "  --seconds N      probe for so long (30)",
            "  --messages N     or until so many messages came",
            "  --quiet          do not print frames, only what happens to the connection and the summary",
            "  --kafka DIR      Kafka's folder, or its libs: six of its JARs are needed. Without it they are looked for on the class path, in",
            "                   KAFKA_HOME, in a libs folder above this JAR, and where packages and images have them",
            "  --help           print this",
            "Exit codes: 0 messages came; 1 no connection or no message, with the reason; 2 wrong usage or configuration");

    private static final int MOST_SECONDS = 86_400;

    private final Deque<String> rest;
    boolean help;
    boolean quiet;
    int seconds = 30;
    int messages = Integer.MAX_VALUE;
    /** Kafka's folder, or null. */
    String kafka;
    /** The configuration's file. */
    String config;

    private ProbeArguments(String... arguments) {
        rest = new ArrayDeque<>(List.of(arguments));
    }

    /** @throws ProbeException if they make no sense */
    static ProbeArguments parse(String... arguments) throws ProbeException {
        ProbeArguments result = new ProbeArguments(arguments);
        result.parse();
        return result;
    }

    private void parse() throws ProbeException {
        while (!rest.isEmpty()) {
            String argument = rest.pop();
            switch (argument) {
                case "--help":
                case "-h":
                    help = true;
                    return;
                case "--quiet":
                    quiet = true;
                    break;
                case "--seconds":
                    seconds = number(argument, MOST_SECONDS);
                    break;
                case "--messages":
                    messages = number(argument, Integer.MAX_VALUE);
                    break;
                case "--kafka":
                    kafka = value(argument);
                    break;
                default:
                    if (argument.startsWith("--") || config != null) {
                        throw usage(argument.startsWith("--") ? "unknown option " + argument : "one CONFIG at a time, not also " + argument);
                    }
                    config = argument;
            }
        }
        if (config == null) {
            throw usage("CONFIG is needed");
        }
    }

    private String value(String option) throws ProbeException {
        if (rest.isEmpty()) {
            throw usage(option + " needs a value");
        }
        return rest.pop();
    }

    private int number(String option, int most) throws ProbeException {
        String text = value(option);
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw usage(option + " needs a whole number from 1 to " + most + ", not " + text);
    }

    private static ProbeException usage(String message) {
        return new ProbeException(message + " (--help shows the usage)");
    }
}
