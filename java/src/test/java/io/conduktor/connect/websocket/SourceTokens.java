package io.conduktor.connect.websocket;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Java or Rust source as tokens, without comments. Only as exact as {@link LogCalls} needs it. */
final class SourceTokens {
    /** What a token is. */
    enum Kind { WORD, TEXT, SIGN }

    /** A token; the content of a string literal has its escapes resolved. */
    static final class Token {
        final Kind kind;
        final String text;
        final int line;

        private Token(Kind kind, String text, int line) {
            this.kind = kind;
            this.text = text;
            this.line = line;
        }

        boolean is(String word) {
            return kind != Kind.TEXT && text.equals(word);
        }

        boolean isText() {
            return kind == Kind.TEXT;
        }
    }

    private static final Pattern NEXT = Pattern.compile("(?s)"
            + "(?<blank>\\s+|//[^\\n]*|/\\*.*?\\*/)"
            + "|b?r(?<hashes>#*)\"(?<raw>.*?)\"\\k<hashes>"
            + "|[bc]?\"(?<text>(?:[^\"\\\\]|\\\\.)*)\""
            + "|b?'(?:[^'\\\\]|\\\\[^']+|\\\\')'" // A character; what else begins like it is a lifetime.
            + "|(?<word>[\\w$]+)"
            + "|(?<sign>.)");
    private static final Pattern LINE_CONTINUED = Pattern.compile("\\\\\\n\\s*");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    private SourceTokens() {
    }

    static List<Token> of(String source) {
        List<Token> tokens = new ArrayList<>();
        int line = 1;
        Matcher next = NEXT.matcher(source);
        while (next.find()) {
            if (next.group("text") != null) {
                tokens.add(new Token(Kind.TEXT, resolved(next.group("text")), line));
            } else if (next.group("raw") != null) {
                tokens.add(new Token(Kind.TEXT, next.group("raw"), line));
            } else if (next.group("word") != null) {
                tokens.add(new Token(Kind.WORD, next.group("word"), line));
            } else if (next.group("sign") != null) {
                tokens.add(new Token(Kind.SIGN, next.group("sign"), line));
            }
            line += (int) next.group().chars().filter(character -> character == '\n').count();
        }
        return tokens;
    }

    private static String resolved(String literal) {
        Matcher escape = ESCAPE.matcher(LINE_CONTINUED.matcher(literal).replaceAll(""));
        return escape.replaceAll(found -> Matcher.quoteReplacement(
                found.group(1).equals("n") ? "\n" : found.group(1).equals("t") ? "\t" : found.group(1)));
    }

    /** The tokens without Rust's items for tests: {@code #[cfg(test)]} and what it stands before. */
    static List<Token> withoutTests(List<Token> tokens) {
        List<Token> kept = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (isAt(tokens, i, "#", "[", "cfg", "(", "test", ")", "]")) {
                i = endOfItem(tokens, i + 7);
            } else {
                kept.add(tokens.get(i));
            }
        }
        return kept;
    }

    private static int endOfItem(List<Token> tokens, int from) {
        int depth = 0;
        for (int i = from; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.is("{")) {
                depth++;
            } else if (token.is("}") && --depth == 0 || token.is(";") && depth == 0) {
                return i;
            }
        }
        return tokens.size();
    }

    /** Whether these words and signs stand at a place. */
    static boolean isAt(List<Token> tokens, int at, String... expected) {
        if (at < 0 || at + expected.length > tokens.size()) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (!tokens.get(at + i).is(expected[i])) {
                return false;
            }
        }
        return true;
    }
}
