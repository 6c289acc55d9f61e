package io.conduktor.connect.websocket.gates;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Folders;
import io.conduktor.connect.websocket.harness.ServerProcess;
import io.conduktor.connect.websocket.system.Suite;
import io.conduktor.connect.websocket.system.TestConnector;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real server (Python with OpenSSL) that speaks one version of TLS alone. */
class OldTlsTest {
    private static final Pattern PORT = Pattern.compile("port (\\d+)");

    /** 404 is what the server says once TLS stands. */
    @ParameterizedTest
    @CsvSource({"TLSv1_1, the server speaks neither TLS 1.2 nor TLS 1.3", "TLSv1_2, HTTP status 404", "TLSv1_3, HTTP status 404"})
    void aServerOfOldTlsIsToldAsSuch(String version, String expected) {
        Path log = Suite.installation().log("tls-server-" + version);
        Folders.delete(log);
        Path folder = Suite.secureFeed().trustStore().getParent();
        List<String> command = List.of("python3", "tests/gates/tls_server.py", version, folder.resolve("cert.pem").toString(),
            folder.resolve("key.pem").toString());
        try (ServerProcess server = ServerProcess.start("tls-server", log, command)) {
            Matcher port = Await.value("a port", TestConnector.LIMIT, () -> PORT.matcher(server.logText()), Matcher::find);
            String url = "wss://127.0.0.1:" + port.group(1) + "/";
            try (TestConnector connector = new TestConnector(Suite.standalone(), "tls-" + version.toLowerCase(), url)) {
                String trace = connector.set("websocket.reconnect.enabled", "false").apply().awaitTrace();
                assertTrue(trace.contains(expected), trace);
            }
        }
    }
}
