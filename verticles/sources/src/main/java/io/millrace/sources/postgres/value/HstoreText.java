package io.millrace.sources.postgres.value;

/** {@code "a"=>"1", "b"=>NULL} as an object of texts (manual, F.17.1). Belongs to one thread. */
final class HstoreText {
    private final String text;
    private int at;

    private HstoreText(String text) {
        this.text = text;
    }

    static String json(String text) {
        HstoreText pairs = new HstoreText(text);
        StringBuilder json = new StringBuilder("{");
        while (pairs.at < text.length()) {
            if (json.length() > 1) {
                json.append(',');
                pairs.at += 2;
            }
            json.append(ValueText.quoted(pairs.quoted())).append(':');
            pairs.at += 2;
            if (text.startsWith("NULL", pairs.at)) {
                json.append("null");
                pairs.at += 4;
            } else {
                json.append(ValueText.quoted(pairs.quoted()));
            }
        }
        return json.append('}').toString();
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
}
