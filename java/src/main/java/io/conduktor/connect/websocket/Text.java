package io.conduktor.connect.websocket;

/** What a session says in words, in the order of the boundary (docs/DESIGN.md, Stats). Nothing secret; empty where there is nothing to say. */
enum Text {
    /** What the session is about, such as OPEN. */
    STATE,
    /** Why the last connection ended. */
    LAST_CLOSE_REASON,
    /** The last thing that went wrong. */
    LAST_ERROR,
    /** Where the connection leads, or the attempt at one: a URL without userinfo and query. */
    ENDPOINT
}
