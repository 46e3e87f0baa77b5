package io.millrace.platform.tls;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ServerSSLOptions;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a server's certificate again when its files change: from then on new connections get it. While the files can't be
 * used, the server keeps what it has. Owned by one event loop, which it doesn't block.
 */
public final class CertificateReload {
    private static final int CHECK_MS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(CertificateReload.class);

    private final Vertx vertx;
    private final Function<ServerSSLOptions, Future<Boolean>> server;
    private final TlsFiles files;
    private final ServerSSLOptions options;
    private Certificates served;
    private @Nullable String complaint;

    /**
     * @param server gives the server other options
     * @param options the server's; {@code served} is what they show
     */
    public CertificateReload(
            Vertx vertx,
            Function<ServerSSLOptions, Future<Boolean>> server,
            TlsFiles files,
            ServerSSLOptions options,
            Certificates served) {
        this.vertx = vertx;
        this.server = server;
        this.files = files;
        this.options = options;
        this.served = served;
    }

    /** From now on, as long as the server's verticle is deployed. */
    public void start() {
        vertx.setPeriodic(CHECK_MS, timer -> check().onFailure(failed -> complain(failed.toString())));
    }

    private Future<Void> check() {
        return vertx.executeBlocking(() -> Certificates.read(files))
                .recover(bad -> {
                    complain(String.valueOf(bad.getMessage()));
                    return Future.succeededFuture(served);
                })
                .compose(read -> {
                    if (read.equals(served)) {
                        return Future.succeededFuture();
                    }
                    return server.apply(options.copy().setKeyCertOptions(read.keyCert()))
                            .onSuccess(updated -> {
                                served = read;
                                complaint = null;
                                LOG.info("new certificate of {}: valid until {}", files.group(), read.until());
                            })
                            .mapEmpty();
                });
    }

    /** Once for each reason. */
    private void complain(String why) {
        if (!why.equals(complaint)) {
            complaint = why;
            LOG.warn("the certificate of {} stays as it is: {}", files.group(), why);
        }
    }
}
