package io.conduktor.connect.websocket.gates.interop;

import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A reverse proxy that we did not write, in front of a server that speaks plain. It ends TLS itself. */
enum Proxy {
    NGINX("nginx", "nginx.conf", "HUP"),
    HAPROXY("HAProxy", "haproxy.cfg", "USR2");

    private static final Pattern VERSION = Pattern.compile("(?:nginx/|version )(\\d+(?:\\.\\d+)+)");

    private final String title;
    private final String template;
    private final String reload;

    Proxy(String title, String template, String reload) {
        this.title = title;
        this.template = template;
        this.reload = reload;
    }

    @Override
    public String toString() {
        return title;
    }

    /** Times in seconds: after how long without data a connection is cut, and how long one may live on after a reload. */
    record Timeouts(int idle, int hardStop) {
        /** nginx's default, and a reload that waits. */
        static final Timeouts USUAL = new Timeouts(60, 600);
    }

    /** Starts one on the port in front of the server on the other port, and returns when it listens. */
    ServerProcess start(int port, int backend, boolean tls, Timeouts timeouts) {
        Path configuration = configure(port, backend, tls, timeouts);
        String executable = Launchers.of(this);
        List<String> command = this == NGINX
            ? List.of(executable, "-e", "stderr", "-p", configuration.getParent().toString(), "-c", configuration.toString())
            : List.of(executable, "-W", "-f", configuration.toString());
        ServerProcess process = ServerProcess.start(title, Suite.installation().log("interop-" + title + "-" + port), command);
        process.awaitReady(TestConnector.LIMIT, () -> !Ports.isFree(port) && !workers(process).isEmpty());
        return process;
    }

    /** Tells it to read its configuration again. */
    void reload(ServerProcess process) {
        process.signal(reload);
    }

    /** The processes that serve connections. */
    static Set<Long> workers(ServerProcess process) {
        return ProcessHandle.of(process.pid()).stream().flatMap(ProcessHandle::children).map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    String version() {
        Path log = Suite.installation().log("interop-" + title + "-version");
        try (ServerProcess process = ServerProcess.start(title, log, List.of(Launchers.of(this), "-v"))) {
            process.awaitExit(TestConnector.LIMIT);
            return VERSION.matcher(process.logText()).results().findFirst().orElseThrow().group(1);
        }
    }

    private Path configure(int port, int backend, boolean tls, Timeouts timeouts) {
        try {
            Path folder = Files.createDirectories(Suite.folder("interop-" + title + "-" + port)).toAbsolutePath();
            String text = Files.readString(Path.of("tests/gates/servers/proxies", template));
            Map<String, String> values = Map.of("FOLDER", folder.toString(), "PORT", Integer.toString(port), "BACKEND", Integer.toString(backend),
                "CERT", Certificates.file("cert.pem").toString(), "KEY", Certificates.file("key.pem").toString(),
                "TLS", tls ? listenWithTls(folder) : "", "IDLE", Integer.toString(timeouts.idle()), "HARD_STOP", Integer.toString(timeouts.hardStop()));
            for (Map.Entry<String, String> value : values.entrySet()) {
                text = text.replace("@" + value.getKey() + "@", value.getValue());
            }
            return Files.writeString(folder.resolve(template), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** HAProxy wants certificate and key in one file. */
    private String listenWithTls(Path folder) throws IOException {
        if (this == NGINX) {
            return "ssl";
        }
        Path both = folder.resolve("both.pem");
        Files.writeString(both, Files.readString(Certificates.file("cert.pem")) + Files.readString(Certificates.file("key.pem")));
        return "ssl crt " + both;
    }
}
