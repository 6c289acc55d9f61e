package io.conduktor.connect.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.UnrecoverableKeyException;
import java.util.Arrays;
import java.util.function.Supplier;
import org.apache.kafka.connect.errors.ConnectException;

/** A file of certificates or keys that a key of the configuration names. Its errors name both and hold no other value. */
final class StoreFile {
    private final String key;
    private final String location;

    StoreFile(String key, String location) {
        this.key = key;
        this.location = location;
    }

    /** Size, time and inode. */
    BasicFileAttributes attributes() {
        return read(path -> Files.readAttributes(path, BasicFileAttributes.class));
    }

    /** The whole file; what is no ASCII is no PEM either. */
    String text() {
        return read(path -> new String(Files.readAllBytes(path), ISO_8859_1));
    }

    /** The store in it; {@code password} may be null. */
    KeyStore store(String typeKey, String type, String passwordKey, String password) {
        KeyStore store;
        try {
            store = KeyStore.getInstance(type);
        } catch (KeyStoreException e) {
            throw new ConnectException(typeKey + ": this JVM reads no key stores of type " + type);
        }
        char[] characters = password == null ? null : password.toCharArray();
        read(path -> {
            try (InputStream stream = new BufferedInputStream(Files.newInputStream(path))) {
                store.load(stream, characters);
            } catch (GeneralSecurityException e) {
                throw wrong("cannot be read: " + e.getMessage());
            } catch (IOException e) {
                if (e.getCause() instanceof UnrecoverableKeyException) {
                    throw wrong("is not opened by " + passwordKey);
                }
                throw e;
            } finally {
                if (characters != null) {
                    Arrays.fill(characters, '\0');
                }
            }
            return null;
        });
        return store;
    }

    /** What is wrong with this file; the sentence goes on behind its name. */
    ConnectException wrong(String problem) {
        return new ConnectException(key + ": " + location + " " + problem);
    }

    /** Reads, with this file's name in front of what is wrong. */
    <T> T named(Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private interface Reading<T> {
        T from(Path path) throws IOException;
    }

    private <T> T read(Reading<T> reading) {
        try {
            return reading.from(Paths.get(location));
        } catch (NoSuchFileException e) {
            throw wrong("does not exist on this worker");
        } catch (AccessDeniedException e) {
            throw wrong("must not be read by the worker: see its owner and mode");
        } catch (InvalidPathException e) {
            throw wrong("is no file name");
        } catch (IOException e) {
            throw wrong("cannot be read, or is of another type: " + (e.getMessage() == null ? e.getClass().getName() : e.getMessage()));
        }
    }
}
