package io.conduktor.connect.websocket;

/** A session's numbers, in the order of the boundary (docs/DESIGN.md, Stats). */
enum Stat {
    /** Messages received. */
    RECEIVED,
    /** Messages dropped because the queue was full. */
    DROPPED,
    /** Messages longer than the maximum. */
    OVERSIZE,
    /** Binary messages that are no UTF-8, in string format. */
    UNREPRESENTABLE,
    /** Messages still queued at close. */
    DISCARDED,
    /** Messages given to poll. */
    HANDED_OVER,
    /** Messages queued. */
    QUEUE_MESSAGES,
    /** Messages that fit the queue. */
    QUEUE_CAPACITY,
    /** Bytes queued, record headers included. */
    QUEUE_BYTES,
    /** Bytes that fit the queue. */
    QUEUE_BYTES_CAPACITY,
    /** 1 if connected and subscribed, else 0. */
    CONNECTED,
    /** Milliseconds since the connection opened; 0 while down. */
    UPTIME_MILLIS,
    /** Milliseconds since the last message, or since the session began. */
    SINCE_LAST_MESSAGE_MILLIS,
    /** Reconnection attempts started. */
    RECONNECTS,
    /** Connections opened. */
    CONNECTIONS,
    /** Milliseconds that the connection was not read because the queue was full. */
    READING_STOPPED_MILLIS,
    /** Bytes in the queues of all tasks of the worker. */
    WORKER_BYTES,
    /** Bytes that fit the queues of all tasks of the worker. */
    WORKER_BYTES_CAPACITY
}
