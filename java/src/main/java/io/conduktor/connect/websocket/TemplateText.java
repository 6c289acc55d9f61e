package io.conduktor.connect.websocket;

/** A text that may have expressions <code>{{…}}</code> in it, whose grammar only the library knows (docs/DESIGN.md, Matchers and templates). */
final class TemplateText {
    private static final String BEGIN = "{{";
    private static final String END = "}}";

    private TemplateText() {
    }

    /** Whether a text, which may be null, is a template. */
    static boolean isTemplate(String text) {
        return text != null && text.contains(BEGIN);
    }

    /**
     * The text with a letter in the place of each character of an expression: what else a text is split at, no expression is. An expression
     * without an end is left as it is.
     */
    static String masked(String text) {
        if (!isTemplate(text)) {
            return text;
        }
        StringBuilder masked = new StringBuilder(text);
        for (int begin = text.indexOf(BEGIN); begin >= 0;) {
            int end = end(text, begin + BEGIN.length());
            if (end < 0) {
                break;
            }
            for (int i = begin; i < end; i++) {
                masked.setCharAt(i, 'x');
            }
            begin = text.indexOf(BEGIN, end);
        }
        return masked.toString();
    }

    /** Behind the end of the expression whose inside begins here; -1 if it has none. */
    private static int end(String text, int inside) {
        boolean quoted = false;
        for (int i = inside; i < text.length(); i++) {
            if (text.charAt(i) == '\'') {
                quoted = !quoted;
            } else if (!quoted && text.startsWith(END, i)) {
                return i + END.length();
            }
        }
        return -1;
    }
}
