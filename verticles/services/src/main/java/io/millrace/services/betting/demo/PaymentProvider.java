package io.millrace.services.betting.demo;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in of a payment provider: it reports payments by webhooks that are signed as Standard Webhooks says, each until it
 * is taken. Safe from any thread.
 */
public final class PaymentProvider {
    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int ATTEMPTS = 5;
    private static final long AGAIN_MS = 1_000;
    private static final int OK = 200;

    private final Vertx vertx;
    private final HttpClient client;
    private final String address;
    private final byte[] secret;
    private final Clock clock;

    /**
     * @param address of the webhook
     * @param secret {@code whsec_} and the key in base64
     */
    public PaymentProvider(Vertx vertx, String address, String secret, Clock clock) {
        this.vertx = vertx;
        this.client = vertx.createHttpClient();
        this.address = address;
        this.secret = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        this.clock = clock;
    }

    /** Completes with the payment's id when the report was taken. */
    public Future<String> report(String kind, String customer, BigDecimal amount, @Nullable String reason) {
        String payment = "pay-" + UUID.randomUUID();
        return deliver("msg-" + payment, payment, kind, customer, amount, reason, 1);
    }

    /** Reports a payment that has an id already; a delivery that was made before is the same webhook once more. */
    public Future<String> again(String delivery, String payment, String kind, String customer, BigDecimal amount) {
        return deliver(delivery, payment, kind, customer, amount, null, 1);
    }

    /** As {@link #report}, but it isn't sent again. */
    public Future<String> once(String kind, String customer, BigDecimal amount) {
        String payment = "pay-" + UUID.randomUUID();
        return deliver("msg-" + payment, payment, kind, customer, amount, null, ATTEMPTS);
    }

    private Future<String> deliver(
            String delivery,
            String payment,
            String kind,
            String customer,
            BigDecimal amount,
            @Nullable String reason,
            int attempt) {
        JsonObject data = new JsonObject()
                .put("id", payment)
                .put("customer", customer)
                .put("amount", amount)
                .put("method", "card");
        if (reason != null) {
            data.put("reason", reason);
        }
        JsonObject body = new JsonObject()
                .put("type", kind)
                .put("timestamp", clock.instant().toString())
                .put("data", data);
        return send(delivery, body.encode(), attempt).map(payment);
    }

    private Future<Void> send(String id, String body, int attempt) {
        String time = Long.toString(clock.instant().getEpochSecond());
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(address)
                .putHeader("content-type", "application/json")
                .putHeader("webhook-id", id)
                .putHeader("webhook-timestamp", time)
                .putHeader("webhook-signature", "v1," + sign(id + "." + time + "." + body));
        return client.request(request)
                .compose(open -> open.send(body).compose(answer -> answer.body()
                        .compose(said -> answer.statusCode() == OK
                                ? Future.<Void>succeededFuture()
                                : Future.<Void>failedFuture(
                                        "the report was answered " + answer.statusCode() + ": " + said))))
                .recover(error -> attempt == ATTEMPTS
                        ? Future.failedFuture(error)
                        : vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).compose(again -> send(id, body, attempt + 1)));
    }

    private String sign(String content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            return Base64.getEncoder().encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
        }
    }

    public Future<Void> close() {
        return client.close();
    }
}
