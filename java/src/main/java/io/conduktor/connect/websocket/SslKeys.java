package io.conduktor.connect.websocket;

import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.PROXY_URL_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.URLS_CONFIG;
import static io.conduktor.connect.websocket.WebSocketSourceConnectorConfig.WEBSOCKET_URL_CONFIG;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Whom TLS trusts, who we are, and what is spoken: Kafka's own names behind {@code websocket.}, with Kafka's meaning. */
final class SslKeys {
    static final String PREFIX = "websocket.ssl.";
    static final String TRUSTSTORE_LOCATION = "websocket.ssl.truststore.location";
    static final String TRUSTSTORE_TYPE = "websocket.ssl.truststore.type";
    static final String TRUSTSTORE_PASSWORD = "websocket.ssl.truststore.password";
    static final String TRUSTSTORE_CERTIFICATES = "websocket.ssl.truststore.certificates";
    static final String KEYSTORE_LOCATION = "websocket.ssl.keystore.location";
    static final String KEYSTORE_TYPE = "websocket.ssl.keystore.type";
    static final String KEYSTORE_PASSWORD = "websocket.ssl.keystore.password";
    static final String KEYSTORE_KEY = "websocket.ssl.keystore.key";
    static final String KEYSTORE_CERTIFICATE_CHAIN = "websocket.ssl.keystore.certificate.chain";
    static final String KEY_PASSWORD = "websocket.ssl.key.password";
    static final String ENDPOINT_IDENTIFICATION_ALGORITHM = "websocket.ssl.endpoint.identification.algorithm";
    static final String PROTOCOL = "websocket.ssl.protocol";
    static final String ENABLED_PROTOCOLS = "websocket.ssl.enabled.protocols";
    static final String SERVER_NAME = "websocket.ssl.server.name";
    static final String INSECURE = "websocket.ssl.insecure";

    static final List<String> ALL = List.of(TRUSTSTORE_LOCATION, TRUSTSTORE_TYPE, TRUSTSTORE_PASSWORD, TRUSTSTORE_CERTIFICATES, KEYSTORE_LOCATION,
            KEYSTORE_TYPE, KEYSTORE_PASSWORD, KEYSTORE_KEY, KEYSTORE_CERTIFICATE_CHAIN, KEY_PASSWORD, ENDPOINT_IDENTIFICATION_ALGORITHM, PROTOCOL,
            ENABLED_PROTOCOLS, SERVER_NAME, INSECURE);

    /** The property of the JVM that says whom it trusts. */
    static final String JVM_TRUST_STORE = "javax.net.ssl.trustStore";
    static final String PEM = "PEM";

    private static final String TLS12 = "TLSv1.2";
    private static final String TLS13 = "TLSv1.3";
    private static final String GROUP = "TLS";

    private SslKeys() {
    }

