package io.conduktor.connect.websocket.bench;

import java.util.List;

/** A group of rows that are measured together. */
interface Section {

    /** As it is chosen by, and named in the results' file. */
    String name();

    /** What its rows are about, for people. */
    String title();

    /** Measures; takes minutes. Says on {@link Setup#progress} how far it is. */
    List<Row> run(Setup setup);
}
