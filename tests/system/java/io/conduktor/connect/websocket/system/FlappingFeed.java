package io.conduktor.connect.websocket.system;

import io.conduktor.connect.websocket.harness.Await;
import io.conduktor.connect.websocket.harness.Feed;
import java.time.Duration;

/** A server that closes every connection after a time, until it is told to hold them. For one client. */
final class FlappingFeed implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final Feed feed;
    private final Duration life;
    private final Thread flapping = new Thread(this::flap, "flapping-feed");

    /** @param life how long a connection is held, or a little longer */
    FlappingFeed(String name, Duration life) {
        this.feed = Suite.feed(name);
        this.life = life;
        flapping.setDaemon(true);
        flapping.start();
    }

    String url() {
        return feed.url("/numbered?rate=10");
    }

    /** Lets the present and all further connections live. */
    void hold() {
        flapping.interrupt();
        try {
            flapping.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Await.Stop("interrupted while the feed ended its flapping");
        }
    }

    @Override
    public void close() {
        hold();
        feed.close();
    }

    private void flap() {
        try {
            while (true) {
                Await.until("a connection", LIMIT, () -> feed.stats().path("open").asInt() == 1);
                Thread.sleep(life.toMillis());
                feed.control("/_close?code=1000");
                Await.until("the connection's end", LIMIT, () -> feed.stats().path("open").asInt() == 0);
            }
        } catch (InterruptedException | Await.Stop e) {
            // Told to hold.
        }
    }
}
