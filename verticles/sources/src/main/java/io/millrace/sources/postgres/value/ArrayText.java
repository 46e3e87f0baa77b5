package io.millrace.sources.postgres.value;

/** Arrays of any number of dimensions, as PostgreSQL writes them (manual, 8.15.6). Belongs to one thread. */
final class ArrayText {
    private final String text;
    private final ColumnType.Form form;
    private final char delimiter;
    private final StringBuilder json = new StringBuilder();
    private int at;

    private ArrayText(String text, ColumnType.Form form, int from) {
        this.text = text;
        this.form = form;
        this.delimiter = form == ColumnType.Form.BOX ? ';' : ',';
        this.at = from;
    }

    /** Bounds that aren't 1, {@code [0:2]={…}}, are left out. What isn't an array stays a text. */
    static String json(String text, ColumnType.Form form) {
        int bounds = text.startsWith("[") ? text.indexOf('=') + 1 : 0;
        if (bounds >= text.length() || text.charAt(bounds) != '{') {
            return ValueText.quoted(text);
        }
        ArrayText array = new ArrayText(text, form, bounds);
        array.list();
        return array.json.toString();
    }

    private void list() {
        at++;
        json.append('[');
        boolean first = true;
        while (at < text.length() && text.charAt(at) != '}') {
            if (!first) {
                json.append(',');
                at++;
            }
            first = false;
            element();
        }
        at++;
        json.append(']');
    }

    private void element() {
        char start = at < text.length() ? text.charAt(at) : '}';
        if (start == '{') {
            list();
        } else if (start == '"') {
            json.append(ValueText.json(quoted(), form));
        } else {
            String plain = plain();
            json.append(plain.equals("NULL") ? "null" : ValueText.json(plain, form));
        }
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at++;
            }
            value.append(text.charAt(at++));
        }
        at++;
        return value.toString();
    }

    private String plain() {
        int from = at;
        while (at < text.length() && text.charAt(at) != '}' && text.charAt(at) != delimiter) {
            at++;
        }
        return text.substring(from, at);
    }
}
