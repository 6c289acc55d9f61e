package io.conduktor.connect.websocket.jmx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The command line of {@link JmxReader}. */
final class ReaderArguments {
    static final String USAGE = String.join(System.lineSeparator(),
            "Usage: java -jar kafka-connect-websocket-<version>.jar [OPTION]... ADDRESS CONNECTOR [ATTRIBUTE | watch [SECONDS]]",
            "Prints attributes of a WebSocket source connector's MBeans, read over remote JMX.",
            "  ADDRESS               HOST:PORT or a service URL (service:jmx:...) of the Connect worker's JMX server",
            "  CONNECTOR             the connector's name",
            "  ATTRIBUTE             print its value only, such as isConnected; without it all attributes as a table",
            "  watch                 print the table anew every SECONDS (2) until Ctrl-C",
            "  --task N              the MBean of task N instead of the connector's",
            "  --url TEXT            the MBean with this url key, where a connector has more than one",
            "  --json                one JSON object a line",
            "  --user NAME           log in; needs --password-file",
            "  --password-file FILE  a file with the password as its first line",
            "  --tls                 the RMI registry speaks TLS too (com.sun.management.jmxremote.registry.ssl=true)",
            "  --timeout SECONDS     wait that long for an answer (10)",
            "  --help                print this",
            "Exit codes: 0 read; 1 no such MBean or attribute; 2 wrong usage; 3 no connection or login refused");

    private static final int MAX_SECONDS = 86_400;

    private final Deque<String> rest;
    boolean help;
    boolean json;
    boolean tls;
    /** {@code null} for the connector's MBean. */
    Integer task;
    String url;
    String user;
    /** {@code null} without a login. */
    String password;
    String address;
    String connector;
    /** {@code null} for all. */
    String attribute;
    /** Seconds between two readings; 0 to read once. */
    int watchSeconds;
    int timeoutSeconds = 10;

    private ReaderArguments(String... arguments) {
        rest = new ArrayDeque<>(List.of(arguments));
    }

    /** @throws ReaderException with {@link ReaderException#USAGE} if they make no sense or the password cannot be read */
    static ReaderArguments parse(String... arguments) throws ReaderException {
        ReaderArguments result = new ReaderArguments(arguments);
        result.parse();
        return result;
    }

    /** What is read, in words. */
    String subject() {
        return task == null ? "connector " + connector : "task " + task + " of connector " + connector;
    }

    private void parse() throws ReaderException {
        List<String> positional = new ArrayList<>();
        Path passwordFile = null;
        while (!rest.isEmpty()) {
            String argument = rest.pop();
            switch (argument) {
                case "--help":
                case "-h":
                    help = true;
                    return;
                case "--json":
                    json = true;
                    break;
                case "--tls":
                    tls = true;
                    break;
                case "--task":
                    task = number(argument, 0, Integer.MAX_VALUE);
                    break;
                case "--timeout":
                    timeoutSeconds = number(argument, 1, MAX_SECONDS);
                    break;
                case "--url":
                    url = value(argument);
                    break;
                case "--user":
                    user = value(argument);
                    break;
                case "--password-file":
                    passwordFile = path(value(argument));
                    break;
                default:
                    if (argument.startsWith("--")) {
                        throw usage("unknown option " + argument);
                    }
                    positional.add(argument);
            }
        }
        takePositional(new ArrayDeque<>(positional));
        takeLogin(passwordFile);
    }

    private void takePositional(Deque<String> arguments) throws ReaderException {
        if (arguments.size() < 2) {
            throw usage("ADDRESS and CONNECTOR are needed");
        }
        address = arguments.pop();
        connector = arguments.pop();
        if ("watch".equals(arguments.peek())) {
            arguments.pop();
            watchSeconds = arguments.isEmpty() ? 2 : number("watch", arguments.pop(), 1, MAX_SECONDS);
        } else {
            attribute = arguments.poll();
        }
        if (!arguments.isEmpty()) {
            throw usage("too many arguments from " + arguments.peek());
        }
        if (task != null && url != null) {
            throw usage("the MBean of a task has no url key: --task and --url exclude each other");
        }
    }

    private void takeLogin(Path passwordFile) throws ReaderException {
        if ((user == null) != (passwordFile == null)) {
            throw usage("--user and --password-file need each other");
        }
        if (passwordFile == null) {
            return;
        }
        try {
            password = Files.readAllLines(passwordFile, StandardCharsets.UTF_8).stream().findFirst().orElse("");
        } catch (IOException e) {
            throw usage("cannot read the password file: " + e);
        }
        if (password.isEmpty()) {
            throw usage("the first line of the password file " + passwordFile + " is empty");
        }
    }

    private String value(String option) throws ReaderException {
        if (rest.isEmpty()) {
            throw usage(option + " needs a value");
        }
        return rest.pop();
    }

    private int number(String option, int least, int most) throws ReaderException {
        return number(option, value(option), least, most);
    }

    private static int number(String option, String text, int least, int most) throws ReaderException {
        try {
            int result = Integer.parseInt(text);
            if (result >= least && result <= most) {
                return result;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw usage(option + " needs a whole number from " + least + " to " + most + ", not " + text);
    }

    private static Path path(String text) throws ReaderException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw usage("no file name: " + text);
        }
    }

    private static ReaderException usage(String message) {
        return new ReaderException(ReaderException.USAGE, message + " (--help shows the usage)");
    }
}
