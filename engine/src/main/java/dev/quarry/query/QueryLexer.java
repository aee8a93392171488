package dev.quarry.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts the text of a query into words, quoted texts and symbols. */
final class QueryLexer {
  private static final String WORD_SYMBOLS = "-_.@/:+";
  private static final int SHOWN_CHARS = 40;

  /** What a token is. */
  enum Kind {
    WORD,
    QUOTED,
    SYMBOL,
    END
  }

  /**
   * A token.
   *
   * @param text without quotes
   * @param start where it begins in the query
   * @param end where the next can begin
   */
  record Token(Kind kind, String text, int start, int end) {
    boolean isWord(String word) {
      return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isSymbol(String symbol) {
      return kind == Kind.SYMBOL && text.equals(symbol);
    }

    int column() {
      return start + 1;
    }

    /** As in messages. */
    String shown() {
      return kind == Kind.END ? "the end" : quote(text);
    }
  }

  private final String text;
  private final List<Token> tokens = new ArrayList<>();

  private QueryLexer(String text) {
    this.text = text;
  }

  static List<Token> tokens(String text) {
    QueryLexer lexer = new QueryLexer(text);
    int at = 0;
    while (at < text.length()) {
      at = lexer.next(at);
    }
    lexer.tokens.add(new Token(Kind.END, "", text.length(), text.length()));
    return lexer.tokens;
  }

  /** Lower case without regard to the locale of the machine. */
  static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  /** A piece of the query in backquotes, cut where it is long and without control characters. */
  static String quote(String piece) {
    StringBuilder shown = new StringBuilder("`");
    int most = Math.min(piece.length(), SHOWN_CHARS);
    for (int i = 0; i < most; i++) {
      char c = piece.charAt(i);
      shown.append(Character.isISOControl(c) ? '?' : c);
    }
    return shown.append(most < piece.length() ? "..." : "").append('`').toString();
  }

  /** Whether a text can stand without quotes. */
  static boolean isBare(String text) {
    return !text.isEmpty() && text.codePoints().allMatch(QueryLexer::isWordPart);
  }

  private static boolean isWordPart(int point) {
    return Character.isLetterOrDigit(point) || WORD_SYMBOLS.indexOf(point) >= 0;
  }

  private int next(int start) {
    int point = text.codePointAt(start);
    if (Character.isWhitespace(point) || Character.isSpaceChar(point)) {
      return start + Character.charCount(point);
    }
    if (isWordPart(point)) {
      return word(start);
    }
    if (point == '\'' || point == '"') {
      return quoted(start, (char) point);
    }
    for (String symbol :
        new String[] {"==", "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","}) {
      if (text.startsWith(symbol, start)) {
        return add(Kind.SYMBOL, symbol, start, start + symbol.length());
      }
    }
    String found = new String(Character.toChars(point));
    throw new QuerySyntaxException(
        "unexpected character " + quote(found), start + 1, "texts with such stand in quotes");
  }

  private int add(Kind kind, String content, int start, int end) {
    tokens.add(new Token(kind, content, start, end));
    return end;
  }

  private int word(int start) {
    int at = start;
    while (at < text.length() && isWordPart(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    return add(Kind.WORD, text.substring(start, at), start, at);
  }

  /** A quote within is written twice. */
  private int quoted(int start, char quote) {
    StringBuilder content = new StringBuilder();
    for (int at = start + 1; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c != quote) {
        content.append(c);
      } else if (at + 1 < text.length() && text.charAt(at + 1) == quote) {
        content.append(quote);
        at++;
      } else {
        return add(Kind.QUOTED, content.toString(), start, at + 1);
      }
    }
    throw new QuerySyntaxException("unclosed quote", start + 1);
  }
}
