package io.conduktor.connect.websocket.probe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;

/** A message by which a server asks whether we are still there, and the reply rule that answers it. */
final class Question {
    /** Members that say what kind of message this is. */
    private static final List<String> KINDS = List.of("op", "event", "type", "method", "action", "msg", "e", "cmd", "channel");

    /** In the grammar of websocket.reply.rules. */
    final String match;
    /** The template of an answer that such servers mostly want. */
    final String answer;

    private Question(String match, String answer) {
        this.match = match;
        this.answer = answer;
    }

    /** The rule, as the value of websocket.reply.rules. */
    String rule() {
        return "[{\"match\":" + quoted(match) + ",\"send\":" + quoted(answer) + "}]";
    }

    /** Null if the text is none; {@code json} is what it is as JSON, or null. */
    static Question of(String text, JsonNode json) {
        if (text.equalsIgnoreCase("ping")) {
            return new Question("text:" + text, text.equals("ping") ? "pong" : text.equals("PING") ? "PONG" : "Pong");
        }
        if (json == null || !json.isObject()) {
            return null;
        }
        JsonNode ping = json.path("ping");
        if (ping.isValueNode() && !ping.isNull()) {
            return new Question("/ping", ping.isTextual() ? "{\"pong\":\"{{reply:/ping}}\"}" : "{\"pong\":{{reply:/ping}}}");
        }
        if (json.path("method").asText().equals("heartbeat") && json.path("params").path("type").asText().equals("test_request")) {
            return new Question("/method=heartbeat&/params/type=test_request", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"public/test\",\"params\":{}}");
        }
        if (json.path("method").asText().equals("public/heartbeat") && json.has("id")) {
            return new Question("/method=public/heartbeat", "{\"id\":{{reply:/id}},\"method\":\"public/respond-heartbeat\"}");
        }
        for (String kind : KINDS) {
            String said = json.path(kind).asText();
            if (said.equalsIgnoreCase("ping")) {
                String pong = said.equals("PING") ? "PONG" : said.toLowerCase(Locale.ROOT).replace('i', 'o');
                String id = !json.has("id") ? "" : json.path("id").isTextual() ? ",\"id\":\"{{reply:/id}}\"" : ",\"id\":{{reply:/id}}";
                return new Question("/" + kind + "=" + said, "{\"" + kind + "\":\"" + pong + "\"" + id + "}");
            }
        }
        return null;
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
