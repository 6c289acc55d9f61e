package io.conduktor.connect.websocket.gates.interop;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A proxy that we did not write, between the worker and servers. It knows one user, connects to servers from {@link #SOURCE}, and to no
 * server's port 1.
 */
enum ClientProxy {
    TINYPROXY("http", "tinyproxy.conf"),
    SQUID("http", "squid.conf"),
    DANTED("socks5", "danted.conf");

    /** From where it connects: whoever takes connections from nowhere else cannot be reached without it. */
    static final String SOURCE = "127.0.0.3";
    /** A host whose address nobody but squid knows. */
    static final String KNOWN_TO_SQUID = "behind-proxy.test";
    static final String USERNAME = "websocket";
    static final String PASSWORD = "s3cret-of-proxies";
    /** {@link #PASSWORD} as {@code openssl passwd -6} writes it. */
    private static final String HASH = "$6$websocket$J107anPjf/GgZAbvHyv1iguN3qvvdHQ1nzMRee9vhFJbUVLnMDVEvPaBtdKMVNMdhxBUtn7YjGs93o0NFaLS0.";
    private static final Path TEMPLATES = Path.of("tests/gates/servers/proxies");

    private final String scheme;
    private final String template;

    ClientProxy(String scheme, String template) {
        this.scheme = scheme;
        this.template = template;
    }

    String url(int port) {
        return scheme + "://127.0.0.1:" + port;
    }

    /** As failures name one. */
    String named(int port) {
        return "the " + (this == DANTED ? "SOCKS" : "HTTP") + " proxy 127.0.0.1:" + port;
    }

    /** Starts one that lets clients connect to these ports, and returns when it listens. */
    ServerProcess start(int port, int... allowed) {
        try {
            // Squid and danted run as another user where they are started by root.
            Path folder = Files.createTempDirectory("websocket-proxy-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(folder)));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            Path configuration = write(folder, template, port, allowed);
            Path log = Suite.installation().log("interop-" + name().toLowerCase() + "-" + port);
            ServerProcess process = ServerProcess.start(name(), log, command(configuration), environment(folder, port));
            process.awaitReady(TestConnector.LIMIT, () -> !Ports.isFree(port));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command(Path configuration) {
        String executable = Launchers.of(this);
        switch (this) {
            case TINYPROXY:
                return List.of(executable, "-d", "-c", configuration.toString());
            case SQUID:
                return List.of(executable, "-N", "-f", configuration.toString());
            default:
                return List.of(executable, "-f", configuration.toString());
        }
    }

    private Map<String, String> environment(Path folder, int port) throws IOException {
        switch (this) {
            case SQUID:
                Path helper = write(folder, "squid-auth.sh", port);
                Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
                Files.writeString(folder.resolve("mime.conf"), "");
                Files.writeString(folder.resolve("hosts"), "127.0.0.1 " + KNOWN_TO_SQUID + "\n");
                return Map.of();
            case DANTED:
                return users(folder);
            default:
                return Map.of();
        }
    }

    /** The users that danted finds: the machine's, as far as it runs as them, and the one that it is to know. */
    private static Map<String, String> users(Path folder) throws IOException {
        String passwd = Files.readString(Path.of("/etc/passwd")).lines().filter(line -> !line.startsWith(USERNAME + ":"))
            .collect(Collectors.joining("\n", "", "\n"));
        Path users = Files.writeString(folder.resolve("passwd"), passwd + USERNAME + ":x:4242:4242::/:/bin/false\n");
        Path groups = Files.writeString(folder.resolve("group"), Files.readString(Path.of("/etc/group")) + USERNAME + ":x:4242:\n");
        Path shadow = Files.writeString(folder.resolve("shadow"), USERNAME + ":" + HASH + ":19000:0:99999:7:::\n");
        return Map.of("NSS_WRAPPER_PASSWD", users.toString(), "NSS_WRAPPER_GROUP", groups.toString(), "NSS_WRAPPER_SHADOW", shadow.toString());
    }

    private static Path write(Path folder, String template, int port, int... allowed) throws IOException {
        boolean isRoot = System.getProperty("user.name").equals("root");
        String ports = IntStream.of(allowed).mapToObj(one -> "ConnectPort " + one).collect(Collectors.joining("\n"));
        Map<String, String> values = Map.of("FOLDER", folder.toString(), "PORT", Integer.toString(port), "SOURCE", SOURCE, "USERNAME", USERNAME,
            "PASSWORD", PASSWORD, "CONNECT_PORTS", ports, "USERS", isRoot ? "user.privileged: root\nuser.unprivileged: nobody" : "");
        String text = Files.readString(TEMPLATES.resolve(template));
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("@" + value.getKey() + "@", value.getValue());
        }
        return Files.writeString(folder.resolve(template), text);
    }
}
