package io.conduktor.connect.websocket.gates.interop;

import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.Ports;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A program on a library that we did not write. */
enum Server {
    WEBSOCKETS("Python websockets"),
    AIOHTTP("Python aiohttp"),
    WS("Node.js ws"),
    GORILLA("Go gorilla/websocket"),
    JAVA_WEBSOCKET("Java-WebSocket"),
    LIBWEBSOCKETS("C libwebsockets");

    private final String title;

    Server(String title) {
        this.title = title;
    }

    @Override
    public String toString() {
        return title;
    }

    /** Skips the test where the library cannot be had; fails it in CI. */
    List<String> command() {
        if (this == JAVA_WEBSOCKET) {
            return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-cp", System.getProperty("java.class.path"),
                NumbersServer.class.getName());
        }
        return List.of(Launchers.of(this));
    }

    /** The code that it prints when a client has answered its close frame with the same code: libwebsockets does not tell its program of the answer. */
    int codeOfAnswer(int code) {
        return this == LIBWEBSOCKETS ? 1006 : code;
    }

    /** Whether it compresses what it sends: that of libwebsockets is the one that does not. */
    boolean compresses() {
        return this != LIBWEBSOCKETS;
    }

    /** How a server is to behave; {@code ping} in seconds, 0 for none. */
    record Options(boolean tls, int ping) {
    }

    /** Starts one on the port and returns when it listens. */
    ServerProcess start(int port, Options options) {
        Map<String, String> environment = new HashMap<>(Map.of("PORT", Integer.toString(port)));
        if (options.tls()) {
            environment.putAll(Map.of("CERT", Certificates.file("cert.pem").toString(), "KEY", Certificates.file("key.pem").toString()));
        }
        if (options.ping() > 0) {
            environment.put("PING", Integer.toString(options.ping()));
        }
        Path log = Suite.installation().log("interop-" + name().toLowerCase() + "-" + port);
        Folders.delete(log);
        ServerProcess process = ServerProcess.start(title, log, command(), environment);
        process.awaitReady(TestConnector.LIMIT, () -> process.logText().contains("listening ") && !Ports.isFree(port));
        return process;
    }

    /** What it printed as its library's version. */
    static String version(ServerProcess process) {
        return process.logText().lines().filter(line -> line.startsWith("listening ")).findFirst().orElseThrow().replaceFirst(".* v?", "");
    }
}