    static void define(ConfigDef definition) {
        definition
            .define(TRUSTSTORE_LOCATION, Type.STRING, null, Importance.MEDIUM,
                    "File with the certificates of the authorities, or servers, that are trusted. Without it and " + TRUSTSTORE_CERTIFICATES
                            + " those are trusted that the worker's JVM trusts (" + JVM_TRUST_STORE + ", else its cacerts); with it, nobody "
                            + "else. Stores are read anew before each attempt to connect.",
                    GROUP, 1, Width.LONG, "Trust store")
            .define(TRUSTSTORE_TYPE, Type.STRING, "JKS", Importance.LOW,
                    "The trust store's type: JKS, PKCS12, " + PEM + ", or another one that the worker's JVM can read. JKS reads PKCS12 as well.",
                    GROUP, 2, Width.SHORT, "Trust store type")
            .define(TRUSTSTORE_PASSWORD, Type.PASSWORD, null, Importance.MEDIUM,
                    "The trust store's password. Without one the store is read but not checked for changes. Not for type " + PEM + ".",
                    GROUP, 3, Width.MEDIUM, "Trust store password")
            .define(TRUSTSTORE_CERTIFICATES, Type.PASSWORD, null, Importance.MEDIUM,
                    "The trusted certificates themselves, in PEM, in place of " + TRUSTSTORE_LOCATION + ". Needs " + TRUSTSTORE_TYPE + "=" + PEM + ".",
                    GROUP, 4, Width.LONG, "Trusted certificates")
            .define(KEYSTORE_LOCATION, Type.STRING, null, Importance.MEDIUM,
                    "File with the client certificate, those of the authorities above it, and its private key, for servers that ask for one "
                            + "(mutual TLS). It must hold one private key: RSA of 2048 bits and more, EC on P-256, P-384 or P-521, or Ed25519.",
                    GROUP, 5, Width.LONG, "Key store")
            .define(KEYSTORE_TYPE, Type.STRING, "JKS", Importance.LOW,
                    "The key store's type: JKS, PKCS12, " + PEM + ", or another one that the worker's JVM can read. JKS reads PKCS12 as well.",
                    GROUP, 6, Width.SHORT, "Key store type")
            .define(KEYSTORE_PASSWORD, Type.PASSWORD, null, Importance.MEDIUM,
                    "The key store's password. Required, but not for type " + PEM + ".",
                    GROUP, 7, Width.MEDIUM, "Key store password")
            .define(KEYSTORE_KEY, Type.PASSWORD, null, Importance.MEDIUM,
                    "The private key itself, as PKCS#8 in PEM (BEGIN PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY), in place of " + KEYSTORE_LOCATION
                            + ". Needs " + KEYSTORE_TYPE + "=" + PEM + " and " + KEYSTORE_CERTIFICATE_CHAIN + ".",
                    GROUP, 8, Width.LONG, "Private key")
            .define(KEYSTORE_CERTIFICATE_CHAIN, Type.PASSWORD, null, Importance.MEDIUM,
                    "The certificate of " + KEYSTORE_KEY + " and then those of the authorities above it, in PEM.",
                    GROUP, 9, Width.LONG, "Certificate chain")
            .define(KEY_PASSWORD, Type.PASSWORD, null, Importance.MEDIUM,
                    "The password of the private key. Without one that of the key store is taken; in PEM, the key is then not encrypted.",
                    GROUP, 10, Width.MEDIUM, "Key password")
            .define(ENDPOINT_IDENTIFICATION_ALGORITHM, Type.STRING, "https", ConfigChecks.oneOf("https", "HTTPS", ""), Importance.LOW,
                    "https: a server's certificate must be for the host that is spoken to. Empty: it may be for any host, but must still "
                            + "come from an authority that is trusted; then each of those can pass for the server.",
                    GROUP, 11, Width.SHORT, "Endpoint identification")
            .define(PROTOCOL, Type.STRING, TLS13, ConfigChecks.oneOf(TLS12, TLS13), Importance.LOW,
                    "The newest version of TLS that is spoken.",
                    GROUP, 12, Width.SHORT, "TLS version")
            .define(ENABLED_PROTOCOLS, Type.LIST, TLS12 + "," + TLS13, ConfigChecks.listOf(TLS12, TLS13), Importance.LOW,
                    "The versions of TLS that are spoken, as far as " + PROTOCOL + " allows them.",
                    GROUP, 13, Width.MEDIUM, "Enabled TLS versions")
            .define(SERVER_NAME, Type.STRING, null, ConfigChecks.HOST, Importance.LOW,
                    "The host name that the server of " + WEBSOCKET_URL_CONFIG + " is asked for (SNI) and that its certificate must be for, if "
                            + "that is not the URL's host; for servers behind a balancer, a tunnel or an address.",
                    GROUP, 14, Width.MEDIUM, "Server name")
            .define(INSECURE, Type.BOOLEAN, false, Importance.LOW,
                    "true: no server is checked in any way. Whoever is on the way can read everything, credentials among it, and send "
                            + "anything in the server's name. For experiments only; a warning is logged at each start.",
                    GROUP, 15, Width.SHORT, "Insecure");
    }

    /** Whether a configuration talks TLS to anybody; true for one that does not say whom it talks to. */
    static boolean speaksTls(ConfigValues values) {
        String url = values.text(WEBSOCKET_URL_CONFIG);
        Stream<String> called = Stream.concat(Stream.of(PROXY_URL_CONFIG), AccessSettings.CALLED.stream()).map(values::text);
        Stream<String> urls = Stream.concat(Stream.concat(Stream.of(url), called), values.list(URLS_CONFIG).stream());
        // What an expression brings may be anything.
        return url == null || urls.filter(Objects::nonNull).anyMatch(one -> one.toLowerCase(Locale.ROOT).matches("(wss:|https:|\\{\\{).*"));
    }

    /** The versions of TLS that are left. */
    static List<String> versions(ConfigValues values) {
        boolean newest = TLS13.equals(values.text(PROTOCOL));
        return values.list(ENABLED_PROTOCOLS).stream().filter(version -> newest || !version.equals(TLS13)).distinct()
                .collect(Collectors.toList());
    }

    /** Whether the host name in a certificate counts. */
    static boolean identifiesEndpoint(ConfigValues values) {
        return values.text(ENDPOINT_IDENTIFICATION_ALGORITHM) != null;
    }

    static boolean isPem(ConfigValues values, String typeKey) {
        return PEM.equalsIgnoreCase(values.text(typeKey));
    }

    /** The key that says whom we trust. */
    static String trustStoreKey(ConfigValues values) {
        return values.isSet(TRUSTSTORE_CERTIFICATES) ? TRUSTSTORE_CERTIFICATES
                : values.isSet(TRUSTSTORE_LOCATION) ? TRUSTSTORE_LOCATION : JVM_TRUST_STORE;
    }

    /** The key that says who we are. */
    static String keyStoreKey(ConfigValues values) {
        return values.isSet(KEYSTORE_KEY) ? KEYSTORE_KEY : KEYSTORE_LOCATION;
    }
}
