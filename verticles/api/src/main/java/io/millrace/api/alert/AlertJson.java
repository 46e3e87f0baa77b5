package io.millrace.api.alert;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.alert.AlertGuide;
import io.millrace.platform.alert.AlertType;
import io.millrace.platform.alert.ReportedAlerts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Alerts as JSON, and what is said about them. Stateless, but for the guide. */
final class AlertJson {
    private static final int MAX_ABOUT = 512;
    private static final int MAX_REASON = 500;
    private static final int MAX_MINUTES = 30 * 24 * 60;

    private final AlertGuide guide = new AlertGuide();

    /** {@code {"alert": …, "about": …}}. */
    static AlertCommand read(AlertCommand.Kind kind, byte[] body, String by) {
        JsonNode json = object(body, Set.of("alert", "about"));
        return new AlertCommand(kind, alert(json), about(json), 0, null, by);
    }

    /** The same with {@code minutes}, and {@code reason} if there is one. */
    static AlertCommand silence(byte[] body, String by, long nowMicros) {
        JsonNode json = object(body, Set.of("alert", "about", "minutes", "reason"));
        JsonNode minutes = json.path("minutes");
        if (!minutes.isIntegralNumber()
                || !minutes.canConvertToInt()
                || minutes.intValue() < 1
                || minutes.intValue() > MAX_MINUTES) {
            throw bad("minutes must be a whole number, 1 to " + MAX_MINUTES);
        }
        String reason = json.has("reason") ? text(json, "reason", 1, MAX_REASON) : null;
        return new AlertCommand(
                AlertCommand.Kind.SILENCE,
                alert(json),
                about(json),
                nowMicros + TimeUnit.MINUTES.toMicros(minutes.intValue()),
                reason,
                by);
    }

    private static JsonNode object(byte[] body, Set<String> known) {
        JsonNode json = ClientJson.object("the body", body);
        ClientJson.known(json, known);
        return json;
    }

    private static String alert(JsonNode json) {
        String alert = text(json, "alert", 1, MAX_ABOUT);
        if (!AlertType.isKnown(alert)) {
            throw bad("alert must be the name of one, like " + AlertType.QUEUE_AGE.word());
        }
        return alert;
    }

    private static String about(JsonNode json) {
        return text(json, "about", 0, MAX_ABOUT);
    }

    private static String text(JsonNode json, String member, int least, int most) {
        JsonNode value = json.path(member);
        String text = value.isTextual() ? value.textValue() : "";
        if (!value.isTextual() || text.length() < least || text.length() > most || !Characters.isPrintable(text)) {
            throw bad(member + " must be text of " + least + " to " + most + " characters, none of them control");
        }
        return text;
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }

    /** The alerts that are on with what was said about each, and the silences of those that aren't. */
    JsonObject page(List<ReportedAlerts.Reported> active, AlertMarks marks) {
        Map<ActiveAlert.Key, JsonObject> acknowledged = new HashMap<>();
        marks.acknowledged()
                .forEach(mark -> acknowledged.put(
                        new ActiveAlert.Key(mark.alert(), mark.about()),
                        new JsonObject().put("by", mark.by()).put("at", Micros.text(mark.atMicros()))));
        Map<ActiveAlert.Key, JsonObject> silenced = new HashMap<>();
        JsonArray silences = new JsonArray();
        for (AlertMarks.Silence silence : marks.silenced()) {
            JsonObject until = new JsonObject()
                    .put("by", silence.by())
                    .put("until", Micros.text(silence.untilMicros()))
                    .put("reason", silence.reason());
            silenced.put(new ActiveAlert.Key(silence.alert(), silence.about()), until);
            silences.add(until.copy().put("alert", silence.alert()).put("about", silence.about()));
        }
        JsonArray alerts = new JsonArray();
        for (ReportedAlerts.Reported each : active) {
            ActiveAlert.Key key = each.alert().key();
            JsonObject alert = alert(each);
            if (acknowledged.containsKey(key)) {
                alert.put("acknowledged", acknowledged.get(key));
            }
            if (silenced.containsKey(key)) {
                alert.put("silenced", silenced.get(key));
            }
            alerts.add(alert);
        }
        return new JsonObject().put("alerts", alerts).put("silences", silences);
    }

    private JsonObject alert(ReportedAlerts.Reported reported) {
        ActiveAlert alert = reported.alert();
        return new JsonObject()
                .put("alert", alert.alert())
                .put("about", alert.about())
                .put("since", Micros.text(alert.sinceMicros()))
                .put("message", alert.message())
                .put(
                        "severity",
                        AlertType.isKnown(alert.alert())
                                ? AlertType.of(alert.alert()).severity()
                                : AlertType.QUEUE_AGE.severity())
                .put("nodes", new JsonArray(reported.nodes()))
                .put("guide", guide.of(alert.alert()));
    }
}
