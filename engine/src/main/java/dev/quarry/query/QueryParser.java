package dev.quarry.query;

import dev.quarry.query.QueryLexer.Kind;
import dev.quarry.query.QueryLexer.Token;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the text form of queries, by recursive descent:
 *
 * <pre>
 * query     = [condition] [order by field [asc|desc], ...] [limit N]
 * condition = conjunction {or conjunction}
 * conjunction = negation {and negation}
 * negation  = not negation | ( condition ) | true | false | comparison
 * comparison = field op value | field [not] in (value, ...) | field is [not] null
 *           | field starts with value | [tags] contains value | [tags] has value
 * op        = "=" | "==" | "!=" | "&lt;&gt;" | "&lt;" | "&lt;=" | "&gt;" | "&gt;="
 * </pre>
 *
 * Keywords, names of fields and of constants may be in any case. Depth, length and number of values
 * are limited, so no text exhausts stack or memory.
 */
final class QueryParser {
  static final int MAX_CHARS = 100 << 10;
  static final int MAX_DEPTH = 200;
  static final int MAX_VALUES = 10_000;
  static final int MAX_ORDER = 8;

  private static final String NEXT = "expected `and`, `or`, `order by`, `limit` or the end";

  private final List<Token> tokens;
  private final QueryLiterals literals;
  private int at;
  private int depth;
  private int values;

  private QueryParser(List<Token> tokens, QueryLiterals literals) {
    this.tokens = tokens;
    this.literals = literals;
  }

  static Query parse(String text) {
    return parse(text, InstantSource.system());
  }

  /** The clock gives {@code now} and {@code today}. */
  static Query parse(String text, InstantSource clock) {
    if (text.length() > MAX_CHARS) {
      throw new QuerySyntaxException(
          "a query has more than " + MAX_CHARS + " characters", MAX_CHARS + 1);
    }
    return new QueryParser(QueryLexer.tokens(text), new QueryLiterals(clock)).query();
  }

  private Query query() {
    Query query = Query.all();
    if (peek().kind() != Kind.END && !atOrder() && !atLimit()) {
      query = Query.where(condition());
    }
    if (atOrder()) {
      at += 2;
      query = query.orderBy(order());
    }
    if (atLimit()) {
      at++;
      query = query.limit(limit());
    }
    if (peek().kind() != Kind.END) {
      throw unexpected(NEXT);
    }
    return query;
  }

  private boolean atOrder() {
    return peek().isWord("order") && tokens.get(at + 1).isWord("by");
  }

  private boolean atLimit() {
    return peek().isWord("limit");
  }

  private List<Order> order() {
    List<Order> parts = new ArrayList<>();
    do {
      Token start = peek();
      if (parts.size() == MAX_ORDER) {
        throw new QuerySyntaxException(
            "a query is ordered by at most " + MAX_ORDER + " fields", start.column());
      }
      Field<?> field = field();
      if (!field.isOrderable()) {
        throw new QuerySyntaxException(
            "results cannot be ordered by " + field.name(), start.column());
      }
      boolean descending = takeWord("desc") || takeWord("descending");
      if (!descending && !takeWord("asc")) {
        takeWord("ascending");
      }
      parts.add(new Order(field, descending));
    } while (takeSymbol(","));
    return parts;
  }

  private int limit() {
    Token token = next();
    String text = token.text();
    if (token.kind() == Kind.WORD && text.length() <= 10 && text.matches("[0-9]+")) {
      long limit = Long.parseLong(text);
      if (limit >= 1 && limit <= Integer.MAX_VALUE) {
        return (int) limit;
      }
    }
    throw new QuerySyntaxException(
        token.shown() + " is not a limit", token.column(), "write a whole number from 1 on");
  }

  private Condition condition() {
    Condition first = conjunction();
    if (!peek().isWord("or")) {
      return first;
    }
    List<Condition> parts = new ArrayList<>(List.of(first));
    while (takeWord("or")) {
      parts.add(conjunction());
    }
    return new Condition.Or(parts);
  }

  private Condition conjunction() {
    Condition first = negation();
    if (!peek().isWord("and")) {
      return first;
    }
    List<Condition> parts = new ArrayList<>(List.of(first));
    while (takeWord("and")) {
      parts.add(negation());
    }
    return new Condition.And(parts);
  }

  private Condition negation() {
    Token token = peek();
    if (takeWord("not")) {
      enter(token);
      Condition part = negation();
      depth--;
      return new Condition.Not(part);
    }
    if (takeSymbol("(")) {
      enter(token);
      Condition inner = condition();
      depth--;
      if (!takeSymbol(")")) {
        if (peek().kind() == Kind.END) {
          throw new QuerySyntaxException("unclosed parenthesis", token.column());
        }
        throw unexpected("expected `and`, `or` or `)`");
      }
      return inner;
    }
    if (takeWord("true")) {
      return new Condition.And(List.of());
    }
    if (takeWord("false")) {
      return new Condition.Or(List.of());
    }
    if (takeWord("ready")) {
      return Condition.ready();
    }
    if (takeWord("contains") || takeWord("has")) {
      return new Condition.Compare(TaskFields.TAGS, Condition.Op.EQ, value(TaskFields.TAGS));
    }
    return comparison();
  }

  private void enter(Token token) {
    depth++;
    if (depth > MAX_DEPTH) {
      throw new QuerySyntaxException(
          "a query is nested deeper than " + MAX_DEPTH + " levels", token.column());
    }
  }

