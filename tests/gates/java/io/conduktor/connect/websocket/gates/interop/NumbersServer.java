package io.conduktor.connect.websocket.gates.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.DefaultSSLWebSocketServerFactory;
import org.java_websocket.server.WebSocketServer;

/** The numbers on Java-WebSocket, as a program of its own. See {@code tests/gates/servers/README.md}. */
final class NumbersServer extends WebSocketServer {
    private static final String REASON = "all sent";
    private static final int CLOSE_LIMIT_MILLIS = 2000;
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final ObjectMapper json = new ObjectMapper();

    private NumbersServer(int port, int ping) {
        super(new InetSocketAddress("127.0.0.1", port), List.of(new Draft_6455(compression())));
        setReuseAddr(true);
        setConnectionLostTimeout(ping); // 0: no pings
    }

    /** Of each message, however short. */
    private static PerMessageDeflateExtension compression() {
        PerMessageDeflateExtension extension = new PerMessageDeflateExtension();
        extension.setThreshold(0);
        return extension;
    }

    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        Map<String, String> environment = System.getenv();
        NumbersServer server = new NumbersServer(Integer.parseInt(environment.get("PORT")), Integer.parseInt(environment.getOrDefault("PING", "0")));
        if (environment.containsKey("CERT")) {
            SSLContext tls = tls(Path.of(environment.get("CERT")), Path.of(environment.get("KEY")));
            server.setWebSocketFactory(new DefaultSSLWebSocketServerFactory(tls));
        }
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutDown, "shut-down"));
        server.run();
    }

    private static SSLContext tls(Path chain, Path key) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(chain)) {
            Certificate[] certificates = CertificateFactory.getInstance("X.509").generateCertificates(pem).toArray(new Certificate[0]);
            store.setKeyEntry("server", privateKey(key), PASSWORD, certificates);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** From PKCS#8 in PEM. */
    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        String base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
    }

    /** Closes all connections with 1001. */
    private void shutDown() {
        try {
            stop(CLOSE_LIMIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }

    @Override
    public void onStart() {
        String library = Path.of(WebSocketServer.class.getProtectionDomain().getCodeSource().getLocation().getPath()).getFileName().toString();
        say("listening Java-WebSocket " + library.replaceAll("^Java-WebSocket-|\\.jar$", ""));
    }

    @Override
    public void onOpen(WebSocket connection, ClientHandshake handshake) {
        // Nothing is sent before the subscription.
    }

    @Override
    public void onMessage(WebSocket connection, String message) {
        say("subscribed " + message);
        try {
            JsonNode wanted = json.readTree(message);
            for (int n = 1; n <= wanted.path("count").asInt(); n++) {
                connection.send("{\"n\":" + n + "}");
            }
            if (wanted.has("close")) {
                connection.close(wanted.path("close").asInt(), REASON);
            }
        } catch (IOException e) {
            say("error " + e);
        }
    }

    @Override
    public void onClose(WebSocket connection, int code, String reason, boolean remote) {
        say("closed " + code);
    }

    @Override
    public void onError(WebSocket connection, Exception error) {
        say("error " + error);
    }
}
