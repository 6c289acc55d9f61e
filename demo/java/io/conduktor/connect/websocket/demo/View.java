package io.conduktor.connect.websocket.demo;

import java.time.Duration;

/** Where the demo shows itself. */
interface View extends AutoCloseable {

    /** Shows what is known now. */
    void show(Snapshot snapshot);

    /** Lets time pass, drawing anew and reading keys as the view needs; true as soon as the user wants to end. */
    boolean pause(Duration time) throws InterruptedException;

    @Override
    void close();
}