  private Condition comparison() {
    Field<?> field = field();
    Token token = next();
    if (token.isWord("is")) {
      boolean not = takeWord("not");
      if (!takeWord("null")) {
        throw unexpected("expected `null`; equality is written `=`");
      }
      return negate(not, new Condition.IsNull(field));
    }
    if (token.isWord("in")) {
      return in(field);
    }
    if (token.isWord("not")) {
      if (!takeWord("in")) {
        throw unexpected("expected `in`");
      }
      return new Condition.Not(in(field));
    }
    if (token.isWord("contains") || token.isWord("has")) {
      if (!(field instanceof TagsField)) {
        throw new QuerySyntaxException(
            "only tags know " + token.shown(), token.column(), "texts know `starts with`");
      }
      return new Condition.Compare(field, Condition.Op.EQ, value(field));
    }
    if (token.isWord("starts")) {
      return startsWith(field, token);
    }
    return operator(field, token);
  }

  private Condition startsWith(Field<?> field, Token token) {
    if (!takeWord("with")) {
      throw unexpected("expected `with`");
    }
    if (!(field instanceof TextField)) {
      throw new QuerySyntaxException(field.name() + " has no prefixes", token.column());
    }
    return new Condition.Compare(field, Condition.Op.STARTS_WITH, value(field));
  }

  private Condition operator(Field<?> field, Token token) {
    String symbol = token.kind() == Kind.SYMBOL ? token.text() : "";
    Condition.Op op =
        switch (symbol) {
          case "=", "==", "!=", "<>" -> Condition.Op.EQ;
          case "<" -> Condition.Op.LT;
          case "<=" -> Condition.Op.LE;
          case ">" -> Condition.Op.GT;
          case ">=" -> Condition.Op.GE;
          default ->
              throw unexpected(
                  token,
                  "expected =, !=, <, <=, >, >=, `in`, `is null`, `starts with` or `contains`");
        };
    if (field instanceof TagsField && op != Condition.Op.EQ) {
      throw new QuerySyntaxException(
          "tags have no order", token.column(), "they know =, !=, `in` and `contains`");
    }
    boolean not = symbol.equals("!=") || symbol.equals("<>");
    return negate(not, new Condition.Compare(field, op, value(field)));
  }

  private static Condition negate(boolean not, Condition condition) {
    return not ? new Condition.Not(condition) : condition;
  }

  private Condition in(Field<?> field) {
    Token open = peek();
    if (!takeSymbol("(")) {
      throw unexpected("expected `(`");
    }
    Set<Object> list = new LinkedHashSet<>();
    if (takeSymbol(")")) {
      return new Condition.In(field, list);
    }
    do {
      list.add(value(field));
    } while (takeSymbol(","));
    if (!takeSymbol(")")) {
      if (peek().kind() == Kind.END) {
        throw new QuerySyntaxException("unclosed parenthesis", open.column());
      }
      throw unexpected("expected `,` or `)`");
    }
    return new Condition.In(field, list);
  }

  private Object value(Field<?> field) {
    Token token = peek();
    if (token.kind() != Kind.WORD && token.kind() != Kind.QUOTED) {
      throw unexpected("expected a value of " + field.name());
    }
    if (token.isWord("null")) {
      throw unexpected("write `is null`, or 'null' in quotes");
    }
    at++;
    values++;
    if (values > MAX_VALUES) {
      throw new QuerySyntaxException(
          "a query has more than " + MAX_VALUES + " values", token.column());
    }
    return literals.value(field, token.text(), token.column());
  }

  private Field<?> field() {
    Token token = peek();
    if (token.kind() != Kind.WORD) {
      throw unexpected("expected a field");
    }
    at++;
    String name = token.text();
    String prefix = TaskFields.ATTRIBUTE_PREFIX;
    if (name.regionMatches(true, 0, prefix, 0, prefix.length())) {
      return attribute(token, name.substring(prefix.length()));
    }
    Field<?> field = QueryNames.field(name);
    if (field == null) {
      throw QueryNames.unknownField(name, token.column());
    }
    return field;
  }

  private Field<?> attribute(Token token, String bareName) {
    String name = bareName;
    if (name.isEmpty() && peek().kind() == Kind.QUOTED && peek().start() == token.end()) {
      name = next().text();
    }
    if (name.isEmpty()) {
      throw new QuerySyntaxException(
          "an attribute without a name", token.column(), "write attr.NAME or attr.'any name'");
    }
    return TaskFields.attribute(name);
  }

  private Token peek() {
    return tokens.get(at);
  }

  /** The token here; goes on unless that is the end. */
  private Token next() {
    Token token = peek();
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  private boolean takeWord(String word) {
    boolean here = peek().isWord(word);
    at += here ? 1 : 0;
    return here;
  }

  private boolean takeSymbol(String symbol) {
    boolean here = peek().isSymbol(symbol);
    at += here ? 1 : 0;
    return here;
  }

  private QuerySyntaxException unexpected(String hint) {
    return unexpected(peek(), hint);
  }

  private static QuerySyntaxException unexpected(Token token, String hint) {
    return new QuerySyntaxException(
        "unexpected " + (token.kind() == QueryLexer.Kind.END ? "end" : token.shown()),
        token.column(),
        hint);
  }
}
